"""Filters are read as they were written, and say which tags may be looked for first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ums.domain.segment import (
    AllOf,
    AnyOf,
    BoundOn,
    Filter,
    Has,
    Hasnt,
    Not,
    Tagged,
    channels_of,
    filter_item,
    needed_tags,
    read_filter,
    tags_of,
)
from ums.domain.wire import PROPERTIES

TAGS = st.lists(st.sampled_from(["vip", "gold", "金卡", "a.b"]), min_size=1, unique=True).map(tuple)
PROPERTY = st.sampled_from(sorted(PROPERTIES))
QUESTIONS = st.one_of(
    st.builds(Tagged, tags=TAGS),
    st.builds(Has, property=PROPERTY),
    st.builds(Hasnt, property=PROPERTY),
    st.builds(BoundOn, channel=st.sampled_from(["app1", "mail1"])),
)


def nested(inner: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
    several = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        inner,
        st.builds(Not, filter=inner),
        st.builds(AllOf, filters=several),
        st.builds(AnyOf, filters=several),
    )


FILTERS = nested(nested(nested(QUESTIONS)))


@given(FILTERS)
def test_a_filter_that_is_written_is_read_again(wanted: Filter) -> None:
    assert read_filter(filter_item(wanted)) == wanted


def test_tags_and_channels_are_those_asked_for() -> None:
    wanted = read_filter(
        {"all": [{"tag": ["a", "b"]}, {"any": [{"bound_on": "app1"}, {"not": {"tag": ["b", "c"]}}]}]}
    )
    assert tags_of(wanted) == ("a", "b", "c")
    assert channels_of(wanted) == {"filter.all.1.any.0.bound_on": "app1"}


@pytest.mark.parametrize(
    ("wanted", "tags"),
    [
        (Tagged(tags=("a", "b")), ("a", "b")),
        (AllOf(filters=(Has(property="phone"), AllOf(filters=(Tagged(tags=("a",)),)))), ("a",)),
        (AnyOf(filters=(Tagged(tags=("a",)), Has(property="phone"))), None),
        (Not(filter=Tagged(tags=("a",))), None),
        (Has(property="tag"), None),
    ],
)
def test_only_tags_that_everyone_in_the_segment_carries_one_of_are_looked_for_first(
    wanted: Filter, tags: tuple[str, ...] | None
) -> None:
    assert needed_tags(wanted) == tags
