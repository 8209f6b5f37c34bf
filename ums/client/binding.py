"""The operations of binding: links for people, who came by them, and what pages sign with."""

from __future__ import annotations

from typing import cast

from ums.client.answers import PageSignature, Ticket, Unbound, Visitor
from ums.client.door import Door


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

    def bind_result(self, result: str) -> Visitor:
        """Who came by a link without a userid: `POST /v1/bind/result`. One who is bound is told once."""
        return cast("Visitor", self._door.send("POST", "/v1/bind/result", {"result": result}))

    def bind_complete(self, result: str, userid: str) -> Visitor:
        """Bind who came to a user: `POST /v1/bind/complete`. Raises ApiError 4090 where he is another's."""
        return cast("Visitor", self._door.send("POST", "/v1/bind/complete", {"result": result, "userid": userid}))

    def unbind(self, userid: str, channel: str) -> Unbound:
        """Take a user's address on a channel away: `POST /v1/bind/unbind`."""
        body = {"userid": userid, "channel": channel}
        return cast("Unbound", self._door.send("POST", "/v1/bind/unbind", body, repeatable=True))

    def page_signature(self, channel: str, url: str) -> PageSignature:
        """What a page at `url` hands to the provider's script: `POST /v1/bind/jssdk`."""
        body = {"channel": channel, "url": url}
        return cast("PageSignature", self._door.send("POST", "/v1/bind/jssdk", body, repeatable=True))
