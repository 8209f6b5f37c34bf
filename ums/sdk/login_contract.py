"""What holds for every plugin by which people log in, as tests that it inherits.

An account with credentials of its own is what is tried; that a third-party platform may act for it is the plugin's
own to test.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, TypeVar
from urllib.parse import parse_qs, urlsplit

import pytest

from ums.sdk.call import Call, Reply
from ums.sdk.contract import NOW, ChannelContract
from ums.sdk.errors import BadContent, Transient
from ums.sdk.people import (
    HasAppLogin,
    HasWebLogin,
    SealedWords,
)
from ums.sdk.rehearsal import UNREADABLE, failure_text, rehearse, written

S = TypeVar("S")
C = TypeVar("C")

CODE = "c0de-4711"
STATE = "5tate4711"
BACK = "https://shop.example.com/hello?from=wechat&to=shop"

unreadable_answers = pytest.mark.parametrize(
    "reply", UNREADABLE, ids=lambda reply: f"{reply.status} {reply.body[:12]!r}"
)


class WebLoginContract(ChannelContract[S, C]):
    """For a plugin with `HasWebLogin`; the simulator says that a code is the example address's."""

    capability: ClassVar[type] = HasWebLogin
    used_code: Reply
    """What the provider answers to a code that was used before."""

    @property
    def door(self) -> HasWebLogin[S]:
        assert isinstance(self.plugin, HasWebLogin)
        return self.plugin

    @pytest.mark.parametrize("openly", [False, True])
    def test_its_page_leads_back_with_what_it_was_given(self, openly: bool) -> None:
        shown = urlsplit(self.door.login_url(self.settings, BACK, STATE, openly=openly))
        assert shown.scheme in ("http", "https")
        assert {(BACK,), (STATE,)} <= {tuple(values) for values in parse_qs(shown.query).values()}
        assert [secret for secret in self.secrets if secret in shown.query] == []

    def test_asking_openly_is_another_page(self) -> None:
        pages = {self.door.login_url(self.settings, BACK, STATE, openly=openly) for openly in (False, True)}
        assert len(pages) == len({False, True})
        assert self.door.asks_openly(self.settings) in (False, True)

    @pytest.mark.parametrize("openly", [False, True])
    def test_a_code_says_who_came_back(self, openly: bool) -> None:
        calls: list[Call] = []
        person = rehearse(self.door.identify(self.settings, CODE, openly=openly), self.simulator, calls)
        assert (person.address, person.is_virtual) == (self.plugin.address.example, False)
        assert CODE in written(calls[0])
        assert not any(call.token for call in calls)
        assert person.address not in repr(person)

    def test_a_code_is_good_once(self) -> None:
        error = self.outcome(self.door.identify(self.settings, CODE, openly=False), self.used_code)
        assert isinstance(error, BadContent)

    @unreadable_answers
    def test_after_an_unreadable_answer_somebody_may_come_again(self, reply: Reply) -> None:
        error = self.outcome(self.door.identify(self.settings, CODE, openly=True), reply)
        assert isinstance(error, Transient)

    def test_a_login_on_the_web_that_fails_shows_no_secret(self) -> None:
        shown = [
            failure_text(self.door.identify(self.settings, CODE, openly=True), status) for status in (200, 500)
        ]
        assert [secret for secret in (*self.secrets, CODE) if secret in " ".join(shown)] == []


class AppLoginContract(ChannelContract[S, C]):
    """For a plugin with `HasAppLogin`; the simulator says that a code is the example address's."""

    capability: ClassVar[type] = HasAppLogin
    used_code: Reply
    session_key: ClassVar[str]

    def sealed_words(self, now: float) -> SealedWords:
        """What the app seals at `now` with `session_key`, in which the example address is named; signed as well."""
        raise NotImplementedError

    @property
    def app(self) -> HasAppLogin[S]:
        assert isinstance(self.plugin, HasAppLogin)
        return self.plugin

    def refusal(self, sealed: SealedWords, key: str, now: float = NOW) -> str:
        with pytest.raises(BadContent) as caught:
            self.app.opened(self.settings, key, sealed, now)
        return caught.value.reason

    def test_a_code_says_who_looks_at_the_page(self) -> None:
        calls: list[Call] = []
        found = rehearse(self.app.log_in(self.settings, CODE), self.simulator, calls)
        assert found.person.address == self.plugin.address.example
        assert CODE in written(calls[0])
        assert found.session_key
        assert found.session_key not in repr(found)
        assert found.person.address not in repr(found)

    def test_a_code_of_the_app_is_good_once(self) -> None:
        for exchange in (self.app.log_in(self.settings, CODE), self.app.phone(self.settings, CODE)):
            assert isinstance(self.outcome(exchange, self.used_code), BadContent)

    @unreadable_answers
    def test_after_an_unreadable_answer_the_page_may_ask_again(self, reply: Reply) -> None:
        for exchange in (self.app.log_in(self.settings, CODE), self.app.phone(self.settings, CODE)):
            assert isinstance(self.outcome(exchange, reply), Transient)

    def test_a_login_in_the_app_that_fails_shows_no_secret(self) -> None:
        shown = [failure_text(self.app.log_in(self.settings, CODE), status) for status in (200, 500)]
        assert [secret for secret in (*self.secrets, CODE) if secret in " ".join(shown)] == []

    def test_what_is_sealed_names_the_person(self) -> None:
        opened = self.app.opened(self.settings, self.session_key, self.sealed_words(NOW), NOW)
        person = self.app.person_in(self.settings, opened)
        assert person is not None
        assert person.address == self.plugin.address.example
        assert self.app.person_in(self.settings, {}) is None

    def test_the_members_that_say_who_it_is_are_named(self) -> None:
        opened = self.app.opened(self.settings, self.session_key, self.sealed_words(NOW), NOW)
        told = {name: value for name, value in opened.items() if name not in self.app.identifying}
        assert told.keys() < opened.keys()
        assert self.plugin.address.example not in repr(told)

    def test_whatever_is_wrong_with_a_seal_is_one_refusal(self) -> None:
        good = self.sealed_words(NOW)
        reasons = {
            self.refusal(replace(good, data=good.data[::-1]), self.session_key),
            self.refusal(replace(good, data=""), self.session_key),
            self.refusal(replace(good, iv="茶\ud800"), self.session_key),
            self.refusal(replace(good, raw=f"{good.raw} "), self.session_key),
            self.refusal(replace(good, signature="\ud800"), self.session_key),
            self.refusal(replace(good, signature=None), self.session_key),
            self.refusal(replace(good, raw=None), self.session_key),
            self.refusal(replace(good, raw=None, signature=None), ""),
        }
        assert len(reasons) == 1

    def test_what_was_sealed_long_ago_is_refused(self) -> None:
        assert self.refusal(self.sealed_words(NOW - 86_400.0), self.session_key)
        assert self.refusal(self.sealed_words(NOW + 86_400.0), self.session_key)

    def test_a_code_for_a_phone_number_gives_one(self) -> None:
        calls: list[Call] = []
        number = rehearse(self.app.phone(self.settings, CODE), self.simulator, calls)
        assert number.removeprefix("+").isdecimal()
        assert CODE in written(calls[-1])
        assert self.app.asks_phone(self.settings) in (False, True)
