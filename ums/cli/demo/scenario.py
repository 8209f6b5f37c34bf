"""The main job, done as an operator and an upstream system would: the command line's services and the REST API."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ums.cli.demo.cast import Stage
from ums.cli.demo.client import Client, DemoFailed, Document
from ums.cli.demo.plan import MINI_PROGRAM, OFFICIAL_ACCOUNT, Person
from ums.cli.demo.platform import Account
from ums.cli.demo.verdict import Row
from ums.cli.opening import opened_gateway
from ums.cli.screen import Meter
from ums.domain.commands import Json
from ums.domain.message import MAX_TARGETS
from ums.domain.policy import Policy
from ums.services import applications, channels, operators
from ums.services.applications import Credentials

APPLICATION = "demo"
TITLES = {MINI_PROGRAM: "Demo mini program", OFFICIAL_ACCOUNT: "Demo official account"}
TEMPLATE = "订单发货通知"
VALUES = {
    "character_string1": "SO20260101",
    "phrase2": "已发货",
    "thing2": "绿茶",
    "thing3": "请留意查收",
    "time3": "2026年1月1日 15:01",
}
"""What the message says, by the template's keys."""
POLL_SECONDS = 0.2
DEADLINE_SECONDS = 300.0
UNDER_WAY = ("queued", "sending", "accepted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What the operator hands out: the application's credentials, and his own way into the console."""

    application: Credentials
    login_url: str


class Run(NamedTuple):
    """One message from its acceptance to its end, in seconds; `finished` is False where time ran out."""

    msgid: str
    seconds: float
    finished: bool


def prepare(stage: Stage, accounts: Sequence[Account]) -> Keys:
    """The operator's part: an application, its two channels, and a person for the console."""
    with opened_gateway(stage.settings) as gateway:
        credentials = applications.add(gateway, APPLICATION, policy=Policy(rate_limit=0))
        for account in accounts:
            settings = {
                "appid": account.appid,
                "secret": account.secret,
                "token": account.token,
                "base_url": stage.sandbox_url,
            }
            title = TITLES[account.code]
            channels.add(gateway, account.code, account.kind, settings, [APPLICATION], title)
        operator = operators.add(gateway, APPLICATION, "admin")
    return Keys(application=credentials, login_url=operator.login_url)


def refresh(api: Client) -> None:
    """Fetch both channels' template lists."""
    for code in (MINI_PROGRAM, OFFICIAL_ACCOUNT):
        api.post(f"/v1/channel/{code}/template/refresh", None)


def upload(api: Client, people: Sequence[Person], advance: Meter) -> None:
    """Upload the bindings of everyone whom the plan wants known. Raises DemoFailed where one isn't taken."""
    known = [person for person in people if person.group.uploaded]
    for start in range(0, len(known), MAX_TARGETS):
        batch = known[start : start + MAX_TARGETS]
        answer = api.post("/v1/user/opt", [_binding(person) for person in batch])
        result = answer["data"]
        if not isinstance(result, dict) or result["fail"]:
            raise DemoFailed(f"Not all bindings were taken: {str(result)[:2000]}")
        advance(start + len(batch), len(known))


def _binding(person: Person) -> Json:
    bound: dict[str, Json] = dict(person.openids.items())
    return {"userid": person.userid, "set": {**bound, "tag": {"all": ["demo"]}}}


def message_to(api: Client, userids: Sequence[str]) -> Document:
    """The body of a send to these users, on the first channel that reaches each of them."""
    return {
        "rule_id": -1,
        "aud_userid": list(userids),
        "msg_wechatmp": [_content(api, MINI_PROGRAM, "subscription")],
        "msg_wechatoa": [{"type": 0, **_content(api, OFFICIAL_ACCOUNT, "template")}],
    }


def send(api: Client, body: Document, advance: Meter) -> Run:
    """Send it, and watch until every delivery is final, receipts included, or time is up."""
    started = time.monotonic()
    msgid = str(api.post("/v1/sent", body)["msgid"])
    while True:
        progress = api.get(f"/v1/message/{msgid}")
        seconds = time.monotonic() - started
        done, total = _counted(progress)
        advance(done, total)
        finished = progress["status"] == "done"
        if finished or seconds > DEADLINE_SECONDS:
            return Run(msgid, seconds, finished)
        time.sleep(POLL_SECONDS)


def _counted(progress: Document) -> tuple[int, int]:
    """How many deliveries are final, and how many there are so far."""
    counts = progress["counts"] if isinstance(progress["counts"], dict) else {}
    by_status = {status: _number(count) or 0 for status, count in counts.items()}
    total = sum(by_status.values())
    return total - sum(by_status.get(status, 0) for status in UNDER_WAY), total


def _content(api: Client, code: str, kind: str) -> dict[str, Json]:
    """The content for the demo's template, as the channel's own list describes it."""
    for template in _objects(api.get(f"/v1/channel/{code}/template"), "templates"):
        if template["title"] == TEMPLATE and template["kind"] == kind:
            keys = [str(field["key"]) for field in _objects(template, "fields")]
            return {"template_id": template["template_id"], "data": {key: {"value": VALUES[key]} for key in keys}}
    raise DemoFailed(f"The template list of {code} has no {kind} template {TEMPLATE!r}.")


def deliveries(api: Client, msgid: str) -> Iterator[Row]:
    """Every delivery of the message, page by page."""
    query: dict[str, str] = {}
    while True:
        page = api.get(f"/v1/message/{msgid}/deliveries", query)
        for item in _objects(page, "deliveries"):
            yield _row(item)
        if not page.get("next"):
            return
        query["cursor"] = str(page["next"])


def _row(item: Mapping[str, Json]) -> Row:
    return Row(
        id=_number(item["id"]) or 0,
        userid=str(item["userid"]),
        channel=None if item["channel"] is None else str(item["channel"]),
        status=str(item["status"]),
        provider_code=_number(item["provider_code"]),
        reason=str(item["reason"] or ""),
        attempts=_number(item["attempts"]) or 0,
        fallback_of=_number(item["fallback_of"]),
    )


def _number(value: Json) -> int | None:
    return value if isinstance(value, int) else None


def _objects(document: Mapping[str, Json], name: str) -> list[Document]:
    found = document.get(name)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
