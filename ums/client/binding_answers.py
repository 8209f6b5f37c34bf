"""What the gateway answers about binding people."""

from __future__ import annotations

from typing import NotRequired

from ums.client.answers import Answer
from ums.client.messages import Json


class Ticket(Answer):
    """A link that binds whoever opens it, once; `expires_in` is seconds."""

    ticket: str
    url: str
    expires_in: int


class Visitor(Answer):
    """Who came by a link; `userid` is there where he is bound."""

    bound: bool
    userid: NotRequired[str]
    channel: str


class Unbound(Answer):
    """Whether there was a binding, which is no more."""

    unbound: bool


class PageSignature(Answer):
    """What a page hands to the provider's script: `wx.config`."""

    config: dict[str, Json]


class LoggedIn(Answer):
    """A login inside an app; `userid` is whose the person is, None where he is nobody's."""

    session: str
    bound: bool
    userid: NotRequired[str | None]


class Opened(Answer):
    """What a page was given sealed, without what says who it is about."""

    data: dict[str, Json]
    bound: bool
    session: NotRequired[str]


class Phone(Answer):
    """The number that was kept, its middle left out."""

    phone: str


class Picture(Answer):
    """A picture to scan: its address, what it says, and for how many seconds it serves."""

    picture_url: str
    url: str
    expires_in: int
