"""Names that operators give to things, and the numbers that clients know them by."""

from __future__ import annotations

from typing import TypeVar

from ums.domain.errors import Conflict, InvalidRequest, NotFound

T = TypeVar("T")

LONGEST_NAME = 64
LARGEST_ID = 2**31 - 1
"""Clients of the hosted UMS keep these numbers in 32 bits."""


def check_name(name: str) -> None:
    """Raises InvalidRequest for a name that nobody could read or type again."""
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable() or name != name.strip():
        text = f"1 to {LONGEST_NAME} printable characters, without white space at the ends."
        raise InvalidRequest(f"name: {text}", errors={"name": [text]})


def taken(thing: str, name: str) -> Conflict:
    """A name that something else has."""
    return Conflict(f"There already is a {thing} named {name!r}; choose another name, or change that one.")


def id_taken(thing: str, id_: int) -> Conflict:
    """A chosen number that something else has."""
    return Conflict(f"There already is a {thing} {id_}; choose another id, or change that one.")


def unknown(thing: str, id_: int | str) -> NotFound:
    """A number, or a name, that nothing has."""
    return NotFound(f"There is no {thing} {id_!r}.")


def known(thing: str, id_: int | str, found: T | None) -> T:
    """What was found under a number, or a name. Raises NotFound where that is nothing."""
    if found is None:
        raise unknown(thing, id_)
    return found


def check_name_free(thing: str, name: str, holder: object | None) -> None:
    """Raises Conflict where there is a holder of the name."""
    if holder is not None:
        raise taken(thing, name)


def check_id_free(thing: str, id_: int, holder: object | None) -> None:
    """Raises Conflict where there is a holder of the number."""
    if holder is not None:
        raise id_taken(thing, id_)


def check_unused(thing: str, id_: int, messages: int) -> None:
    """Raises Conflict where a thing is named by messages that haven't reached everyone yet: without it they would
    reach others than they were meant for."""
    if messages:
        raise Conflict(
            f"{messages} messages that name the {thing} {id_} haven't reached everyone yet. "
            "Wait until they have, or retract them."
        )
