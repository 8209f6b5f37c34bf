"""The kinds of value that a setting can be; each raises ValidationError for what it isn't."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from marshmallow import ValidationError
from marshmallow import fields as values

MOST_DAYS = 36_500
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Directory(values.Field[Path]):
    """A directory's path, made absolute."""

    def _deserialize(self, value: object, attr: str | None, data: object, **_: object) -> Path:
        if not isinstance(value, str) or not value:
            raise ValidationError("no path")
        return Path(value).expanduser().absolute()


class Whole(values.Integer):
    """A whole number."""

    def _validated(self, value: object) -> int:
        if isinstance(value, float):
            raise self.make_error("invalid")
        return super()._validated(value)


class Days(Whole):
    """A number of days, `fewest` or more, or 0 for ever."""

    def __init__(self, fewest: int) -> None:
        super().__init__(metadata={"hint": f"a number of days from {fewest} to {MOST_DAYS}, or 0 for ever"})
        self._fewest = fewest

    def _validated(self, value: object) -> int:
        days = super()._validated(value)
        if days != 0 and not self._fewest <= days <= MOST_DAYS:
            raise ValidationError("too few or too many")
        return days


class Networks(values.Field[tuple[str, ...]]):
    """A list in TOML, or names with commas between them."""

    def _deserialize(self, value: object, attr: str | None, data: object, **_: object) -> tuple[str, ...]:
        parts = value.split(",") if isinstance(value, str) else value
        if not isinstance(parts, list):
            raise ValidationError("no list")
        try:
            return tuple(str(ipaddress.ip_network(part.strip())) for part in parts if part.strip())
        except (AttributeError, ValueError) as error:
            raise ValidationError(str(error)) from error


def check_zone(name: str) -> None:
    """A time zone that this machine knows."""
    try:
        ZoneInfo(name)
    except (LookupError, OSError, ValueError) as error:
        raise ValidationError("unknown") from error


def check_public_url(url: str) -> None:
    """An address that others can reach over https; plain http on loopback only."""
    try:
        parts = urlsplit(url)
        port_is_valid = parts.port != 0
    except ValueError as error:
        raise ValidationError(str(error)) from error
    plain = parts.scheme == "http" and parts.hostname in LOOPBACK
    extra = parts.query or parts.fragment or parts.username or re.search(r"\s", url)
    if url and (not (plain or parts.scheme == "https") or not parts.hostname or not port_is_valid or extra):
        raise ValidationError("no address")
