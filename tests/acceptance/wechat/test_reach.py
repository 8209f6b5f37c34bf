"""What is told of a person's reach is what a message meets that is sent to him then.

Each situation comes about as it does in life: by the platform's answers and pushes, and by what operators set.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.acceptance.wechat.letters import (
    MINI_PROGRAM_TEMPLATE,
    NOTICE,
    OFFICIAL_TEMPLATE,
    ONE_TIME,
    SUBSCRIPTION,
    TEMPLATE_MESSAGE,
)
from tests.acceptance.wechat.shop import (
    SUBSCRIBE_SEND,
    TEMPLATE_SEND,
    Account,
    Shop,
    objects,
    openid,
)
from tests.acceptance.wechat.town import Document, eventually
from ums.domain.commands import Json

ZHANGSAN, WITNESS = "zhangsan", "witness"
DAY = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What is asked about, and what is sent then: a content and its template, on one of the channels."""

    is_mp: bool = False
    content: dict[str, Json]
    template: str

    def account(self, shop: Shop) -> Account:
        return shop.mp if self.is_mp else shop.oa

    def message(self, userid: str) -> dict[str, Json]:
        content: Json = [self.content]
        return {"aud_userid": [userid], "msg_wechatmp" if self.is_mp else "msg_wechatoa": content}

    def sent(self, shop: Shop, userid: str = ZHANGSAN) -> str:
        """The msgid of a message to somebody."""
        return str(shop.post("/v1/sent", self.message(userid))["msgid"])


MP = Ask(is_mp=True, content=SUBSCRIPTION, template=MINI_PROGRAM_TEMPLATE)
OA = Ask(content=TEMPLATE_MESSAGE, template=OFFICIAL_TEMPLATE)
OA_NOTICE = Ask(content=NOTICE, template=str(NOTICE["template_id"]))
CONSENT = Ask(content=ONE_TIME, template="T1#7")
STRANGE = Ask(is_mp=True, content={**SUBSCRIPTION, "template_id": "another"}, template="another")


def as_known(shop: Shop) -> None:
    """Both people have bound both accounts, and the lists have been fetched."""
    shop.upload([ZHANGSAN, WITNESS], [shop.mp, shop.oa])
    for account in (shop.mp, shop.oa):
        shop.post(f"/v1/channel/{account.code}/template/refresh")


def nothing(shop: Shop) -> None:
    pass


def unbound(shop: Shop) -> None:
    taken: Json = {"wechatmp": {shop.mp.code: openid(shop.mp, ZHANGSAN)}}
    assert shop.post("/v1/user/opt", [{"userid": ZHANGSAN, "del": taken}])["data"] == {
        "success": [ZHANGSAN],
        "fail": [],
    }


def refused_for_good(shop: Shop) -> None:
    """The account knows only the witness, and the platform says so of zhangsan."""
    shop.knows(shop.mp, WITNESS)
    shop.set_up(shop.mp, known_users_only=True)
    assert [row["provider_code"] for row in shop.ended(MP.sent(shop))] == [40003]


def gone(shop: Shop) -> None:
    order = {"appid": shop.oa.appid, "openid": openid(shop.oa, ZHANGSAN), "act": "unfollow"}
    assert shop.town.sandbox.control("POST", "users/act", order).json()["push"]["acknowledged"]


def used_up(shop: Shop) -> None:
    """He taps "allow" once, and gets his message."""
    item: Json = {"TemplateId": MP.template, "SubscribeStatusString": "accept", "PopupScene": "0"}
    event = "subscribe_msg_popup_event"
    assert shop.push(shop.mp, event=event, openid=openid(shop.mp, ZHANGSAN), items=[item])["acknowledged"]
    shop.ended(MP.sent(shop))


def only_known_credits(ask: Ask) -> Callable[[Shop], None]:
    def set_(shop: Shop) -> None:
        shop.town.told("channel", "set", ask.account(shop).code, "--set", "unknown_credits=none")

    return set_


def parked(shop: Shop) -> None:
    shop.set_up(shop.mp, secret="another")
    shop.town.told("channel", "set", shop.mp.code, "--set", f"appid={shop.mp.appid}")
    shop.town.told("channel", "renew-token", shop.mp.code, status=1)
    MP.sent(shop)
    shop.await_state(shop.mp, "parked")


def day_used_up(shop: Shop) -> None:
    shop.set_up(shop.oa, daily_quota={TEMPLATE_SEND: 0})
    OA.sent(shop)
    eventually(lambda: shop.endpoint(shop.oa, "template")["paused_until"] is not None)


def minute_used_up(shop: Shop) -> None:
    shop.set_up(shop.mp, minute_quota={SUBSCRIBE_SEND: 0})
    MP.sent(shop)
    eventually(lambda: shop.endpoint(shop.mp, "subscription")["paused_until"] is not None)


def not_permitted(shop: Shop) -> None:
    shop.set_up(shop.oa, denied_paths=[TEMPLATE_SEND])
    OA.sent(shop)
    eventually(lambda: shop.endpoint(shop.oa, "template")["blocked"] is True)


def policy(shop: Shop, **members: Json) -> None:
    given = json.dumps({"rate_limit": 0, **members})
    shop.town.told("application", "change", shop.mp.code.replace("mp", "shop", 1), "--policy", "-", given=given)


def capped(shop: Shop) -> None:
    policy(shop, frequency_cap={"messages": 1, "seconds": 3600})
    shop.ended(OA.sent(shop))


def quiet(action: str) -> Callable[[Shop], None]:
    def set_(shop: Shop) -> None:
        now = datetime.fromtimestamp(shop.town.clock.now(), UTC)
        start, end = (f"{now + timedelta(hours=hours):%H:%M}" for hours in (-1, 2))
        policy(shop, quiet_hours={"start": start, "end": end, "timezone": "UTC", "action": action})

    return set_


def in_test_mode(shop: Shop) -> None:
    """What keeps nothing from being rehearsed: no provider is called."""
    parked(shop)
    gone(shop)
    policy(shop, test_mode=True)


def put(word: str, ask: Ask) -> Callable[[Shop], None]:
    def put_(shop: Shop) -> None:
        shop.town.told("channel", word, ask.account(shop).code)

    return put_


def told(shop: Shop, ask: Ask) -> Document:
    """What is said of the channel that is asked about."""
    found = objects(shop.get(f"/v1/user/{ZHANGSAN}/reach", template=ask.template)["channels"])
    (one,) = [each for each in found if each["channel"] == ask.account(shop).code]
    first = next(iter(objects(one["reasons"])), {"reason": "", "fix": "", "until": None})
    assert [one[member] for member in ("reason", "fix", "until")] == [
        first[member] for member in ("reason", "fix", "until")
    ]
    assert one["reachable"] is not bool(one["reasons"])
    return one


def met(shop: Shop, ask: Ask) -> str:
    """What a message meets: the reason it ends with, `waits` where it does, empty where he gets it."""
    answer = shop.ask("POST", "/v1/sent", ask.message(ZHANGSAN))
    if answer.status_code != 200:
        return f"error {answer.json()['code']}"
    msgid = answer.json()["msgid"]
    if shop.progress(msgid)["status"] == "scheduled":
        return "scheduled"
    # on the other channel nothing is wrong: what was made before, and could be sent, has been sent by then
    other = OA_NOTICE if ask.is_mp else MP
    assert shop.ended(other.sent(shop, WITNESS))[0]["status"] == "delivered"
    eventually(lambda: shop.deliveries(msgid)[0]["status"] != "sending")
    (row,) = shop.deliveries(msgid)
    return "waits" if row["status"] == "queued" else str(row["reason"]).rpartition(": ")[2]


Situation = tuple[Callable[[Shop], None], Ask, str, str]

SITUATIONS: dict[str, Situation] = {
    # what comes about, what is asked about and sent, what is told, what is met
    "by a mini program": (nothing, MP, "", ""),
    "by an official account": (nothing, OA, "", ""),
    "not bound": (unbound, MP, "not_bound", "not_bound"),
    "address retired": (refused_for_good, MP, "address_retired", "address_retired"),
    "does not follow": (gone, OA, "not_following", "not_following"),
    "a notice needs no follower": (gone, OA_NOTICE, "", ""),
    "no credit": (used_up, MP, "no_credit", "no_credit"),
    "credits unknown": (only_known_credits(MP), MP, "no_credit", "no_credit"),
    "credits of a notice unknown": (only_known_credits(OA_NOTICE), OA_NOTICE, "no_credit", "no_credit"),
    "a template message needs no credit": (only_known_credits(OA), OA, "", ""),
    "no consent": (only_known_credits(CONSENT), CONSENT, "no_credit", "no_credit"),
    "template unknown": (nothing, STRANGE, "template_unknown", "template_id"),
    "parked": (parked, MP, "channel_parked", "waits"),
    "paused": (put("pause", OA), OA, "channel_paused", "waits"),
    "closed": (put("close", MP), MP, "channel_closed", "error 1015009"),
    "daily quota": (day_used_up, OA, "daily_quota", "waits"),
    "another endpoint's daily quota": (day_used_up, OA_NOTICE, "", ""),
    "minute quota": (minute_used_up, MP, "minute_quota", "waits"),
    "permission missing": (not_permitted, OA, "not_authorised", "waits"),
    "frequency cap": (capped, OA, "frequency_cap", "frequency_cap"),
    "quiet hours that hold": (quiet("hold"), MP, "quiet_hours", "scheduled"),
    "quiet hours that refuse": (quiet("refuse"), OA, "quiet_hours", "error 1015038"),
    "rehearsed on a parked channel": (in_test_mode, MP, "", ""),
    "rehearsed for who does not follow": (in_test_mode, OA, "", ""),
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_what_is_told_is_what_a_message_meets(shop: Shop, situation: str) -> None:
    comes_about, ask, reason, outcome = SITUATIONS[situation]
    as_known(shop)
    comes_about(shop)
    eventually(lambda: told(shop, ask)["reason"] == reason)
    assert bool(told(shop, ask)["fix"]) is bool(reason)
    assert met(shop, ask) == outcome


def details(shop: Shop, ask: Ask) -> dict[Json, Json]:
    return {one["reason"]: one["detail"] for one in objects(told(shop, ask)["reasons"])}


def test_what_is_known_besides_is_told_with_the_reason(shop: Shop) -> None:
    as_known(shop)
    refused_for_good(shop)
    parked(shop)
    not_permitted(shop)
    assert details(shop, MP)["address_retired"] == "invalid_address (40003)"
    assert str(details(shop, MP)["channel_parked"]).startswith("wrong_secret (40125: ")
    assert str(details(shop, OA)["not_authorised"]).startswith("not_authorised (48001: ")


def test_a_quota_of_the_day_is_told_with_its_end(shop: Shop) -> None:
    as_known(shop)
    day_used_up(shop)
    until = told(shop, OA)["until"]
    assert isinstance(until, int)
    midnight = datetime.fromtimestamp(until, ZoneInfo("Asia/Shanghai"))
    assert (midnight.hour, midnight.minute, midnight.second) == (0, 0, 0)
    assert 0 < until - shop.town.clock.now() <= DAY
    assert "ums channel clear-quota" in str(told(shop, OA)["fix"])


def test_all_that_hold_are_told_as_a_message_would_meet_them(shop: Shop) -> None:
    as_known(shop)
    day_used_up(shop)
    shop.post(
        "/v1/user/opt", [{"userid": ZHANGSAN, "del": {"wechatoa": {shop.oa.code: openid(shop.oa, ZHANGSAN)}}}]
    )
    quiet("hold")(shop)
    put("pause", OA)(shop)
    reasons = ["quiet_hours", "not_bound", "channel_paused", "daily_quota"]
    assert [one["reason"] for one in objects(told(shop, OA)["reasons"])] == reasons
