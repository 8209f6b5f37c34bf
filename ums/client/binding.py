"""The operations of binding: links for people, who came by them, and what pages sign with."""

from __future__ import annotations

from typing import cast

from ums.client.binding_answers import (
    LoggedIn,
    Opened,
    PageSignature,
    Phone,
    Picture,
    Ticket,
    Unbound,
    Visitor,
)
from ums.client.door import Door, part


class Binding:
    """What `Client` can do for people who aren't bound yet."""

    _door: Door

    def bind_ticket(
        self,
        channel: str,
        *,
        userid: str | None = None,
        return_to: str | None = None,
        session: str | None = None,
        origin: str | None = None,
    ) -> Ticket:
        """A link that binds whoever opens it: `POST /v1/bind/ticket`."""
        named = {"userid": userid, "return_to": return_to, "session": session, "origin": origin}
        body = {"channel": channel} | {name: value for name, value in named.items() if value is not None}
        return cast("Ticket", self._door.send("POST", "/v1/bind/ticket", body, repeatable=True))

    def bind_result(self, result: str, *, ticket: str | None = None) -> Visitor:
        """Who came by a link without a userid: `POST /v1/bind/result`. One who is bound is told once.

        `ticket` is the one that was made for this browser: the result of another one is ApiError 4040.
        """
        body = {"result": result} | _given(ticket)
        return cast("Visitor", self._door.send("POST", "/v1/bind/result", body))

    def bind_complete(self, result: str, userid: str, *, ticket: str | None = None) -> Visitor:
        """Bind who came to a user: `POST /v1/bind/complete`. Raises ApiError 4090 where he is another's."""
        body = {"result": result, "userid": userid} | _given(ticket)
        return cast("Visitor", self._door.send("POST", "/v1/bind/complete", body))

    def unbind(self, userid: str, channel: str) -> Unbound:
        """Take a user's address on a channel away: `POST /v1/bind/unbind`."""
        body = {"userid": userid, "channel": channel}
        return cast("Unbound", self._door.send("POST", "/v1/bind/unbind", body, repeatable=True))

    def page_signature(self, channel: str, url: str) -> PageSignature:
        """What a page at `url` hands to the provider's script: `POST /v1/bind/jssdk`."""
        body = {"channel": channel, "url": url}
        return cast("PageSignature", self._door.send("POST", "/v1/bind/jssdk", body, repeatable=True))

    def log_in(
        self, type_: str, channel: str, code: str, *, userid: str | None = None, ticket: str | None = None
    ) -> LoggedIn:
        """Pass on what a page inside an app was given, and bind its person: `POST /v1/bind/{type}/{code}/login`.

        A code serves once, so a login that got no answer isn't repeated by itself.
        """
        given = {"code": code, "userid": userid, "ticket": ticket}
        body = {name: value for name, value in given.items() if value is not None}
        return cast("LoggedIn", self._door.send("POST", f"/v1/bind/{part(type_)}/{part(channel)}/login", body))

    def decrypt(self, type_: str, channel: str, *, session: str, **sealed: str) -> Opened:
        """Open what a page was given sealed (`encryptedData`, `iv`, …): `POST /v1/bind/{type}/{code}/decrypt`."""
        path = f"/v1/bind/{part(type_)}/{part(channel)}/decrypt"
        return cast("Opened", self._door.send("POST", path, {"session": session, **sealed}, repeatable=True))

    def phone(self, type_: str, channel: str, *, session: str, code: str) -> Phone:
        """Keep the phone number that a person agreed to tell: `POST /v1/bind/{type}/{code}/phone`."""
        path = f"/v1/bind/{part(type_)}/{part(channel)}/phone"
        return cast("Phone", self._door.send("POST", path, {"session": session, "code": code}))

    def qr(self, userid: str, *, channel: str | None = None, expires_in: int | None = None) -> Picture:
        """A picture that binds whoever scans it first: `POST /v1/bind/qr`."""
        given = {"userid": userid, "channel": channel, "expires_in": expires_in}
        body = {name: value for name, value in given.items() if value is not None}
        return cast("Picture", self._door.send("POST", "/v1/bind/qr", body, repeatable=True))


def _given(ticket: str | None) -> dict[str, str]:
    return {} if ticket is None else {"ticket": ticket}
