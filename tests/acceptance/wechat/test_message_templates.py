"""One set of values over both accounts, from the operator's file to what the platform is told."""

from __future__ import annotations

import json

from sandbox.paths import SUBSCRIBE_SEND, TEMPLATE_SEND
from tests.acceptance.wechat.letters import MINI_PROGRAM_TEMPLATE, OFFICIAL_TEMPLATE
from tests.acceptance.wechat.shop import Shop, objects, statuses
from tests.acceptance.wechat.town import Document
from ums.domain.commands import Json

SHIPPED: dict[str, Json] = {
    "name": "order shipped",
    "variables": [
        {"name": "order", "label": "Order number", "sample": "SO1"},
        {"name": "goods", "sample": "绿茶"},
        {"name": "when", "sample": "2026年1月1日 15:01"},
        {"name": "state", "sample": "已发货", "default": "已发货"},
    ],
    "channels": {
        "wechatmp": {
            "template_id": MINI_PROGRAM_TEMPLATE,
            "page": "orders?id={{order}}",
            "data": {
                "character_string1": {"value": "{{order}}"},
                "phrase2": {"value": "{{state}}"},
                "thing3": {"value": "{{goods}}"},
            },
        },
        "wechatoa": {
            "type": 0,
            "template_id": OFFICIAL_TEMPLATE,
            "url": "https://shop.example/orders/{{order}}",
            "data": {
                "character_string1": {"value": "{{order}}"},
                "thing2": {"value": "{{goods}}"},
                "time3": {"value": "{{when}}"},
            },
        },
    },
}
VALUES: dict[str, Json] = {"order": "SO 7&8", "goods": "{{order}}", "when": "2026年11月30日 15:01"}


def made(shop: Shop, template: dict[str, Json]) -> Document:
    """The template as the command line makes it, under a name of its own in this town."""
    named: Json = {**template, "name": f"{template['name']} by {shop.mp.code}"}
    return shop.town.told("template", "add", "-", given=json.dumps(named))


def findings(document: Document, *codes: str) -> list[Document]:
    """What is told of these channels; other tests have theirs in the same town."""
    return [item for item in objects(document["findings"]) if item["channel"] in codes]


def bodies(shop: Shop) -> dict[str, Document]:
    """What the platform was told, by the path of the call."""
    found: dict[str, Document] = {}
    for account, path in ((shop.mp, SUBSCRIBE_SEND), (shop.oa, TEMPLATE_SEND)):
        for call in shop.calls(account, path):
            body = call["body"]
            assert isinstance(body, dict)
            found[path] = body
    return found


def test_one_set_of_values_reaches_a_person_on_both_accounts(shop: Shop) -> None:
    template_id = made(shop, SHIPPED)["id"]
    shop.bind("zhangsan", shop.mp, shop.oa)
    body: Json = {"aud_userid": ["zhangsan"], "template_id": template_id, "template_para": VALUES}
    rows = shop.ended(str(shop.post("/v1/template/sent", body)["msgid"]))
    assert sorted(statuses(rows)) == sorted([(shop.mp.code, "delivered"), (shop.oa.code, "delivered")])
    told = bodies(shop)
    assert told[SUBSCRIBE_SEND]["page"] == "orders?id=SO%207%268"
    assert told[SUBSCRIBE_SEND]["data"] == {
        "character_string1": {"value": "SO 7&8"},
        "phrase2": {"value": "已发货"},
        "thing3": {"value": "{{order}}"},
    }
    assert told[TEMPLATE_SEND]["url"] == "https://shop.example/orders/SO%207%268"
    assert told[TEMPLATE_SEND]["data"] == {
        "character_string1": {"value": "SO 7&8"},
        "thing2": {"value": "{{order}}"},
        "time3": {"value": "2026年11月30日 15:01"},
    }


def test_where_the_mini_program_refuses_the_official_account_says_the_same(shop: Shop) -> None:
    template_id = made(shop, SHIPPED)["id"]
    shop.knows(shop.mp, "zhangsan", credits=0)
    shop.bind("zhangsan", shop.mp, shop.oa)
    body: Json = {
        "aud_userid": ["zhangsan"],
        "template_id": template_id,
        "template_para": VALUES,
        "rule_id": -1,
    }
    rows = shop.ended(str(shop.post("/v1/template/sent", body)["msgid"]))
    assert statuses(rows) == [(shop.mp.code, "rejected"), (shop.oa.code, "delivered")]
    assert shop.received(shop.oa, "zhangsan") == 1


def test_a_template_is_held_against_the_lists_as_they_were_fetched(shop: Shop) -> None:
    document = made(shop, SHIPPED)
    template_id = str(document["id"])
    codes = (shop.mp.code, shop.oa.code)
    assert [item["path"] for item in findings(document, *codes)] == ["channels.wechatoa", "channels.wechatmp"]
    for code in codes:
        shop.post(f"/v1/channel/{code}/template/refresh")
    assert findings(shop.town.told("template", "show", template_id), *codes) == []
    shop.set_up(shop.oa, templates=[])
    shop.post(f"/v1/channel/{shop.oa.code}/template/refresh")
    gone = findings(shop.town.told("template", "show", template_id), *codes)
    assert [item["path"] for item in gone] == ["channels.wechatoa.template_id"]


def test_a_providers_template_is_no_message_template(shop: Shop) -> None:
    shop.post(f"/v1/channel/{shop.mp.code}/template/refresh")
    body: Json = {"aud_userid": ["zhangsan"], "template_id": MINI_PROGRAM_TEMPLATE}
    refused = shop.ask("POST", "/v1/template/sent", body)
    assert (refused.status_code, refused.json()["code"]) == (400, 1015032)
