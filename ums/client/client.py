"""The operations of applications and of the AccessKey."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, Unpack, cast

from requests.auth import HTTPBasicAuth

from ums.client.answers import (
    Batch,
    BatchSent,
    Channel,
    Credits,
    Delivery,
    Done,
    Lint,
    LoggedIn,
    Material,
    MessageState,
    Opened,
    Phone,
    Picture,
    Reach,
    Sent,
    Subscription,
    Token,
    User,
)
from ums.client.binding import Binding
from ums.client.door import Door, Repetition, part
from ums.client.messages import Broadcast, Json, Message, Saying, TemplateBroadcast, TemplateMessage
from ums.client.template_answers import Refresh, Refreshes, Templates

TIMEOUT = 30.0
"""Seconds."""


class Client(Binding):
    """Calls a gateway as an application (ChannelKey), or with the AccessKey; each with its MasterSecret.

    Every method raises ApiError where the gateway refuses, and NoAnswer where none answers. A send carries an
    Idempotency-Key, of the caller's choice or made up, and is repeated under it: it goes out once. `timeout` is in
    seconds, for each attempt.
    """

    def __init__(
        self,
        base_url: str,
        key: str,
        master_secret: str,
        *,
        timeout: float = TIMEOUT,
        repetition: Repetition | None = None,
    ) -> None:
        auth = HTTPBasicAuth(key, master_secret)
        self._door = Door(base_url, auth, timeout=timeout, repetition=repetition or Repetition())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._door.close()

    def sent(self, *, idempotency_key: str | None = None, **message: Unpack[Message]) -> Sent:
        """Send a message to users, tags, a segment or custom ids: `POST /v1/sent`."""
        return self._send("/v1/sent", message, idempotency_key)

    def broadcast(self, *, idempotency_key: str | None = None, **message: Unpack[Broadcast]) -> Sent:
        """Send a message to everyone: `POST /v1/broadcast`."""
        return self._send("/v1/broadcast", message, idempotency_key)

    def template_sent(self, *, idempotency_key: str | None = None, **message: Unpack[TemplateMessage]) -> Sent:
        """Send a message template to some: `POST /v1/template/sent`."""
        return self._send("/v1/template/sent", message, idempotency_key)

    def template_broadcast(
        self, *, idempotency_key: str | None = None, **message: Unpack[TemplateBroadcast]
    ) -> Sent:
        """Send a message template to everyone: `POST /v1/template/broadcast`."""
        return self._send("/v1/template/broadcast", message, idempotency_key)

    def sent_batch(self, messages: Sequence[Message], *, idempotency_key: str | None = None) -> BatchSent:
        """Send up to 1,000 different messages: `POST /v1/sent/batch`; `data.fail` has those not taken."""
        key = idempotency_key or _made_key()
        return cast("BatchSent", self._door.send("POST", "/v1/sent/batch", list(messages), key=key))

    def lint(self, **contents: Unpack[Saying]) -> Lint:
        """Look for what a send of these contents would be refused for: `POST /v1/lint`."""
        return cast("Lint", self._door.send("POST", "/v1/lint", contents, repeatable=True))

    def retract(self, msgid: str) -> Done:
        """Stop what no provider has yet: `POST /v1/retract/{msgid}`. Raises ApiError 1015055 the second time."""
        return cast("Done", self._door.send("POST", f"/v1/retract/{part(msgid)}"))

    def message(self, msgid: str) -> MessageState:
        """How far a message has come: `GET /v1/message/{msgid}`."""
        return cast("MessageState", self._door.get(f"/v1/message/{part(msgid)}"))

    def messages(
        self, *, status: str | None = None, since: int | None = None, limit: int | None = None
    ) -> Iterator[MessageState]:
        """The application's messages, the newest first, page by page: `GET /v1/message`."""
        query = {"status": status, "since": since, "limit": limit}
        return cast("Iterator[MessageState]", self._door.pages("/v1/message", "messages", query))

    def deliveries(
        self, msgid: str, *, status: str | None = None, channel: str | None = None, limit: int | None = None
    ) -> Iterator[Delivery]:
        """A message's deliveries, page by page: `GET /v1/message/{msgid}/deliveries`."""
        query = {"status": status, "channel": channel, "limit": limit}
        pages = self._door.pages(f"/v1/message/{part(msgid)}/deliveries", "deliveries", query)
        return cast("Iterator[Delivery]", pages)

    def user_opt(self, users: Sequence[Mapping[str, Json]]) -> Batch:
        """Add and change up to 1,000 users: `POST /v1/user/opt`. See `data.fail` for those who weren't taken."""
        return cast("Batch", self._door.send("POST", "/v1/user/opt", list(users), repeatable=True))

    def user_delete(self, userids: Sequence[str]) -> Batch:
        """Remove up to 1,000 users, with the AccessKey: `POST /v1/user/delete`."""
        return cast("Batch", self._door.send("POST", "/v1/user/delete", list(userids)))

    def user(self, userid: str) -> User:
        """One user: `GET /v1/user/{userid}`."""
        return cast("User", self._door.get(f"/v1/user/{part(userid)}"))

    def reach(
        self,
        userid: str,
        *,
        template: str | None = None,
        black_id: int | None = None,
        white_id: int | None = None,
    ) -> Reach:
        """On which channels a user can be reached now, and what would help: `GET /v1/user/{userid}/reach`."""
        query = {"template": template, "black_id": black_id, "white_id": white_id}
        return cast("Reach", self._door.get(f"/v1/user/{part(userid)}/reach", query))

    def users(self, *, tag: str | None = None, limit: int | None = None) -> Iterator[User]:
        """Users by userid, page by page: `GET /v1/user`."""
        return cast("Iterator[User]", self._door.pages("/v1/user", "users", {"tag": tag, "limit": limit}))

    def channels(self, *, limit: int | None = None) -> Iterator[Channel]:
        """The channels granted to the caller, page by page: `GET /v1/channel`."""
        return cast("Iterator[Channel]", self._door.pages("/v1/channel", "channels", {"limit": limit}))

    def templates(self, code: str) -> Templates:
        """A channel's templates as last fetched: `GET /v1/channel/{code}/template`."""
        return cast("Templates", self._door.get(f"/v1/channel/{part(code)}/template"))

    def refresh(self, code: str) -> Refresh:
        """Fetch a channel's templates from the provider now: `POST /v1/channel/{code}/template/refresh`."""
        path = f"/v1/channel/{part(code)}/template/refresh"
        return cast("Refresh", self._door.send("POST", path, repeatable=True))

    def refreshes(self, code: str) -> Refreshes:
        """The last that found the templates changed: `GET /v1/channel/{code}/template/refreshes`."""
        return cast("Refreshes", self._door.get(f"/v1/channel/{part(code)}/template/refreshes"))

    def subscribed(
        self,
        channel: str,
        results: Mapping[str, str],
        *,
        userid: str | None = None,
        openid: str | None = None,
        session: str | None = None,
    ) -> Credits:
        """Report what a user answered when he was asked for subscriptions: `POST /v1/subscription`.

        Twice reported is twice allowed, so a report that got no answer isn't repeated by itself.
        """
        whose = {"userid": userid, "openid": openid, "session": session}
        body = {"channel": channel, "results": dict(results)} | {k: v for k, v in whose.items() if v is not None}
        return cast("Credits", self._door.send("POST", "/v1/subscription", body))

    def subscriptions(
        self,
        channel: str,
        *,
        userid: str | None = None,
        template: str | None = None,
        at_most: int | None = None,
        limit: int | None = None,
    ) -> Iterator[Subscription]:
        """How many messages users still allow, page by page: `GET /v1/subscription`."""
        query = {"channel": channel, "userid": userid, "template": template, "at_most": at_most, "limit": limit}
        return cast("Iterator[Subscription]", self._door.pages("/v1/subscription", "subscriptions", query))

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

    def token(self, type_: str) -> Token:
        """The access token of the granted channel of this type: `GET /v1/token`."""
        return cast("Token", self._door.get("/v1/token", {"type": type_}))

    def material(self, file: Path | str, *, time_to_live: int = 24) -> Material:
        """Store a file for `msg_email.files`, for so many hours: `POST /v1/material`."""
        fields = {"type": "attachment", "time_to_live": str(time_to_live)}
        path = Path(file)
        with path.open("rb") as opened:
            return cast("Material", self._door.upload("/v1/material", fields, path.name, opened))

    def _send(self, path: str, message: Mapping[str, object], key: str | None) -> Sent:
        return cast("Sent", self._door.send("POST", path, message, key=key or _made_key()))


def _made_key() -> str:
    return secrets.token_urlsafe(24)
