"""The shape of a module: how it begins, how long it may get, what it may be called."""

from __future__ import annotations

import ast

from tests.rules.sources import Module, modules

FUTURE = "from __future__ import annotations"
ATTICS = {"utils", "util", "helpers", "helper", "manager", "base", "common", "misc"}


def begins_well(module: Module) -> bool:
    body = [node for node in module.tree.body if not isinstance(node, ast.Expr)]
    return not module.tree.body or (bool(body) and ast.unparse(body[0]) == FUTURE)


def test_every_module_begins_with_the_future_import() -> None:
    assert [module.name for module in modules() if not begins_well(module)] == []


def test_no_file_is_longer_than_300_lines_and_no_test_file_than_500() -> None:
    limits = [(module, 500 if module.is_test else 300) for module in modules()]
    assert [module.name for module, limit in limits if module.text.count("\n") > limit] == []


def test_no_function_is_longer_than_40_lines() -> None:
    found = [
        f"{module.name}:{node.lineno} {node.name}"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno >= 40
    ]
    assert found == []


def test_no_module_is_an_attic() -> None:
    assert [module.name for module in modules() if module.path.stem in ATTICS] == []
