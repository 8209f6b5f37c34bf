from __future__ import annotations

import pytest

from ums.domain.json import Json
from ums.domain.template import RemoteTemplate, TemplateField, compare
from ums.domain.template_breaks import Breaks, Use, breaking, callers, unfit


def template(template_id: str, *keys: str, title: str = "Parcel", limit: str = "") -> RemoteTemplate:
    fields = tuple(TemplateField(key=key, type="thing", label="Thing", limit=limit) for key in keys)
    return RemoteTemplate(template_id=template_id, title=title, kind="message", content="…", fields=fields)


def content(template_id: str, *keys: str) -> dict[str, Json]:
    return {"template_id": template_id, "data": {key: {"value": "x"} for key in keys}}


KNOWN = [template("T", "thing1", "thing2")]


@pytest.mark.parametrize(
    ("listed", "fed", "fields"),
    [
        ([], ["thing1"], ()),
        ([template("T", "thing1", "thing2", title="Post")], ["thing1"], None),
        ([template("T", "thing1", "thing2"), template("N", "thing1")], ["thing1"], None),
        ([template("T", "thing1")], ["thing1", "thing2"], ("thing2",)),
        ([template("T", "thing1")], ["thing1"], None),
        ([template("T", "thing1", "thing2", "thing3")], ["thing1", "thing2"], ("thing3",)),
        ([template("T", "thing1", "thing2", "thing3")], ["thing1", "thing2", "thing3"], None),
        ([template("T", "thing1", "thing2", limit="5")], ["thing2"], ("thing2",)),
    ],
)
def test_a_content_is_broken_by_the_fields_it_feeds_and_the_new_ones_it_does_not(
    listed: list[RemoteTemplate], fed: list[str], fields: tuple[str, ...] | None
) -> None:
    assert unfit(content("T", *fed), breaking(compare(KNOWN, listed).changes)) == fields


def test_a_content_of_another_template_and_one_without_are_not_concerned() -> None:
    changes = breaking(compare(KNOWN, []).changes)
    assert unfit(content("O", "thing1"), changes) is None
    assert unfit({"text": "Hello"}, changes) is None
    assert unfit({"template_id": "T"}, changes) == ()


def test_a_change_names_what_is_different() -> None:
    (change,) = compare(KNOWN, [template("T", "thing2", "thing3", title="Post", limit="5")]).changes
    assert (change.members, change.title) == (("title",), "Post")
    assert (change.fields_added, change.fields_removed, change.fields_changed) == (
        ("thing3",),
        ("thing1",),
        ("thing2",),
    )


def test_each_caller_is_told_once_for_each_template() -> None:
    changes = breaking(compare([*KNOWN, template("G", "thing1")], [template("T", "thing2", "thing3")]).changes)

    def use(application_id: int, msgid: str, at: float, said: dict[str, Json]) -> Use:
        return Use(
            application_id=application_id, application=f"a{application_id}", msgid=msgid, at=at, content=said
        )

    waiting = [use(1, f"m{number}", number, content("T", "thing1", "thing3")) for number in range(3)]
    sent = [use(1, "s1", 5.0, content("T", "thing2")), use(1, "s2", 4.0, content("T", "thing2")),
            use(2, "s3", 6.0, content("G")), use(2, "s4", 7.0, content("T", "thing3"))]  # fmt: skip
    found = callers(waiting, sent, changes, shown=2)
    assert [(one.application, one.template_id, one.fields) for one in found] == [
        ("a1", "T", ("thing1", "thing3")),
        ("a2", "G", ()),
    ]
    assert (found[0].waiting, found[0].msgids, found[0].sent, found[0].last_sent_at) == (3, ("m0", "m1"), 2, 5.0)
    breaks = Breaks(applications=found)
    assert [one.application for one in breaks.of(2).applications] == ["a2"]
    assert not breaks.of(3)
