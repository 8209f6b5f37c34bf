"""What is secret is compared in constant time."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.rules.sources import shipped

SECRET = re.compile(r"(^|_)(sig|signature|token|secret|digest|password|mac)s?$")


def words(node: ast.expr) -> Iterator[str]:
    """The names an operand is made of: `given.token` and `row["token"]`, but not the length of a token."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        yield str(node.slice.value)


def is_column(node: ast.expr) -> bool:
    """`SessionRow.digest == …` is SQL: a search in an index, not a comparison of ours."""
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id.endswith("Row")


def compared(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and any(isinstance(test, ast.Eq | ast.NotEq) for test in node.ops):
            sides = [node.left, *node.comparators]
            for side in () if any(map(is_column, sides)) else sides:
                yield from ((node.lineno, word) for word in words(side) if SECRET.search(word.lower()))


def test_nothing_secret_is_compared_with_an_equals_sign() -> None:
    assert [
        f"{module.name}:{line} {word}: use hmac.compare_digest"
        for module in shipped()
        for line, word in compared(module.tree)
    ] == []


def test_the_rule_sees_what_it_should() -> None:
    seen = ast.parse("a.token == b or body['signature'] != c or secret == ''")
    passed = ast.parse("token_type == 1 or len(token) == 3 or TokenRow.token == token")
    assert [word for _, word in compared(seen)] == ["token", "signature", "secret"]
    assert list(compared(passed)) == []
