"""One person and his addresses: what joins them, and whose they are.

Addresses on different channels belong to one person where the provider says so (WeChat's unionid, the same for all
accounts of one Open Platform account), or where he has shown both to us in one visit. If one of them is bound to a
userid, the others are his too. Two userids for one person are a conflict: nothing is merged in silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class GestureKind(StrEnum):
    """What somebody did at an account."""

    SCAN = "scan"
    """He scanned a picture; `text` is its scene."""
    MENU = "menu"
    """He tapped a button of the menu; `text` is its key."""
    WORD = "word"
    """He wrote one of the words that an operator has named; `text` is that word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gesture:
    """What somebody did at an account that we may answer; `at` in unix seconds."""

    kind: GestureKind
    address: str = field(repr=False)
    text: str = field(repr=False)
    at: float


class Cause(StrEnum):
    """Why a binding was changed."""

    UPLOAD = "upload"
    """The application, or an operator, uploaded it."""
    REMOVED = "removed"
    """The application, or an operator, took the user away."""
    WEB = "web"
    """He came by a link and the provider's page said who he is."""
    COMPLETED = "completed"
    """The application said whose a result is."""
    APP = "app"
    """He logged in inside the provider's app."""
    SCAN = "scan"
    """He scanned a picture made for his userid."""
    UNION = "union"
    """The provider says that another address, which is bound, is his."""
    VISIT = "visit"
    """He showed it to us in one visit with another address."""
    REPLACED = "replaced"
    """He has another address on the channel now."""
    PERSON = "person"
    """He wanted it himself."""
    APPLICATION = "application"
    """The application unbound it."""
    PREFERENCE = "preference"
    """Of two userids the one that is configured to be preferred got it."""
    OPERATOR = "operator"
    """An operator decided between two userids."""
    ERASED = "erased"
    """The provider demanded that the person's data be deleted."""


class Place(NamedTuple):
    """Where an address stands: a channel, and the property and binding identifier that it is bound under."""

    channel_id: int
    code: str
    property: str
    bind_id: str
    address: str


class Owner(NamedTuple):
    """Whose an address is, and since when (unix seconds)."""

    userid: str
    since: float


class Preference(StrEnum):
    """Which of two userids gets all the addresses of one person."""

    NONE = "none"
    """Neither: an operator decides."""
    NEWEST = "newest"
    """The one bound last."""
    OLDEST = "oldest"
    """The one bound first."""


class Clash(StrEnum):
    """Why a person's addresses can't all be one user's."""

    USERIDS = "userids"
    """They are bound to several userids."""
    ADDRESSES = "addresses"
    """His userid has another address on one of the channels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """What follows for a person's addresses: to whom they are to be bound, and what stands against it."""

    userid: str = ""
    by: Place | None = None
    """The address by which it is known that they are his."""
    bind: tuple[Place, ...] = ()
    clash: Clash | None = None
    userids: tuple[str, ...] = ()


def join(
    places: Sequence[Place],
    owners: Mapping[Place, Sequence[Owner]],
    preference: Preference = Preference.NONE,
) -> Joining:
    """To whom the addresses of one person belong.

    >>> here = Place(1, "oa", "wechatoa", "oa", "o1")
    >>> there = Place(2, "mp", "wechatmp", "mp", "m1")
    >>> join([here, there], {here: [Owner("zhangsan", 0.0)]}).bind == (there,)
    True
    """
    held = [(place, owner) for place in places for owner in owners.get(place, ())]
    userids = tuple(sorted({owner.userid for _, owner in held}))
    if not userids:
        return Joining()
    if len(userids) > 1 and preference is Preference.NONE:
        return Joining(clash=Clash.USERIDS, userids=userids)
    by, owner = _preferred(held, preference)
    bind = tuple(place for place in places if [one.userid for one in owners.get(place, ())] != [owner.userid])
    return Joining(userid=owner.userid, by=by, bind=bind, userids=userids)


def _preferred(held: Iterable[tuple[Place, Owner]], preference: Preference) -> tuple[Place, Owner]:
    in_order = sorted(held, key=lambda one: (one[1].since, one[1].userid))
    return in_order[-1 if preference is Preference.NEWEST else 0]
