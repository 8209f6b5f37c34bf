"""Brings the pages' translations up to date: collects what they say, keeps what is translated, compiles.

Run it after changing a text of the console or of the pages that people meet, translate what it names as missing in
`translations/zh/LC_MESSAGES/messages.po` of `ums/console` or `ums/binding`, and run it once more.
"""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

UMS = Path(__file__).parents[1] / "ums"
SOURCES = [("**.py", "python"), ("templates/**.html", "jinja2")]
WORDS = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
OPTIONS = {"templates/**.html": {"trimmed": "true", "silent": "false"}}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""Written where a catalog wants a date, so that the same words make the same bytes."""
HEADER = r"""# {title} in Chinese. `python scripts/translations.py` keeps this file, and compiles it.
msgid ""
msgstr ""
"Language: zh\n"
"Plural-Forms: nplurals=1; plural=0;\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"

"""


class Part(NamedTuple):
    """A package of `ums` with pages, and what they are called."""

    name: str
    title: str

    @property
    def po(self) -> Path:
        return UMS / self.name / "translations" / "zh" / "LC_MESSAGES" / "messages.po"

    @property
    def mo(self) -> Path:
        return self.po.with_suffix(".mo")


PARTS = (Part("console", "The console"), Part("binding", "The pages that people meet"))


def said(part: Part) -> Catalog:
    """Everything that the pages say."""
    found = Catalog()
    for _, _, message, _, context in extract_from_dir(UMS / part.name, SOURCES, OPTIONS, WORDS):
        found.add(message, context=context)
    return found


def translated(part: Part) -> Catalog:
    """The translations as they are kept."""
    return read(part.po.read_bytes())


def read(text: bytes) -> Catalog:
    catalog = read_po(io.BytesIO(text), locale="zh", domain="messages")
    catalog.creation_date = EPOCH
    return catalog


def compiled(catalog: Catalog) -> bytes:
    """The catalog as the pages load it."""
    file = io.BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def missing(catalog: Catalog) -> list[str]:
    """What is said and not translated."""
    return [str(message.id) for message in catalog if message.id and not all(_texts(message.string))]


def _texts(string: str | list[str] | tuple[str, ...] | None) -> list[str]:
    return list(string) if isinstance(string, list | tuple) else [string or ""]


def written(part: Part, catalog: Catalog) -> bytes:
    """The catalog as people read it, without dates and names that would change with every run."""
    file = io.BytesIO()
    write_po(file, catalog, width=110, no_location=True, sort_output=True, omit_header=True)
    return HEADER.replace("{title}", part.title).encode() + file.getvalue()


def bring_up_to_date(part: Part) -> None:
    catalog = translated(part) if part.po.exists() else Catalog(locale="zh", domain="messages")
    catalog.update(said(part), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    part.po.parent.mkdir(parents=True, exist_ok=True)
    part.po.write_bytes(written(part, catalog))
    part.mo.write_bytes(compiled(translated(part)))
    for text in missing(translated(part)):
        sys.stdout.write(f"not translated: {text}\n")


def main() -> None:
    for part in PARTS:
        bring_up_to_date(part)


if __name__ == "__main__":
    main()
