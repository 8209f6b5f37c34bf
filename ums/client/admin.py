"""What operators set up, for programs that hold an operator's token."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import requests
from requests.auth import AuthBase

from ums.client.client import TIMEOUT
from ums.client.door import Document, Door, Repetition, part
from ums.client.library import Library
from ums.client.messages import Json
from ums.client.template_answers import CreditsOverview, Refreshes


class _Bearer(AuthBase):
    """An operator's token."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Collection:
    """One kind of thing at `/v1/admin/…`: its list, and one of them made, shown, changed and removed.

    Every method raises ApiError where the gateway refuses, and NoAnswer where none answers.
    """

    def __init__(self, door: Door, name: str) -> None:
        self._door = door
        self._name = name
        self._path = f"/v1/admin/{name}"

    def list(self, *, limit: int | None = None, **query: str | int) -> Iterator[Document]:
        """All of them, or those that the query asks for (`state="waiting"`), page by page."""
        for item in self._door.pages(self._path, self._name, {**query, "limit": limit}):
            assert isinstance(item, dict)  # noqa: S101 - a list of the API holds objects
            yield item

    def add(self, **members: Json) -> Document:
        """Make one; with `id` under a number of your choice, where the kind allows it."""
        return self._door.send("POST", self._path, members)

    def show(self, id_: int | str, **query: str | int) -> Document:
        """One of them, as the query asks for it (`version=1`)."""
        return self._door.get(f"{self._path}/{part(id_)}", query)

    def look(self, id_: int | str, what: str, **query: str | int) -> Document:
        """Look at something of one of them, such as the `attempts` of a callback URL: its first page."""
        return self._door.get(self._place(id_, what), query)

    def change(self, id_: int | str, **members: Json) -> Document:
        """Put this in the place of one of them."""
        return self._door.send("PUT", f"{self._path}/{part(id_)}", members, repeatable=True)

    def remove(self, id_: int | str) -> Document:
        """Forget one of them."""
        return self._door.send("DELETE", f"{self._path}/{part(id_)}")

    def do(self, id_: int | str, action: str, **members: Json) -> Document:
        """Do something else to one of them, such as `approve`, or `quotas/refresh` to a channel."""
        return self._door.send("POST", self._place(id_, action), members or None)

    def put(self, id_: int | str, what: str, **members: Json) -> Document:
        """Put this in the place of something of one of them, such as a channel's `quotas/template`."""
        return self._door.send("PUT", self._place(id_, what), members, repeatable=True)

    def _place(self, id_: int | str, what: str) -> str:
        return "/".join([self._path, part(id_), *map(part, what.split("/"))])


class Platform:
    """The installation's third-party platform at `/v1/admin/platform`. Raises as a `Collection` does."""

    PATH = "/v1/admin/platform"

    def __init__(self, door: Door) -> None:
        self._door = door

    def show(self) -> Document:
        """It as it is set up, and the addresses to enter at the provider."""
        return self._door.get(self.PATH, {})

    def configure(self, **settings: str) -> Document:
        """Set it up, or change the settings given."""
        return self._door.send("PUT", self.PATH, {"settings": settings}, repeatable=True)

    def test(self) -> Document:
        """Whether the provider takes its secret and its ticket."""
        return self._door.send("POST", f"{self.PATH}/test")

    def start_tickets(self) -> Document:
        """Have the provider push tickets."""
        return self._door.send("POST", f"{self.PATH}/tickets")

    def accounts(self) -> Document:
        """The accounts that have authorised it."""
        return self._door.get(f"{self.PATH}/accounts", {})

    def link(self, channel: str, **wanted: Json) -> Document:
        """A link by which an account's administrator authorises for a channel (`type=`, `name=`, `grants=`)."""
        return self._door.send("POST", f"{self.PATH}/links", {"channel": channel, **wanted})


class Admin:
    """Calls the admin API of a gateway with an operator's token (`ums operator add NAME --role ROLE --token`)."""

    def __init__(
        self, base_url: str, token: str, *, timeout: float = TIMEOUT, repetition: Repetition | None = None
    ) -> None:
        door = Door(base_url, _Bearer(token), timeout=timeout, repetition=repetition or Repetition())
        self._door = door
        self.applications = Collection(door, "applications")
        self.channels = Collection(door, "channels")
        self.rules = Collection(door, "rules")
        self.templates = Collection(door, "templates")
        self.segments = Collection(door, "segments")
        self.blacklists = Collection(door, "blacklists")
        self.whitelists = Collection(door, "whitelists")
        self.callbacks = Collection(door, "callbacks")
        self.approvals = Collection(door, "approvals")
        self.words = Collection(door, "words")
        self.conflicts = Collection(door, "conflicts")
        self.platform = Platform(door)
        self.operators = Collection(door, "operators")
        self.audit = Collection(door, "audit")

    def library(self, code: str) -> Library:
        """The template library of a channel, and the channel's lists, made longer and shorter by it."""
        return Library(self._door, code)

    def refreshes(self, code: str) -> Refreshes:
        """The last that found a channel's templates changed: `GET /v1/admin/channels/{code}/refreshes`."""
        return cast("Refreshes", self._door.get(f"/v1/admin/channels/{part(code)}/refreshes"))

    def credits(self, code: str, *, template: str | None = None) -> CreditsOverview:
        """How many users of a channel have credits left: `GET /v1/admin/channels/{code}/credits`."""
        path = f"/v1/admin/channels/{part(code)}/credits"
        return cast("CreditsOverview", self._door.get(path, {"template": template}))

    def events(
        self, channel: str, *, event: str = "", since: int = 0, limit: int | None = None
    ) -> Iterator[Document]:
        """What a channel's provider has told besides receipts, the last first, page by page.

        `event` is the provider's name of it (`"subscribe"`), `since` when it came, in unix seconds.
        """
        query = {"event": event or None, "since": since or None, "limit": limit}
        for item in self._door.pages(f"/v1/admin/channels/{part(channel)}/events", "events", query):
            assert isinstance(item, dict)  # noqa: S101 - a list of the API holds objects
            yield item

    def close(self) -> None:
        """Give the connections back."""
        self._door.close()
