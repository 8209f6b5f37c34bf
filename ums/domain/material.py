"""Materials: files that an application leaves with the gateway for its mails to attach."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from urllib.parse import urlsplit

DEFAULT_HOURS = 24
LONGEST_HOURS = 168
LONGEST_NAME = 255
NAMELESS = "attachment"
ANYTHING = "application/octet-stream"
PATH = "/v1/material/"
"""What an address of a material has before its secret; nothing is answered there."""

_SECRET = re.compile(rf"{PATH}([A-Za-z0-9_-]{{43}})")
_CONTENT_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(; ?[\w-]+=(\"[^\"\\\x00-\x1f\x7f]*\"|[\w.+-]+))*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """A file, as whoever sends mail attaches it."""

    file_name: str
    content_type: str
    data: bytes = field(repr=False)


def secret_of(url: str) -> str | None:
    """The secret in a material's address, wherever the gateway was reached when it gave it; None in any other.

    >>> secret_of("https://ums.example.com/v1/material/" + 43 * "a") == 43 * "a"
    True
    >>> secret_of("https://shop.example/invoice.pdf")
    """
    try:
        found = _SECRET.fullmatch(urlsplit(url).path)
    except ValueError:
        return None
    return found.group(1) if found else None


def digest(secret: str) -> str:
    """What is kept of a material's secret: 256 random bits can't be guessed, so a slow hash would buy nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()


def file_name_of(given: str) -> str:
    """A file's name without its directories, safe to print and to stand in a header; the ending is kept.

    >>> file_name_of("C:\\\\bills\\\\may.pdf"), file_name_of("../x"), file_name_of("..")
    ('may.pdf', 'x', 'attachment')
    """
    bare = given.replace("\\", "/").rpartition("/")[2]
    name = "".join(letter for letter in bare if letter.isprintable()).strip()
    if not name.strip("."):
        return NAMELESS
    if len(name) <= LONGEST_NAME:
        return name
    ending = PurePosixPath(name).suffix[: LONGEST_NAME // 2]
    return name[: LONGEST_NAME - len(ending)] + ending


def content_type_of(given: str | None) -> str:
    """A file's media type where one is given that is well-formed.

    >>> content_type_of("application/pdf"), content_type_of("pdf")
    ('application/pdf', 'application/octet-stream')
    """
    known = given is not None and len(given) <= LONGEST_NAME and _CONTENT_TYPE.fullmatch(given)
    return given if given is not None and known else ANYTHING
