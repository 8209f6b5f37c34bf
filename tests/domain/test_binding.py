from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ums.domain.binding import (
    BindingChange,
    BindingKey,
    Operation,
    UserChange,
    UserRefused,
    edits_of,
    normalise,
)
from ums.domain.commands import Json
from ums.domain.directory import Directory
from ums.domain.wire import COLUMNS, PROPERTIES, BindScope

SET, ADD, DELETE = Operation.SET, Operation.ADD, Operation.DELETE
OPENID = re.compile(r"[A-Za-z0-9_-]{20,64}")
OA = "oOA_1234567890abcdefghij"
MP = "oMP_1234567890abcdefghij"
KEY = "7d4300000000000000000001"
TYPES = {
    "wechatmp123": "wechatmp",
    "wechatoa456": "wechatoa",
    "wechatoa9": "wechatoa",
    "app123": "app",
    "alipay1": "alipay_life",
    "mail1": "email",
}
PATTERNS = {"wechatmp": OPENID, "wechatoa": OPENID}

SHOP = Directory.for_application(KEY, frozenset({"wechatmp123", "wechatoa456", "app123"}), TYPES, PATTERNS)
EVERYTHING = Directory.for_everything(frozenset({KEY, "0" * 24}), TYPES, PATTERNS)


def changes(item: Json, directory: Directory = SHOP) -> tuple[BindingChange, ...]:
    return normalise(item, directory).changes


def refusal(item: Json, directory: Directory = SHOP) -> UserRefused:
    with pytest.raises(UserRefused) as caught:
        normalise(item, directory)
    return caught.value


def attempt(item: Json, directory: Directory) -> UserChange | UserRefused:
    try:
        return normalise(item, directory)
    except UserRefused as refused:
        return refused


def user(**members: Json) -> dict[str, Json]:
    return {"userid": "zhangsan", **members}


def setting(property_: str, given: Json) -> dict[str, Json]:
    return user(set={property_: given})


def bound(property_: str, bind_id: str, *values: str) -> tuple[BindingChange, ...]:
    return (BindingChange(SET, property_, bind_id, values),)


@pytest.mark.parametrize(
    "item",
    [
        setting("wechatmp", {"wechatmp123": MP}),
        setting("wechatmp123", MP),
        user(wechatmp={"wechatmp123": MP}),
        user(wechatmp123=MP),
        setting("wechatmp_openid", MP),
        setting("wechatmp_openid", {"wechatmp123": MP}),
        user(wechatmp_openid=MP),
    ],
)
def test_every_documented_shape_means_the_same(item: dict[str, Json]) -> None:
    assert normalise(item, SHOP) == UserChange("zhangsan", bound("wechatmp", "wechatmp123", MP))


@pytest.mark.parametrize(
    ("property_", "given", "expected"),
    [
        ("phone", {"all": "13800000000"}, bound("phone", "all", "13800000000")),
        ("phone", {KEY: "13800000000"}, bound("phone", KEY, "13800000000")),
        ("phone", "13800000000", bound("phone", "all", "13800000000")),
        ("email", {"all": "z@example.com"}, bound("email", "all", "z@example.com")),
        ("tag", {"all": ["vip", "北京"]}, bound("tag", "all", "vip", "北京")),
        ("tag", {"all": ["vip", "vip"]}, bound("tag", "all", "vip")),
        ("tag", {"all": "vip"}, bound("tag", "all", "vip")),
        ("app", {"app123": ["r1", "r2"]}, bound("app", "app123", "r1", "r2")),
        ("app123", ["r1"], bound("app", "app123", "r1")),
        ("wechatoa", {"wechatoa456": OA}, bound("wechatoa", "wechatoa456", OA)),
        ("dingtalkcc", "d1", bound("dingtalkcc", "all", "d1")),
        ("dingtalkcc", {"all": "d1"}, bound("dingtalkcc", "all", "d1")),
        ("dingtalk_userid", "d1", bound("dingtalkcc", "all", "d1")),
        ("wechatwk", "zs", bound("wechatwk", "all", "zs")),
        ("wechatwk_linkedcorp", ["CorpA/u1"], bound("wechatwk_linkedcorp", "all", "CorpA/u1")),
        ("wechatwk_linkedcorp", {"all": ["CorpA/u1"]}, bound("wechatwk_linkedcorp", "all", "CorpA/u1")),
    ],
)
def test_every_property_is_taken_in_its_own_form(
    property_: str, given: Json, expected: tuple[BindingChange, ...]
) -> None:
    assert changes(setting(property_, given)) == expected


def test_shapes_may_be_mixed_in_one_item() -> None:
    item = user(
        wechatmp123=MP, set={"wechatoa": {"wechatoa456": OA}}, phone={"all": "138"}, add={"tag": {KEY: ["vip"]}}
    )

    assert set(changes(item)) == {
        BindingChange(SET, "wechatmp", "wechatmp123", (MP,)),
        BindingChange(SET, "wechatoa", "wechatoa456", (OA,)),
        BindingChange(SET, "phone", "all", ("138",)),
        BindingChange(ADD, "tag", KEY, ("vip",)),
    }


def test_sets_come_before_additions_and_additions_before_removals() -> None:
    tags: dict[str, Json] = {"tag": {"all": ["vip"]}}

    found = changes({"del": tags, "add": tags, "userid": "zhangsan", "set": tags})

    assert [change.operation for change in found] == [SET, ADD, DELETE]


def test_a_user_may_come_without_bindings() -> None:
    assert normalise(user(), SHOP) == UserChange("zhangsan", ())
    assert normalise(user(set={}, add={}), SHOP) == UserChange("zhangsan", ())


@pytest.mark.parametrize("userid", ["u", "u" * 64, "张三", "550e8400-e29b-41d4-a716-446655440000", "a@b.c", "..."])
def test_a_userid_is_wider_than_the_documented_set(userid: str) -> None:
    assert normalise({"userid": userid}, SHOP).userid == userid


@pytest.mark.parametrize(
    "userid", ["", "u" * 65, "a b", "a\u3000b", "a/b", ".", "..", "a\x00b", "a\n", "a\x7f", "\ud800", "a\u2028"]
)
def test_a_bad_userid_is_refused_and_shown_so_that_it_can_be_found(userid: str) -> None:
    refused = refusal({"userid": userid})

    assert refused.code == 4004
    assert refused.message.startswith("userid: ")
    assert refused.userid.isprintable()


@pytest.mark.parametrize(
    "item", [{}, {"userid": None}, {"userid": 7.0}, {"userid": ["a"]}, [], "zhangsan", None, 1.5, True]
)
def test_a_user_without_a_userid_is_refused_under_an_empty_one(item: Json) -> None:
    refused = refusal(item)

    assert (refused.userid, refused.code) == ("", 4004)


@pytest.mark.parametrize(
    ("item", "path"),
    [
        (setting("wechatmp", {"wechatmp123": 7}), "set.wechatmp.wechatmp123: must be one text, not a number"),
        (setting("wechatmp", {"wechatmp123": [MP, MP]}), "set.wechatmp.wechatmp123: must be one text, not a list"),
        (setting("wechatmp", {"wechatmp123": None}), "set.wechatmp.wechatmp123: must be one text, not null"),
        (setting("wechatmp", {"wechatmp123": {}}), "set.wechatmp.wechatmp123: must be one text, not an object"),
        (setting("wechatmp123", True), "set.wechatmp123: must be one text, not true or false"),
        (setting("wechatmp", MP), "set.wechatmp: must be an object of channel codes"),
        (setting("tag", {"all": {}}), "set.tag.all: must be a list of texts"),
        (setting("tag", {"all": ["vip", 7]}), "set.tag.all.1: must be a text"),
        (setting("tag", {"all": ["vip", "a b"]}), "set.tag.all.1: 'a b' is not made of"),
        (user(set=[1]), "set: must be an object of properties, not a list"),
        (user(add="vip"), "add: must be an object"),
        (user(phone=7), "phone: must be one text"),
    ],
)
def test_a_wrong_type_is_refused_naming_its_path(item: dict[str, Json], path: str) -> None:
    refused = refusal(item)

    assert refused.code == 4004
    assert refused.message.startswith(path)


@pytest.mark.parametrize("value", ["", " ", " 138", "138 ", "1\x003", "1\n3", "x" * 256, "\ud800", "a\u2029b"])
@pytest.mark.parametrize("operation", ["set", "del"])
def test_a_value_that_cannot_be_stored_is_refused(operation: str, value: str) -> None:
    refused = refusal({"userid": "zhangsan", operation: {"phone": {"all": value}}})

    assert refused.code == 4004
    assert refused.message.startswith(f"{operation}.phone.all: ")


def test_an_empty_text_is_an_error_and_no_deletion() -> None:
    assert "del" in refusal(setting("phone", {"all": ""})).message
    assert "del" in refusal(setting("tag", {"all": []})).message


@pytest.mark.parametrize("tag", ["vip", "北京", "a_@!#$&*+=.|￥", "x" * 40, "京" * 13])
def test_a_tag_of_the_documented_characters_is_taken(tag: str) -> None:
    assert changes(setting("tag", {"all": [tag]})) == bound("tag", "all", tag)


@pytest.mark.parametrize("tag", ["x" * 41, "京" * 14, "a-b", "a b", "é", "a/b"])
def test_any_other_tag_is_refused(tag: str) -> None:
    assert refusal(setting("tag", {"all": [tag]})).code == 4004


def test_an_address_is_held_against_the_pattern_of_its_plugin_unless_it_is_to_go() -> None:
    refused = refusal(setting("wechatmp", {"wechatmp123": "no-openid"}))

    assert OPENID.pattern in refused.message
    assert changes({"userid": "zhangsan", "del": {"wechatmp": {"wechatmp123": "no-openid"}}}) == (
        BindingChange(DELETE, "wechatmp", "wechatmp123", ("no-openid",)),
    )


def test_an_address_is_not_shown_whole_in_a_refusal() -> None:
    secret = "o" + "x" * 80

    assert secret not in refusal(setting("wechatmp", {"wechatmp123": secret})).message


@pytest.mark.parametrize("property_", [wire for wire, name in PROPERTIES.items() if not name.many])
def test_add_is_only_for_properties_with_many_values(property_: str) -> None:
    place = {"wechatmp": "wechatmp123", "wechatoa": "wechatoa456", "alipaylife": "alipay1"}.get(property_, "all")

    refused = refusal(user(add={property_: {place: MP}}), EVERYTHING)

    assert "tag, app, wechatwk_linkedcorp" in refused.message


@pytest.mark.parametrize(
    ("property_", "bind_id"),
    [
        ("wechatmp", "all"),
        ("wechatmp", KEY),
        ("wechatmp", "wechatoa456"),
        ("phone", "wechatmp123"),
        ("tag", "app123"),
        ("dingtalkcc", KEY),
        ("wechatwk", "wechatmp123"),
    ],
)
@pytest.mark.parametrize("directory", [SHOP, EVERYTHING])
def test_a_property_stands_only_where_its_scope_allows(directory: Directory, property_: str, bind_id: str) -> None:
    refused = refusal(setting(property_, {bind_id: MP}), directory)

    assert refused.code == 4004
    assert refused.message.startswith(f"set.{property_}.{bind_id}: ")


@pytest.mark.parametrize(
    "item",
    [
        setting("phone", {"0" * 24: "138"}),
        setting("phone", {"nowhere": "138"}),
        setting("wechatoa", {"wechatoa9": OA}),
        setting("wechatoa", {"nowhere": OA}),
        setting("wechatoa9", OA),
    ],
)
def test_an_application_may_not_write_under_what_is_not_its_own(item: dict[str, Json]) -> None:
    refused = refusal(item)

    assert refused.code == 4030
    assert KEY in refused.message or "wechatoa456" in refused.message


def test_a_refusal_lists_no_other_applications_key() -> None:
    refused = refusal(setting("phone", {"f" * 24: "138"}))

    assert "0" * 24 not in refused.message


def test_the_access_key_writes_everywhere_that_exists() -> None:
    assert changes(setting("phone", {"0" * 24: "138"}), EVERYTHING) == bound("phone", "0" * 24, "138")
    assert changes(setting("wechatoa", {"wechatoa9": OA}), EVERYTHING) == bound("wechatoa", "wechatoa9", OA)
    assert refusal(setting("phone", {"f" * 24: "138"}), EVERYTHING).code == 4004
    assert refusal(setting("wechatoa", {"nowhere": OA}), EVERYTHING).code == 4004


def test_a_column_name_needs_a_channel_code_where_there_are_several_channels() -> None:
    refused = refusal(setting("wechatoa_openid", OA), EVERYTHING)

    assert "wechatoa456, wechatoa9" in refused.message


def test_a_column_name_is_refused_where_there_is_no_channel() -> None:
    assert "no alipaylife channel" in refusal(setting("alipaylife_userid", "2088")).message


def test_an_unknown_member_is_named_with_the_known_ones() -> None:
    refused = refusal(user(fax="1"))

    assert refused.message.startswith("fax: no such member")
    assert all(
        word in refused.message for word in (*PROPERTIES, *COLUMNS, "userid", "set", "add", "del", "wechatmp123")
    )
    assert refusal(setting("fax", "1")).message.startswith("set.fax: ")


def test_the_same_place_given_twice_must_say_the_same() -> None:
    assert changes(user(wechatmp123=MP, set={"wechatmp": {"wechatmp123": MP}})) == bound(
        "wechatmp", "wechatmp123", MP
    )
    assert "twice" in refusal(user(wechatmp123=MP, set={"wechatmp": {"wechatmp123": MP + "x"}})).message


def test_an_endless_member_name_is_cut_in_the_refusal() -> None:
    assert len(refusal(user(**{"x" * 100_000: "1"})).message) < 1000


WORDS = st.sampled_from(
    ["userid", "set", "add", "del", *PROPERTIES, *COLUMNS, *TYPES, "all", KEY, "zhangsan", MP, "vip", "", "\ud800"]
)
JSON: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(), inner, max_size=4),
    max_leaves=12,
)
ITEMS = JSON | st.dictionaries(WORDS, JSON, max_size=5).map(lambda members: {**members, "userid": "zhangsan"})


@given(item=ITEMS, directory=st.sampled_from([SHOP, EVERYTHING]))
def test_whatever_is_uploaded_it_is_taken_or_refused_with_a_reason(item: Json, directory: Directory) -> None:
    taken = attempt(item, directory)
    if isinstance(taken, UserRefused):
        assert taken.code in {4004, 4030}
        assert f"{taken.userid}{taken.message}".isprintable()
        return
    for change in taken.changes:
        name = PROPERTIES[change.property]
        assert change.values
        assert len(change.values) == 1 or name.many
        assert change.bind_id in directory.open_to[change.property]
        assert (change.bind_id == "all") or name.scope is not BindScope.GLOBAL
        assert all(1 <= len(value.encode()) <= 1020 for value in change.values)


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["zhangsan", "lisi"]),
        st.sampled_from([SET, ADD, DELETE]),
        st.lists(st.sampled_from("abc"), min_size=1, max_size=3, unique=True).map(tuple),
    ),
    max_size=6,
)


@given(given_=CHANGES, before=st.sets(st.sampled_from("abcd")))
def test_edits_leave_what_the_changes_leave_one_after_the_other(
    given_: list[tuple[str, Operation, tuple[str, ...]]], before: set[str]
) -> None:
    users = [
        UserChange(userid, (BindingChange(operation, "tag", "all", values),))
        for userid, operation, values in given_
    ]
    expected: dict[BindingKey, set[str]] = {}
    for userid, operation, values in given_:
        held = expected.setdefault((userid, "tag", "all"), set(before))
        if operation is SET:
            held.intersection_update(values)
        (held.difference_update if operation is DELETE else held.update)(values)

    edits = edits_of(users)

    assert {
        key: ((set() if edit.replace else before) - set(edit.drop)) | set(edit.put) for key, edit in edits.items()
    } == expected


@pytest.mark.parametrize("nothing", [None, []])
def test_a_section_that_is_not_there_may_be_sent_empty(nothing: Json) -> None:
    plain = setting("wechatmp", {"wechatmp123": MP})
    assert changes({**plain, "add": nothing, "del": nothing}) == changes(plain)


def test_a_list_of_one_is_one() -> None:
    assert changes(setting("wechatmp", {"wechatmp123": [MP]})) == changes(setting("wechatmp", {"wechatmp123": MP}))


def test_a_number_is_a_userid() -> None:
    assert normalise({"userid": 7}, SHOP).userid == "7"
