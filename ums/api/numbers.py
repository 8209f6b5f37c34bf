"""Numbers in paths: those that the database can hold."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

LARGEST = 2**63 - 1


class StorableInteger(IntegerConverter):
    """`<int:…>`; beyond 64 bits there is nothing, as with every number that nothing has."""

    def __init__(
        self,
        map: Map,
        fixed_digits: int = 0,
        min: int | None = None,
        max: int | None = LARGEST,
        signed: bool = False,
    ) -> None:
        super().__init__(map, fixed_digits, min, max, signed)


def register(app: Flask) -> None:
    """Read every number in a path so."""
    app.url_map.converters["int"] = StorableInteger
