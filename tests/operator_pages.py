"""The operator's pages of the channels (docs/channels), taken apart for the tests about them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "docs" / "channels"
NAMES = ("wechatmp", "wechatoa")
CHINESE = ".zh-CN"

_BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_REMARK = re.compile(r"\s+(?:#|//) .*$", re.MULTILINE)
_HEREDOC = re.compile(r"<<EOF\n.*?^EOF$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")
_CODES = re.compile(r"^\| ([0-9, 、]+) \| `(\w+)` \|", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One piece of code to paste; `step` is the number of the heading above it, 0 before the first."""

    language: str
    text: str
    step: int

    @property
    def bare(self) -> str:
        """Without its remarks, which are in the reader's language."""
        return _REMARK.sub("", self.text)

    @property
    def pieces(self) -> list[str]:
        """Each command as it stands, its here-document with it."""
        return list(_pieces(self.text))

    @property
    def commands(self) -> list[list[str]]:
        """The words of each command; what a here-document holds is left out."""
        return [shlex.split(_HEREDOC.sub("", piece), comments=True) for piece in self.pieces]


@dataclass(frozen=True)
class Page:
    """One page, in one language."""

    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text("utf-8")

    @cached_property
    def prose(self) -> str:
        return _BLOCK.sub("", self.text)

    @cached_property
    def blocks(self) -> list[Block]:
        return [self._block(found) for found in _BLOCK.finditer(self.text)]

    @cached_property
    def headings(self) -> list[str]:
        return re.findall(r"^#+ (.+)$", self.prose, re.MULTILINE)

    @property
    def steps(self) -> list[int]:
        return [int(number) for number in re.findall(r"^## (\d+)\. ", self.text, re.MULTILINE)]

    @property
    def inline(self) -> list[str]:
        """What stands in backticks within the prose."""
        return _INLINE.findall(self.prose)

    @property
    def commands(self) -> list[list[str]]:
        """Every `ums …` and `curl …` of the page, in blocks and in the prose."""
        pasted = [words for block in self.blocks if block.language == "sh" for words in block.commands]
        return pasted + [shlex.split(word) for word in self.inline if word.startswith("ums ")]

    @property
    def codes(self) -> set[tuple[int, str]]:
        """The provider's numbers and our reasons in the table of what may go wrong."""
        rows = _CODES.findall(self.prose)
        return {(int(number), reason) for numbers, reason in rows for number in re.split("[,、]", numbers)}

    def _block(self, found: re.Match[str]) -> Block:
        above = re.findall(r"^## (\d+)\. ", self.text[: found.start()], re.MULTILINE)
        indent, language, text = found.groups()
        text = re.sub(rf"^{indent}", "", text, flags=re.MULTILINE)
        return Block(language=language, text=text, step=int(above[-1]) if above else 0)


def _pieces(text: str) -> Iterator[str]:
    begun = ""
    for line in text.splitlines(keepends=True):
        begun += line
        if _is_whole(begun):
            yield begun
            begun = ""


def _is_whole(begun: str) -> bool:
    """Whether a shell would run it, or wait for more."""
    if "<<EOF" in begun:
        return begun.endswith("\nEOF\n")
    try:
        shlex.split(begun, comments=True)
    except ValueError:
        return False
    return not begun.endswith("\\\n")


def page(name: str, language: str = "") -> Page:
    return Page(FOLDER / f"{name}{language}.md")


PAGES = [page(name, language) for name in NAMES for language in ("", CHINESE)]
