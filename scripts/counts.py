"""Counts the places where the code steps around its own gates, and says where they are."""

from __future__ import annotations

import ast
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PARTS = ("ums", "channels", "sandbox", "tests", "benchmarks", "scripts", "wsgi.py")
COMMENTS = {
    "type: ignore": re.compile(r"#\s*type:\s*ignore"),
    "pragma: no cover": re.compile(r"#\s*pragma:\s*no cover"),
}
WORDS = ("type: ignore", "Any", "pragma: no cover")


def sources() -> Iterator[Path]:
    for part in PARTS:
        path = ROOT / part
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path] * path.exists()


def marks(path: Path) -> Iterator[tuple[str, int]]:
    """Each step around a gate in one file: what it is, and its line."""
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.type == tokenize.COMMENT:
                yield from ((word, token.start[0]) for word, mark in COMMENTS.items() if mark.search(token.string))
    yield from (("Any", line) for line in anys(ast.parse(path.read_bytes())))


def anys(tree: ast.Module) -> Iterator[int]:
    """The lines on which `typing.Any` is used; its import doesn't count."""
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == "typing"]
    names = {alias.asname or alias.name for node in imports for alias in node.names if alias.name == "Any"}
    yield from (
        node.lineno
        for node in ast.walk(tree)
        if (isinstance(node, ast.Name) and node.id in names)
        or (isinstance(node, ast.Attribute) and ast.unparse(node) == "typing.Any")
    )


def main() -> None:
    found: dict[str, list[str]] = {word: [] for word in WORDS}
    for path in sources():
        for word, line in marks(path):
            found[word].append(f"{path.relative_to(ROOT)}:{line}")
    for word, places in found.items():
        sys.stdout.write(f"{word:<17}{len(places):>4}  {' '.join(dict.fromkeys(places))}".rstrip() + "\n")


if __name__ == "__main__":
    main()
