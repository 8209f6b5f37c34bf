"""One application with a mini program and an official account of its own, and what can be seen of them."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import requests

from sandbox.paths import BIZSEND, SENDS, STABLE, SUBSCRIBE_SEND, TEMPLATE_SEND
from tests.acceptance.wechat.letters import SUBSCRIPTION, TEMPLATE_MESSAGE
from tests.acceptance.wechat.town import Document, Town, eventually
from ums.domain.commands import Json
from ums.domain.policy import Policy
from ums.services import applications, channels

SECONDS = 30.0
TOKEN_REFUSALS = frozenset({40001, 40014, 42001})

__all__ = ["BIZSEND", "STABLE", "SUBSCRIBE_SEND", "TEMPLATE_SEND", "Account", "Shop", "open_shop"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account of the platform and the channel in front of it."""

    code: str
    kind: str
    appid: str = field(default_factory=lambda: f"wx{secrets.token_hex(8)}")
    secret: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    token: str = field(default_factory=lambda: secrets.token_hex(12), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """An upstream system (`auth` are its credentials) with the channels `mp` and `oa`."""

    town: Town
    auth: tuple[str, str]
    mp: Account
    oa: Account

    def ask(
        self, method: str, path: str, body: Json = None, headers: Mapping[str, str] | None = None, **query: str
    ) -> requests.Response:
        """Whatever call to the gateway, whatever the answer."""
        return requests.request(
            method, self.town.url + path, json=body, params=query, auth=self.auth, headers=headers, timeout=SECONDS
        )

    def get(self, path: str, **query: str) -> Document:
        return _good(self.ask("GET", path, None, None, **query))

    def post(self, path: str, body: Json = None) -> Document:
        return _good(self.ask("POST", path, body))

    def bind(self, userid: str, *accounts: Account) -> str:
        """Upload a user with an openid on each of the accounts."""
        self.upload([userid], accounts)
        return userid

    def crowd(self, count: int, *accounts: Account) -> list[str]:
        """Upload the users u0, u1, … with an openid on each of the accounts."""
        userids = [f"u{number}" for number in range(count)]
        self.upload(userids, accounts)
        return userids

    def upload(self, userids: Sequence[str], accounts: Sequence[Account]) -> None:
        people: list[Json] = [
            {"userid": userid, "set": {account.code: openid(account, userid) for account in accounts}}
            for userid in userids
        ]
        taken = self.post("/v1/user/opt", people)
        assert taken["data"] == {"success": [*userids], "fail": []}

    def knows(self, account: Account, userid: str, **habits: Json) -> None:
        """Tell the platform how the account knows a person: following, blocked, credits, outcome, …"""
        users: list[Json] = [{"openid": openid(account, userid), **habits}]
        self.town.sandbox.control("PUT", "users", {"appid": account.appid, "users": users})

    def set_up(self, account: Account, **settings: Json) -> None:
        """Change the account at the platform."""
        self.town.sandbox.control("PUT", f"accounts/{account.appid}", settings)

    def trouble(self, account: Account, **fault: Json) -> None:
        """Have calls of the account go wrong at the platform."""
        self.town.sandbox.control("POST", "faults", {"appid": account.appid, **fault})

    def without_receipts(self, account: Account) -> None:
        """Have the platform push nothing, and the gateway wait for nothing."""
        self.set_up(account, callback="")
        self.town.told("channel", "set", account.code, "--set", "token=")

    def slow(self, account: Account, milliseconds: float) -> None:
        self.town.sandbox.control("PUT", "latency", {"ms": milliseconds, "appid": account.appid})

    def send(
        self, userids: Sequence[str], *, rule_id: int = -1, mp: Json = None, oa: Json = None, **more: Json
    ) -> str:
        """Send a message on the channels whose content is given, or else on both; its msgid."""
        body = message(userids, rule_id=rule_id, mp=mp, oa=oa)
        return str(self.post("/v1/sent", {**body, **more})["msgid"])

    def progress(self, msgid: str) -> Document:
        return self.get(f"/v1/message/{msgid}")

    def counts(self, msgid: str) -> Json:
        return self.progress(msgid)["counts"]

    def deliveries(self, msgid: str) -> list[Document]:
        """Every delivery of a message, page by page."""
        found: list[Document] = []
        cursor: dict[str, str] = {}
        while True:
            page = self.get(f"/v1/message/{msgid}/deliveries", limit="1000", **cursor)
            found += objects(page["deliveries"])
            if page["next"] is None:
                return found
            cursor = {"cursor": str(page["next"])}

    def ended(self, msgid: str) -> list[Document]:
        """Wait until nothing is left to come, receipts included; the deliveries then."""
        eventually(lambda: self.progress(msgid)["status"] == "done")
        return self.deliveries(msgid)

    def standing(self, msgid: str, status: str, reason: str = "") -> list[Document]:
        """Wait until every delivery stands at `status`, with `reason` if given; the deliveries then."""

        def holds() -> bool:
            rows = self.deliveries(msgid)
            return all(row["status"] == status and (not reason or row["reason"] == reason) for row in rows)

        eventually(holds)
        return self.deliveries(msgid)

    def calls(self, account: Account, path: str = "", userid: str = "") -> list[Document]:
        """The calls that the platform has had of an account; those refused at the door it can't tell whose."""
        person = openid(account, userid) if userid else ""
        query = {"appid": account.appid, "path": path, "openid": person}
        return objects(self.town.sandbox.control("GET", "calls", None, limit=10_000, **query).json()["calls"])

    def token_calls(self, account: Account) -> int:
        """How often a token was asked for in the name of an account, whatever the answer."""
        found = objects(self.town.sandbox.control("GET", "calls", None, limit=10_000, path=STABLE).json()["calls"])
        bodies = [call["body"] for call in found]
        return sum(isinstance(body, dict) and body["appid"] == account.appid for body in bodies)

    def refused_tokens(self, account: Account, errcode: int) -> int:
        """How many send calls were refused for their token."""
        sandbox = self.town.sandbox
        groups = sandbox.control("GET", "calls/count", None, errcode=errcode, group="openid").json()["groups"]
        return sum(int(count) for person, count in groups.items() if person.startswith(account.appid))

    def send_calls(self, account: Account) -> Counter[str]:
        """Send calls by openid; a call refused for its token and repeated counts once."""
        return Counter(
            str(call["openid"])
            for call in self.calls(account)
            if call["path"] in SENDS and call["errcode"] not in TOKEN_REFUSALS
        )

    def received(self, account: Account, userid: str) -> int:
        """How many messages reached the platform for a person."""
        query = {"appid": account.appid, "openid": openid(account, userid)}
        return int(self.town.sandbox.control("GET", "users", None, **query).json()["received"])

    def channel(self, account: Account) -> Document:
        """The channel as GET /v1/channel shows it."""
        listed = objects(self.get("/v1/channel")["channels"])
        return next(item for item in listed if item["channel"] == account.code)

    def shown(self, account: Account) -> Document:
        """The channel as `ums channel show` tells it."""
        return self.town.told("channel", "show", account.code)

    def endpoint(self, account: Account, name: str) -> Document:
        return next(item for item in objects(self.shown(account)["endpoints"]) if item["name"] == name)

    def await_state(self, account: Account, state: str) -> Document:
        eventually(lambda: self.channel(account)["state"] == state)
        return self.channel(account)

    def push(self, account: Account, **event: Json) -> Document:
        """Have the platform push an event of one's own, and tell how it was answered."""
        answer = self.town.sandbox.control("POST", "push", {"appid": account.appid, **event}).json()
        assert isinstance(answer, dict)
        return answer

    def hook(self, account: Account) -> str:
        return f"{self.town.url}/hooks/{account.code}"


def open_shop(town: Town, *, secrets_of_channels: Mapping[str, str] | None = None) -> Shop:
    """A new application with two new accounts; `secrets_of_channels` are by kind, where they shall be wrong."""
    mark = secrets.token_hex(4)
    keys = applications.add(town.gateway, f"shop{mark}", policy=Policy(rate_limit=0))
    mp = Account(code=f"mp{mark}", kind="wechatmp")
    oa = Account(code=f"oa{mark}", kind="wechatoa")
    for account in (mp, oa):
        _configure(town, account)
        secret = (secrets_of_channels or {}).get(account.kind, account.secret)
        settings = {"appid": account.appid, "secret": secret, "token": account.token, "base_url": town.sandbox.url}
        channels.add(town.gateway, account.code, account.kind, settings, [f"shop{mark}"])
    return Shop(town=town, auth=(keys.key, keys.master_secret), mp=mp, oa=oa)


def _configure(town: Town, account: Account) -> None:
    configured = {
        "kind": account.kind,
        "secret": account.secret,
        "token": account.token,
        "callback": f"{town.url}/hooks/{account.code}",
    }
    town.sandbox.control("PUT", f"accounts/{account.appid}", configured)


def message(userids: Sequence[str], *, rule_id: int = -1, mp: Json = None, oa: Json = None) -> dict[str, Json]:
    """The body of a send on the channels whose content is given, or else on both."""
    if mp is None and oa is None:
        mp, oa = SUBSCRIPTION, TEMPLATE_MESSAGE
    contents: dict[str, Json] = {"msg_wechatmp": mp, "msg_wechatoa": oa}
    given: dict[str, Json] = {name: [content] for name, content in contents.items() if content is not None}
    return {"aud_userid": [*userids], "rule_id": rule_id, **given}


def openid(account: Account, userid: str) -> str:
    """A person's openid on an account: as on the platform, another one on each."""
    return f"{account.appid}-{userid}"


def objects(found: Json) -> list[Document]:
    assert isinstance(found, list)
    return [item for item in found if isinstance(item, dict)]


def statuses(rows: Iterable[Document]) -> list[tuple[str, str]]:
    """(channel, status) of deliveries, in the order they were made."""
    return [(str(row["channel"]), str(row["status"])) for row in rows]


def attempts(rows: Iterable[Document], account: Account) -> Counter[str]:
    """Attempts by openid on one channel."""
    found: Counter[str] = Counter()
    for row in rows:
        if row["channel"] == account.code:
            found[str(row["address"])] += int(str(row["attempts"]))
    return +found


def _good(reply: requests.Response) -> Document:
    assert reply.status_code == 200, reply.text
    document = reply.json()
    assert isinstance(document, dict)
    return document
