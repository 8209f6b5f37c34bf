"""The project's own files, read once, for the tests about them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PARTS = ("ums", "channels", "sandbox", "tests", "benchmarks", "scripts", "wsgi.py")
MADE = ROOT / "ums" / "store" / "migrations" / "versions"


class Module(NamedTuple):
    """One Python file, by its path from the top of the repository."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        return str(self.path)

    @property
    def is_test(self) -> bool:
        return "tests" in self.path.parts


@cache
def modules() -> tuple[Module, ...]:
    """Every module but the migrations, which a tool writes."""
    return tuple(_read(path) for part in PARTS for path in _files(ROOT / part) if MADE not in path.parents)


def shipped() -> tuple[Module, ...]:
    """The modules that are no tests."""
    return tuple(module for module in modules() if not module.is_test)


def _files(part: Path) -> Iterator[Path]:
    yield from sorted(part.rglob("*.py")) if part.is_dir() else [part] * part.exists()


def _read(path: Path) -> Module:
    text = path.read_text("utf-8")
    return Module(path.relative_to(ROOT), text, ast.parse(text))
