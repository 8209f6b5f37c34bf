"""The contract of template libraries holds for a plugin that keeps it, and has teeth for one that doesn't."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

import pytest

from tests.fakes import FakeContent, FakePlugin, FakeSettings
from ums.sdk.call import Call, Exchange, Json, Reply
from ums.sdk.errors import BadContent, Transient
from ums.sdk.templates import ChoiceRules, LibraryCategory, LibraryKeyword, LibraryTitles, NewTemplate
from ums.sdk.testing import UNREADABLE, TemplateLibraryContract


class GoodLibrary:
    """Answers every question with a word or two."""

    FOUND: ClassVar[dict[str, str]] = {"categories": "shops", "titles": "parcel", "keywords": "number place"}

    def answer(self, call: Call) -> Reply:
        what = call.url.partition("/library/")[2].partition("/")[0]
        return Reply(200, json.dumps({"code": 0, "found": self.FOUND.get(what, "new")}).encode())


class Keeps(TemplateLibraryContract[FakeSettings, FakeContent]):
    plugin = FakePlugin("app")
    simulator = GoodLibrary()
    example_settings: ClassVar[dict[str, Json]] = {"account": "a1", "secret": "s-4711"}
    example_content: ClassVar[dict[str, Json]] = {"text": "x"}
    choices = tuple(
        NewTemplate(kind=kind, tid="parcel", keywords=("number", "place"), scene="")
        for kind in ("message", "notice")
    )
    no_such_title = Reply(200, b'{"code":47003,"words":"no such template"}')


TESTS = [name for name in vars(TemplateLibraryContract) if name.startswith("test_")]


def case(contract: Keeps, name: str) -> Callable[[], object]:
    found: Callable[..., object] = getattr(contract, name)
    return (lambda: [found(reply) for reply in UNREADABLE]) if "unreadable" in name else found


@pytest.mark.parametrize("name", TESTS)
def test_it_lets_a_good_library_pass(name: str) -> None:
    case(Keeps(), name)()


class Careless(FakePlugin):
    """Does each thing wrongly that can be done wrongly."""

    def categories(self, settings: FakeSettings) -> Exchange[tuple[LibraryCategory, ...]]:
        found = yield from super().categories(settings)
        return tuple(replace(category, name="") for category in found)

    def titles(self, settings: FakeSettings, categories: tuple[str, ...], start: int) -> Exchange[LibraryTitles]:
        return super().titles(settings, categories[:1], start)

    def keywords(self, settings: FakeSettings, tid: str) -> Exchange[tuple[LibraryKeyword, ...]]:
        try:
            found = yield from super().keywords(settings, tid)
        except BadContent as error:
            raise Transient(error.reason) from error
        return found * 2

    def add_template(self, settings: FakeSettings, new: NewTemplate) -> Exchange[str]:
        return super().add_template(settings, replace(new, keywords=tuple(sorted(new.keywords))))

    def delete_template(self, settings: FakeSettings, kind: str, template_id: str) -> Exchange[None]:
        yield Call("GET", f"{settings.base_url}/library/delete", token=True, repeatable=True)

    def choice_rules(self, kind: str, tid: str) -> ChoiceRules:
        return ChoiceRules(least=1, most=1)


class Breaks(Keeps):
    plugin = Careless("app")
    choices = Keeps.choices[:1]


@pytest.mark.parametrize("name", [name for name in TESTS if "unreadable" not in name])
def test_it_catches_a_careless_one(name: str) -> None:
    with pytest.raises(AssertionError):
        case(Breaks(), name)()


def test_it_catches_a_yes_that_was_none() -> None:
    with pytest.raises(pytest.fail.Exception):
        case(Breaks(), "test_an_unreadable_answer_is_never_taken_for_one")()
