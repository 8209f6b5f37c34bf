"""The kinds of value that a setting can be; each raises ValidationError for what it isn't."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from marshmallow import ValidationError
from marshmallow import fields as values

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
