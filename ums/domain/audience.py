"""Whom a message is for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ums.domain.json import Json

MOST_TAGS = 20
"""Tags in one message (hosted UMS, "aud_tag")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Whom a message is for: users by one or more marks, everyone, or addresses that the caller knows himself.

    `userids`, `tags` and `segment_id` narrow one another: within one list any will do, across them all must hold
    (None: not asked for). `everyone` are all users that the application may see. `addresses` maps channel
    types to addresses outside the user store; then nothing else is given. Users on the blacklist get nothing;
    with a whitelist only its users get anything.
    """

    userids: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None
    segment_id: int | None = None
    everyone: bool = False
    addresses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    black_id: int | None = None
    white_id: int | None = None

    @property
    def is_listed(self) -> bool:
        """Whether it is a list that the caller has given, rather than a question to the user store."""
        return bool(self.addresses) or (self.userids is not None and self.tags is None and self.segment_id is None)

    @property
    def listed(self) -> int:
        """How many the caller has listed; 0 where the user store must be asked."""
        if not self.is_listed:
            return 0
        return len(set(self.userids or ())) + sum(map(len, self.addresses.values()))


def audience_item(audience: Audience) -> dict[str, Json]:
    """The audience as JSON, with only what is given."""
    item: dict[str, Json] = {
        "userids": None if audience.userids is None else list(audience.userids),
        "tags": None if audience.tags is None else list(audience.tags),
        "segment_id": audience.segment_id,
        "everyone": audience.everyone or None,
        "addresses": {type_: list(found) for type_, found in audience.addresses.items()} or None,
        "black_id": audience.black_id,
        "white_id": audience.white_id,
    }
    return {name: value for name, value in item.items() if value is not None}


def audience_of(item: Mapping[str, Json]) -> Audience:
    """The audience that `audience_item` wrote."""
    addresses = item.get("addresses")
    return Audience(
        userids=_texts(item.get("userids")),
        tags=_texts(item.get("tags")),
        segment_id=_number(item.get("segment_id")),
        everyone=bool(item.get("everyone")),
        addresses={type_: _texts(found) or () for type_, found in addresses.items()}
        if isinstance(addresses, dict)
        else {},
        black_id=_number(item.get("black_id")),
        white_id=_number(item.get("white_id")),
    )


def _texts(value: Json) -> tuple[str, ...] | None:
    return tuple(str(text) for text in value) if isinstance(value, list) else None


def _number(value: Json) -> int | None:
    return value if isinstance(value, int) else None
