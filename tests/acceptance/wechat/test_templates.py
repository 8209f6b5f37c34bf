"""The platform's template lists: fetched, kept, compared, and shown with what each value may be."""

from __future__ import annotations

from sandbox.paths import PRIVATE_TEMPLATES, SUBSCRIPTION_TEMPLATES
from tests.acceptance.wechat.letters import MINI_PROGRAM_TEMPLATE, OFFICIAL_TEMPLATE
from tests.acceptance.wechat.shop import Account, Shop, objects
from tests.acceptance.wechat.town import Document
from ums.domain.commands import Json


def refresh(shop: Shop, account: Account) -> Document:
    return shop.post(f"/v1/channel/{account.code}/template/refresh")


def listed(shop: Shop, account: Account) -> dict[str, Document]:
    found = shop.get(f"/v1/channel/{account.code}/template")
    return {str(item["template_id"]): item for item in objects(found["templates"])}


def counted(answer: Document) -> tuple[Json, ...]:
    return tuple(answer[name] for name in ("added", "removed", "changed", "total"))


def test_an_official_account_has_both_of_its_lists(shop: Shop) -> None:
    assert shop.get(f"/v1/channel/{shop.oa.code}/template")["refreshed_at"] is None
    answer = refresh(shop, shop.oa)
    assert (counted(answer), "notes" in answer) == ((6, 0, 0, 6), False)
    kinds = [str(item["kind"]) for item in listed(shop, shop.oa).values()]
    assert (kinds.count("template"), kinds.count("subscription")) == (3, 3)
    assert shop.get(f"/v1/channel/{shop.oa.code}/template")["counts"] == [
        {"kind": "template", "used": 3, "allowed": 25},
        {"kind": "subscription", "used": 3, "allowed": None},
    ]
    assert shop.channel(shop.oa)["refreshed_at"] is not None
    assert len(shop.calls(shop.oa, PRIVATE_TEMPLATES)) == len(shop.calls(shop.oa, SUBSCRIPTION_TEMPLATES)) == 1


def test_fields_come_with_their_types_labels_limits_and_choices(shop: Shop) -> None:
    for account in (shop.mp, shop.oa):
        refresh(shop, account)
    shipped = listed(shop, shop.oa)[OFFICIAL_TEMPLATE]
    assert shipped["title"] == "订单发货通知"
    fields = {str(field["key"]): field for field in objects(shipped["fields"])}
    assert list(fields) == ["character_string1", "thing2", "time3"]
    assert (fields["thing2"]["type"], fields["thing2"]["label"]) == ("thing", "商品名称")
    assert "20" in str(fields["thing2"]["limit"])
    assert "32" in str(fields["character_string1"]["limit"])
    parcel = listed(shop, shop.mp)["sandbox_mp_parcel_state_0000000000000000003"]
    (enumerated,) = [field for field in objects(parcel["fields"]) if field["key"] == "enum_string2"]
    assert "运输中" in str(enumerated["limit"])
    assert "已签收" in str(enumerated["limit"])
    assert MINI_PROGRAM_TEMPLATE in listed(shop, shop.mp)


def test_a_missing_permission_keeps_the_other_list_and_says_why(shop: Shop) -> None:
    refresh(shop, shop.oa)
    shop.set_up(shop.oa, denied_paths=[SUBSCRIPTION_TEMPLATES], templates=[])
    answer = refresh(shop, shop.oa)
    assert counted(answer) == (0, 3, 0, 3)
    notes = answer["notes"]
    assert isinstance(notes, dict)
    assert list(notes) == ["subscription"]
    assert "48001" in str(notes["subscription"])
    assert "may not use this interface" in str(notes["subscription"])
    assert {item["kind"] for item in listed(shop, shop.oa).values()} == {"subscription"}
    assert shop.get(f"/v1/channel/{shop.oa.code}/template")["notes"] == notes
    assert shop.shown(shop.oa)["refresh_notes"] == notes
    assert "the subscription list could not be fetched" in shop.town.ums("channel", "refresh", shop.oa.code).stdout
    shop.set_up(shop.oa, denied_paths=[])
    assert "notes" not in refresh(shop, shop.oa)


def test_a_refresh_counts_what_is_new_gone_and_changed(shop: Shop) -> None:
    kept: Json = {"priTmplId": "T1", "title": "Kept", "content": "Thing:{{thing1.DATA}}\n", "type": 2}
    gone: Json = {"priTmplId": "T2", "title": "Gone", "content": "Thing:{{thing1.DATA}}\n", "type": 2}
    new: Json = {"priTmplId": "T3", "title": "New", "content": "Thing:{{thing1.DATA}}\n", "type": 3}
    changed: Json = {"priTmplId": "T1", "title": "Kept", "content": "Number:{{number1.DATA}}\n", "type": 2}
    for templates, counts in (
        ([kept, gone], (2, 0, 0, 2)),
        ([kept, gone], (0, 0, 0, 2)),
        ([changed, new], (1, 1, 1, 2)),
        ([], (0, 2, 0, 0)),
    ):
        shop.set_up(shop.mp, subscription_templates=templates)
        assert counted(refresh(shop, shop.mp)) == counts


def test_where_no_list_comes_the_answer_says_what_to_do_and_nothing_is_lost(shop: Shop) -> None:
    refresh(shop, shop.mp)
    shop.set_up(shop.mp, denied_paths=[SUBSCRIPTION_TEMPLATES])
    denied = shop.ask("POST", f"/v1/channel/{shop.mp.code}/template/refresh")
    assert (denied.status_code, denied.json()["code"]) == (409, 4090)
    shop.set_up(shop.mp, denied_paths=[])
    shop.trouble(shop.mp, path=SUBSCRIPTION_TEMPLATES, errcode=45009, times=1)
    used_up = shop.ask("POST", f"/v1/channel/{shop.mp.code}/template/refresh")
    assert (used_up.status_code, used_up.json()["code"]) == (503, 5030)
    assert "45009" in used_up.json()["message"]
    assert len(listed(shop, shop.mp)) == 3
    assert shop.channel(shop.mp)["state"] == "ready"
