"""What holds for every plugin whose provider has a template library, as tests that it inherits."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, TypeVar

import pytest

from ums.sdk.call import Call, Exchange, Reply
from ums.sdk.contract import ChannelContract
from ums.sdk.errors import BadContent, Transient, Uncertain
from ums.sdk.plugin import HasTemplateLibrary
from ums.sdk.rehearsal import UNREADABLE, rehearse, written
from ums.sdk.templates import NewTemplate

S = TypeVar("S")
C = TypeVar("C")

STRANGE_ID = "id-of-a-template-4711"


class TemplateLibraryContract(ChannelContract[S, C]):
    """For a plugin with `HasTemplateLibrary`, beside the contract of `HasTemplates`.

    The simulator answers each question with at least one category, title and keyword. Set one choice of at least
    two keywords for each list, and what the provider answers to a number that its library doesn't have.
    """

    capability: ClassVar[type] = HasTemplateLibrary
    choices: ClassVar[tuple[NewTemplate, ...]]
    no_such_title: Reply

    @property
    def library(self) -> HasTemplateLibrary[S]:
        assert isinstance(self.plugin, HasTemplateLibrary)
        return self.plugin

    def calls_of(self, exchange: Exchange[object]) -> list[Call]:
        calls: list[Call] = []
        rehearse(exchange, self.simulator, calls)
        return calls

    def reads(self) -> tuple[Exchange[object], ...]:
        """Every question that a library is asked."""
        return (
            self.library.categories(self.settings),
            self.library.titles(self.settings, ("1",), 0),
            self.library.keywords(self.settings, self.choices[0].tid),
        )

    def changes(self) -> tuple[Exchange[object], ...]:
        """Every change that is made by a library, in each list."""
        return tuple(
            exchange
            for new in self.choices
            for exchange in (
                self.library.add_template(self.settings, new),
                self.library.delete_template(self.settings, new.kind, STRANGE_ID),
            )
        )

    def test_there_is_a_choice_for_each_list(self) -> None:
        assert {new.kind for new in self.choices} == set(self.library.template_kinds)
        assert all(len(new.keywords) > 1 for new in self.choices)

    def test_each_choice_is_as_the_rules_of_its_list_ask(self) -> None:
        for new in self.choices:
            rules = self.library.choice_rules(new.kind, new.tid)
            most = len(new.keywords) if rules.most is None else rules.most
            assert rules.least <= len(new.keywords) <= most
            assert rules.longest_scene is None or len(new.scene) <= rules.longest_scene

    def test_categories_have_an_id_and_a_name(self) -> None:
        found = rehearse(self.library.categories(self.settings), self.simulator)
        assert found
        assert all(category.id and category.name for category in found)

    def test_titles_are_those_of_the_categories_asked_for_from_where_was_asked(self) -> None:
        found = rehearse(self.library.titles(self.settings, ("4711", "4712"), 0), self.simulator)
        assert found.titles
        assert all(title.tid and title.title and title.type for title in found.titles)
        assert found.total >= len(found.titles)
        told = [written(call) for call in self.calls_of(self.library.titles(self.settings, ("4711", "4712"), 815))]
        assert any(all(word in text for word in ("4711", "4712", "815")) for text in told)

    def test_keywords_can_be_told_apart_and_have_a_type(self) -> None:
        found = rehearse(self.library.keywords(self.settings, self.choices[0].tid), self.simulator)
        assert len({keyword.id for keyword in found}) == len(found) > 0
        assert all(keyword.id and keyword.name and keyword.type for keyword in found)

    def test_a_number_that_the_library_does_not_have_is_a_wrong_choice(self) -> None:
        exchange = self.library.keywords(self.settings, self.choices[0].tid)
        assert isinstance(self.outcome(exchange, self.no_such_title), BadContent)

    def test_a_template_is_added_with_its_keywords_in_their_order(self) -> None:
        for new in self.choices:
            assert rehearse(self.library.add_template(self.settings, new), self.simulator)
            turned = replace(new, keywords=tuple(reversed(new.keywords)))
            (one,), (other,) = (
                self.calls_of(self.library.add_template(self.settings, chosen)) for chosen in (new, turned)
            )
            assert new.tid in written(one)
            assert one.body != other.body

    def test_the_template_that_is_named_is_deleted(self) -> None:
        for new in self.choices:
            (call,) = self.calls_of(self.library.delete_template(self.settings, new.kind, STRANGE_ID))
            assert STRANGE_ID in written(call)

    def test_questions_may_be_repeated_by_the_driver_and_changes_never(self) -> None:
        assert [call.repeatable for each in self.reads() for call in self.calls_of(each)] == [True] * 3
        assert not any(call.repeatable for each in self.changes() for call in self.calls_of(each))

    @pytest.mark.parametrize("reply", UNREADABLE, ids=lambda reply: f"{reply.status} {reply.body[:12]!r}")
    def test_an_unreadable_answer_is_never_taken_for_one(self, reply: Reply) -> None:
        assert all(isinstance(self.outcome(each, reply), Transient) for each in self.reads())
        assert all(isinstance(self.outcome(each, reply), Transient | Uncertain) for each in self.changes())
