"""Brings the console's translations up to date: collects what the pages say, keeps what is translated, compiles.

Run it after changing a text of the console, translate what it names as missing in
`ums/console/translations/zh/LC_MESSAGES/messages.po`, and run it once more.
"""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

CONSOLE = Path(__file__).parents[1] / "ums" / "console"
PO = CONSOLE / "translations" / "zh" / "LC_MESSAGES" / "messages.po"
MO = PO.with_suffix(".mo")
SOURCES = [("**.py", "python"), ("templates/**.html", "jinja2")]
WORDS = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
OPTIONS = {"templates/**.html": {"trimmed": "true", "silent": "false"}}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""Written where a catalog wants a date, so that the same words make the same bytes."""
HEADER = r"""# The console in Chinese. `python scripts/translations.py` keeps this file, and compiles it.
msgid ""
msgstr ""
"Language: zh\n"
"Plural-Forms: nplurals=1; plural=0;\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"

"""


def said() -> Catalog:
    """Everything that the pages say."""
    found = Catalog()
    for _, _, message, _, context in extract_from_dir(CONSOLE, SOURCES, OPTIONS, WORDS):
        found.add(message, context=context)
    return found


def translated() -> Catalog:
    """The translations as they are kept."""
    return read(PO.read_bytes())


def read(text: bytes) -> Catalog:
    catalog = read_po(io.BytesIO(text), locale="zh", domain="messages")
    catalog.creation_date = EPOCH
    return catalog


def compiled(catalog: Catalog) -> bytes:
    """The catalog as the console loads it."""
    file = io.BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def missing(catalog: Catalog) -> list[str]:
    """What is said and not translated."""
    return [str(message.id) for message in catalog if message.id and not all(_texts(message.string))]


def _texts(string: str | list[str] | tuple[str, ...] | None) -> list[str]:
    return list(string) if isinstance(string, list | tuple) else [string or ""]


def written(catalog: Catalog) -> bytes:
    """The catalog as people read it, without dates and names that would change with every run."""
    file = io.BytesIO()
    write_po(file, catalog, width=110, no_location=True, sort_output=True, omit_header=True)
    return HEADER.encode() + file.getvalue()


def main() -> None:
    catalog = translated() if PO.exists() else Catalog(locale="zh", domain="messages")
    catalog.update(said(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    PO.parent.mkdir(parents=True, exist_ok=True)
    PO.write_bytes(written(catalog))
    MO.write_bytes(compiled(translated()))
    for text in missing(translated()):
        sys.stdout.write(f"not translated: {text}\n")


if __name__ == "__main__":
    main()
