"""Logins on pages inside a provider's app; what such pages are given sealed, and phone numbers."""

from __future__ import annotations

from typing import Required, TypedDict

from ums.api.auth import takes_channel_key
from ums.api.blueprint import ApiBlueprint
from ums.api.context import current_gateway
from ums.api.schemas.logins import (
    KeptPhoneSchema,
    LoggedInSchema,
    LoginSchema,
    OpenedSchema,
    PhoneSchema,
    SealedSchema,
)
from ums.domain.commands import Caller, Json
from ums.domain.errors import Conflict
from ums.sdk.people import SealedWords
from ums.services.binding import logins, opening
from ums.services.binding.logins import Door

api = ApiBlueprint("logins", "Logins on pages inside a provider's app", prefix="/v1/bind")


class _Login(TypedDict, total=False):
    code: Required[str]
    ticket: str
    userid: str


class _Sealed(TypedDict, total=False):
    session: str
    code: str
    encryptedData: Required[str]
    iv: Required[str]
    rawData: str
    signature: str


class _Phone(TypedDict):
    session: str
    code: str


@api.post("/<type>/<code>/login")
@takes_channel_key
@api.takes(LoginSchema)
@api.gives(LoggedInSchema)
@api.refuses(Conflict)
def log_in(caller: Caller | None, body: _Login, type: str, code: str) -> dict[str, Json]:
    """Begin a session for whoever looks at a page inside the app.

    A page calls without any secret; who comes with a ticket is bound to its userid. The application's backend may
    pass the page's code on with a userid. The openid stays here.
    """
    ticket, userid = body.get("ticket", ""), body.get("userid", "")
    door = Door(type, code)
    begun = logins.log_in(current_gateway(), caller, door, body["code"], ticket=ticket, userid=userid)
    told: dict[str, Json] = {"session": begun.session, "bound": begun.bound}
    return told if caller is None else {**told, "userid": begun.userid}


@api.post("/<type>/<code>/decrypt")
@takes_channel_key
@api.takes(SealedSchema)
@api.gives(OpenedSchema)
@api.refuses(Conflict)
def decrypt(caller: Caller | None, body: _Sealed, type: str, code: str) -> dict[str, Json]:
    """Open what the app gave a page sealed, and join its person with what is known of him.

    What says who he is, or at which account, is taken out of the answer.
    """
    sealed = SealedWords(
        data=body["encryptedData"], iv=body["iv"], raw=body.get("rawData"), signature=body.get("signature")
    )
    opened = opening.open_sealed(
        current_gateway(), caller, Door(type, code), sealed, session=body.get("session"), code=body.get("code")
    )
    told: dict[str, Json] = {"data": dict(opened.data), "bound": opened.bound}
    return told if opened.session is None else {**told, "session": opened.session}


@api.post("/<type>/<code>/phone")
@takes_channel_key
@api.takes(PhoneSchema)
@api.gives(KeptPhoneSchema)
@api.refuses(Conflict)
def phone(caller: Caller | None, body: _Phone, type: str, code: str) -> dict[str, Json]:
    """Keep the phone number that the person has agreed to tell, as his user's `phone`.

    He must be bound already, and the channel's settings must allow it: the provider may want money for each.
    """
    door = Door(type, code)
    return {"phone": opening.keep_phone(current_gateway(), caller, door, body["session"], body["code"])}
