"""Sends by a message template, to users, to addresses and to everyone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.api.site import Site, open_site, told
from ums.domain.commands import Json
from ums.services import expanding, words
from ums.store.models import MessageRow

SENT, BROADCAST = "/v1/template/sent", "/v1/template/broadcast"
GOOD: dict[str, Json] = {
    "aud_userid": ["zhangsan", "lisi"],
    "template_id": 501,
    "template_para": {"order": "SO {{goods}} 7"},
    "app_para": {"platform": "all"},
}
VARIABLES: list[Json] = [{"name": "order", "sample": "SO1"}, {"name": "goods", "sample": "tea", "default": "goods"}]
TEMPLATES: list[Json] = [
    {
        "id": 501,
        "name": "shipped",
        "variables": VARIABLES,
        "channels": {"app": {"text": "{{order}}: {{goods}}"}, "email": {"text": "Order {{order}}"}},
    },
    {"id": 502, "name": "mail only", "variables": VARIABLES, "channels": {"email": {"text": "Order {{order}}"}}},
    {"id": 503, "name": "plain", "channels": {"email": {"text": "Good morning"}}},
]


def with_templates(site: Site) -> Site:
    for template in TEMPLATES:
        assert site.as_operator("POST", "/templates", template).status_code == 200
    return site


@pytest.fixture
def shop(site: Site) -> Site:
    """The site with the message templates 501 (app and email), 502 and 503 (email)."""
    return with_templates(site)


@pytest.fixture(scope="module")
def shared_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    opened = with_templates(open_site(Path(tmp_path_factory.mktemp("shop"))))
    yield opened
    opened.gateway.close()


def send(
    site: Site, changes: Mapping[str, Json] | None = None, *, path: str = SENT, key: str | None = None
) -> TestResponse:
    """A good send with `changes`; a member changed to None is left out."""
    body: Json = {name: value for name, value in {**GOOD, **(changes or {})}.items() if value is not None}
    return site.post(path, body, headers=None if key is None else {"Idempotency-Key": key})


def contents(site: Site, answer: TestResponse) -> dict[str, dict[str, Json]]:
    """What the message says on each channel type, as it was stored."""
    assert answer.status_code == 200, answer.get_json()
    with site.gateway.database.read() as session:
        wanted = select(MessageRow).where(MessageRow.msgid == answer.get_json()["msgid"])
        return session.scalars(wanted).one().contents


def statuses(site: Site, answer: TestResponse) -> dict[str, str]:
    """What became of the message on each channel, by address."""
    msgid = answer.get_json()["msgid"]
    deliveries = site.get(f"/v1/message/{msgid}/deliveries").get_json()["deliveries"]
    return {f"{item['channel']} {item['address']}": item["status"] for item in deliveries}


def test_one_set_of_values_feeds_every_channel_of_the_template(shop: Site) -> None:
    answer = send(shop, {"option": {"sendno": "order-7"}})
    assert contents(shop, answer) == {
        "app": {
            "text": "SO {{goods}} 7: goods",
            "platform": "all",
            "options": {"time_to_live": 86_400, "apns_production": True},
        },
        "email": {"text": "Order SO {{goods}} 7"},
    }
    assert answer.get_json().keys() == {"code", "msgid", "sendno"}
    assert statuses(shop, answer) == {"app1 fake-zhangsan": "queued", "mail1 fake-lisi": "queued"}


def test_one_map_may_feed_several_templates(shop: Site) -> None:
    plain = send(shop)
    answer = send(shop, {"template_para": {"order": "SO {{goods}} 7", "extra": {"of": "another"}}})
    assert contents(shop, answer) == contents(shop, plain)
    (warning,) = answer.get_json()["warnings"]
    assert warning.startswith("template_para.extra is unknown; the template's variables are order")


def test_a_message_keeps_what_it_was_sent_with_whatever_becomes_of_its_template(shop: Site) -> None:
    first = send(shop, {"template_id": 502, "app_para": None})
    changed: Json = {
        "name": "mail only",
        "variables": VARIABLES,
        "channels": {"email": {"text": "Parcel {{order}}"}},
    }
    assert shop.as_operator("PUT", "/templates/502", changed).status_code == 200
    second = send(shop, {"template_id": 502, "app_para": None})
    assert shop.as_operator("DELETE", "/templates/502").status_code == 200
    assert contents(shop, first) == {"email": {"text": "Order SO {{goods}} 7"}}
    used = [
        shop.get(f"/v1/message/{answer.get_json()['msgid']}").get_json()["template"] for answer in (first, second)
    ]
    assert used == [{"id": 502, "version": 1}, {"id": 502, "version": 2}]
    assert contents(shop, second) == {"email": {"text": "Parcel SO {{goods}} 7"}}
    assert told(send(shop, {"template_id": 502, "app_para": None}))[:2] == (400, 1015031)


def test_a_template_without_variables_needs_no_values(shop: Site) -> None:
    given: list[Json] = [None, {}]
    for values in given:
        answer = send(shop, {"template_id": 503, "template_para": values, "app_para": None})
        assert contents(shop, answer) == {"email": {"text": "Good morning"}}


def test_a_broadcast_goes_to_everyone(shop: Site) -> None:
    answer = send(shop, {"aud_userid": None}, path=BROADCAST)
    expanding.begin_due(shop.gateway)
    while expanding.expand_page(shop.gateway):
        pass
    assert statuses(shop, answer) == {"app1 fake-zhangsan": "queued", "mail1 fake-lisi": "queued"}
    assert told(send(shop, path=BROADCAST))[:2] == (400, 4004)


def test_addresses_of_ones_own_narrow_the_template_to_their_channels(shop: Site) -> None:
    addresses: Json = [{"instance": "mail1", "data": ["fake-a", "fake-b"]}]
    answer = send(shop, {"aud_userid": None, "aud_email": addresses, "app_para": None})
    assert contents(shop, answer) == {"email": {"text": "Order SO {{goods}} 7"}}
    assert statuses(shop, answer) == {"mail1 fake-a": "queued", "mail1 fake-b": "queued"}
    surplus = send(shop, {"aud_userid": None, "template_id": 502, "aud_app": addresses, "app_para": None})
    assert told(surplus)[:2] == (400, 4004)
    assert list(surplus.get_json()["errors"]) == ["aud_app"]
    wrong = send(shop, {"aud_userid": None, "aud_email": [{"data": ["nonsense"]}], "app_para": None})
    assert list(wrong.get_json()["errors"]) == ["aud_email"]


def test_a_dry_run_says_who_would_get_it_and_sends_nothing(shop: Site) -> None:
    rehearsed = send(shop, {"option": {"dry_run": True}}).get_json()
    assert (rehearsed["dry_run"], rehearsed["channels"]) == (True, {"app1": 1, "mail1": 1})
    with shop.gateway.database.read() as session:
        assert session.scalars(select(MessageRow)).all() == []
    assert told(send(shop, {"option": {"dry_run": True}, "template_para": {}}))[:2] == (400, 4004)


def test_a_rule_decides_how_the_channels_follow_one_another(shop: Site) -> None:
    first = send(shop, {"rule_id": -1, "aud_userid": ["lisi"]})
    assert statuses(shop, first) == {"mail1 fake-lisi": "queued"}
    steps: Json = [{"channels": ["email"]}]
    assert shop.as_operator("POST", "/rules", {"id": 9, "name": "mail", "steps": steps}).status_code == 200
    assert send(shop, {"rule_id": 9, "template_id": 502, "app_para": None}).status_code == 200
    assert told(send(shop, {"rule_id": 9}))[0] == 400


def test_the_same_key_gives_the_first_answer_though_the_template_is_gone(shop: Site) -> None:
    first = send(shop, key="order-7").get_json()
    shop.as_operator("DELETE", "/templates/501")
    assert send(shop, key="order-7").get_json() == first
    assert told(send(shop, {"template_id": 502}, key="order-7"))[:2] == (409, 4090)
    assert told(send(shop))[:2] == (400, 1015031)


@pytest.mark.parametrize("path", [SENT, BROADCAST])
@pytest.mark.parametrize("name", ["msg_app", "msg_wechatmp", "msg_fax"])
def test_contents_beside_a_template_are_refused(shared_shop: Site, path: str, name: str) -> None:
    given: Json = [{"text": "x"}]
    audience = GOOD["aud_userid"] if path == SENT else None
    answer = send(shared_shop, {"aud_userid": audience, name: given}, path=path)
    assert told(answer)[:2] == (400, 1015094)
    assert list(answer.get_json()["errors"]) == [name]


@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        ({"template_id": 999}, 1015031, "template_id"),
        ({"template_id": -1}, 1015031, "template_id"),
        ({"template_id": "501"}, 4004, "template_id"),
        ({"template_id": 501.0}, 4004, "template_id"),
        ({"template_id": True}, 4004, "template_id"),
        ({"template_id": None}, 4004, "template_id"),
        ({"template_para": None}, 4004, "template_para.order"),
        ({"template_para": {}}, 4004, "template_para.order"),
        ({"template_para": {"ordr": "SO7"}}, 4004, "template_para.order"),
        ({"template_para": {"order": ["SO7"]}}, 4004, "template_para.order"),
        ({"template_para": []}, 4004, "template_para.order"),
        ({"template_para": {"order": "x" * 94}}, 4004, "channels.app.text"),
        ({"app_para": None}, 4004, "app_para"),
        ({"app_para": {}}, 4004, "app_para.platform"),
        ({"app_para": {"platform": []}}, 4004, "app_para.platform"),
        ({"app_para": {"platform": ["ios", "fax"]}}, 4004, "app_para.platform"),
        ({"app_para": {"platform": "all", "time_to_live": 864_001}}, 4004, "app_para.time_to_live"),
        ({"app_para": {"platform": "all", "apns_production": 1}}, 4004, "app_para.apns_production"),
        ({"app_para": {"platform": "all", "sound": "x"}}, 4004, "app_para.sound"),
        ({"option": {"priority": 9}}, 4004, "option.priority"),
        ({"template": 501}, 4004, "template"),
        ({"aud_userid": None}, 4004, "aud_…"),
    ],
)
def test_what_is_wrong_with_a_send_is_named_by_its_path(
    shared_shop: Site, changes: dict[str, Json], code: int, path: str
) -> None:
    answer = send(shared_shop, changes)
    assert told(answer)[:2] == (400, code)
    assert list(answer.get_json()["errors"]) == [path]


@pytest.mark.parametrize(
    ("given", "stored"),
    [("all", "all"), ("ios", ["ios"]), (["android", "ios", "ios"], ["android", "ios"]), (["all"], None)],
)
def test_platforms_are_all_of_them_or_some(shared_shop: Site, given: Json, stored: Json) -> None:
    answer = send(shared_shop, {"app_para": {"platform": given, "time_to_live": 0, "apns_production": False}})
    if stored is None:
        assert told(answer)[:2] == (400, 4004)
    else:
        app = contents(shared_shop, answer)["app"]
        assert (app["platform"], app["options"]) == (stored, {"time_to_live": 0, "apns_production": False})


def test_parameters_of_an_app_push_do_no_harm_where_there_is_none(shared_shop: Site) -> None:
    assert contents(shared_shop, send(shared_shop, {"template_id": 503, "template_para": None})) == {
        "email": {"text": "Good morning"}
    }


def test_a_type_that_is_not_granted_has_its_own_code(shop: Site) -> None:
    answer = shop.post(SENT, {**GOOD}, auth=shop.bank)
    assert told(answer)[:2] == (400, 1015010)
    assert list(answer.get_json()["errors"]) == ["template_id"]


@pytest.mark.parametrize("path", [SENT, BROADCAST])
def test_only_an_application_sends_by_templates(shared_shop: Site, path: str) -> None:
    assert told(shared_shop.post(path, {**GOOD}, auth=shared_shop.staff))[:2] == (403, 4030)
    assert told(shared_shop.post(path, {**GOOD}, auth=("nobody", "x")))[:2] == (401, 4005)


def test_a_sensitive_word_is_named_by_its_place_in_the_template(shop: Site) -> None:
    words.add(shop.gateway, "casino")
    answer = send(shop, {"template_para": {"order": "Casino"}})
    assert told(answer)[:2] == (400, 1015034)
    assert list(answer.get_json()["errors"]) == ["channels.app.text"]
