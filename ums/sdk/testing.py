"""Testing a plugin with no network, and the tests that every plugin inherits.

`play` runs an exchange on answers given in order; `rehearse` runs it against a `Simulator`. A plugin's own
test class inherits `ChannelContract` and one contract for each capability the plugin has::

    class TestContract(TokenContract[Settings, Content], HookContract[Settings, Content]):
        plugin = channel
        ...
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar, TypeVar

import pytest

from ums.sdk.call import Call, Json, Reply
from ums.sdk.contract import NOW, REPEAT_ID, ChannelContract
from ums.sdk.errors import Accepted, BadChannel, Transient
from ums.sdk.hook import HookRefused, HookRequest
from ums.sdk.ledger_contract import CreditsContract, FollowersContract, WindowsContract
from ums.sdk.library_contract import TemplateLibraryContract
from ums.sdk.lint import CLEAN, Linted
from ums.sdk.login_contract import AppLoginContract, WebLoginContract
from ums.sdk.people_contract import (
    FollowerListContract,
    PageTicketsContract,
    RepliesContract,
    ScenesContract,
)
from ums.sdk.platform_contract import PlatformContract
from ums.sdk.plugin import (
    HasExplanations,
    HasHook,
    HasLint,
    HasTemplates,
    HasToken,
)
from ums.sdk.quotas_contract import CallLogContract, QuotasContract
from ums.sdk.rehearsal import (
    UNREADABLE,
    Simulator,
    failure_text,
    holds,
    play,
    rehearse,
)

__all__ = [
    "NOW",
    "REPEAT_ID",
    "UNREADABLE",
    "AppLoginContract",
    "CallLogContract",
    "ChannelContract",
    "CreditsContract",
    "ExplanationsContract",
    "FollowerListContract",
    "FollowersContract",
    "HookContract",
    "LintContract",
    "PageTicketsContract",
    "PlatformContract",
    "QuotasContract",
    "RepliesContract",
    "ScenesContract",
    "Simulator",
    "TemplateLibraryContract",
    "TemplatesContract",
    "TokenContract",
    "WebLoginContract",
    "WindowsContract",
    "play",
    "rehearse",
]

S = TypeVar("S")
C = TypeVar("C")

WORD = re.compile(r"[a-z][a-z0-9_]{1,39}")
CHINESE = re.compile("[\u4e00-\u9fff]")


class TokenContract(ChannelContract[S, C]):
    """For a plugin with `HasToken`. Set what the provider answers to a stale token and to a wrong secret."""

    capability: ClassVar[type] = HasToken
    expired: Reply
    wrong_secret: Reply

    @property
    def keeper(self) -> HasToken[S]:
        assert isinstance(self.plugin, HasToken)
        return self.plugin

    def test_it_fetches_a_token(self) -> None:
        calls: list[Call] = []
        token = rehearse(self.keeper.token(self.settings), self.simulator, calls)
        assert token.lifetime > 0
        assert token.value
        assert token.value not in repr(token)
        assert not any(call.token for call in calls)

    def test_the_token_s_key_is_steady_and_holds_no_secret(self) -> None:
        key = self.keeper.token_key(self.settings)
        assert key == self.keeper.token_key(self.settings)
        assert not any(secret in key for secret in self.secrets)

    @pytest.mark.parametrize("reply", UNREADABLE, ids=lambda reply: f"{reply.status} {reply.body[:12]!r}")
    def test_an_unreadable_token_is_fetched_again_later(self, reply: Reply) -> None:
        assert isinstance(self.outcome(self.keeper.token(self.settings), reply), Transient)

    def test_a_token_that_fails_shows_no_secret(self) -> None:
        shown = [failure_text(self.keeper.token(self.settings), status) for status in (200, 403, 500)]
        assert [secret for secret in self.secrets if secret in " ".join(shown)] == []

    def test_a_wrong_secret_is_the_channel_s_fault(self) -> None:
        assert isinstance(self.outcome(self.keeper.token(self.settings), self.wrong_secret), BadChannel)

    def test_a_stale_token_is_renewed_and_the_call_repeated_once(self) -> None:
        calls: list[Call] = []
        rehearse(self.send(), self.simulator, calls)
        good = self.simulator.answer(calls[-1])
        calls.clear()
        assert isinstance(play(self.send(), self.expired, good, calls=calls), Accepted)
        assert [(call.token, call.renew) for call in calls] == [(True, False), (True, True)]
        assert calls[0].body == calls[1].body

    def test_a_token_refused_twice_is_an_error(self) -> None:
        assert isinstance(self.outcome(self.send(), self.expired, self.expired), BadChannel | Transient)


class TemplatesContract(ChannelContract[S, C]):
    """For a plugin with `HasTemplates`; the simulator answers each list with at least one template."""

    capability: ClassVar[type] = HasTemplates

    @property
    def lister(self) -> HasTemplates[S]:
        assert isinstance(self.plugin, HasTemplates)
        return self.plugin

    def test_it_lists_the_templates_of_each_kind(self) -> None:
        for kind in self.lister.template_kinds:
            page = rehearse(self.lister.templates(self.settings, kind, ""), self.simulator)
            assert {template.kind for template in page.templates} == {kind}
            assert all(template.template_id and template.fields for template in page.templates)

    def test_a_specimen_of_each_list_can_be_sent(self) -> None:
        for kind in (*self.lister.template_kinds, ""):
            for template in ("T1", ""):
                assert self.plugin.endpoint(self.specimen(template, kind)) in self.plugin.info.endpoints

    @pytest.mark.parametrize("reply", UNREADABLE, ids=lambda reply: f"{reply.status} {reply.body[:12]!r}")
    def test_an_unreadable_list_is_asked_for_again_later(self, reply: Reply) -> None:
        for kind in self.lister.template_kinds:
            assert isinstance(self.outcome(self.lister.templates(self.settings, kind, ""), reply), Transient)


class LintContract(ChannelContract[S, C]):
    """For a plugin with `HasLint`. Set a content that the schema takes and the provider wouldn't."""

    capability: ClassVar[type] = HasLint
    faulty_content: ClassVar[Mapping[str, Json]]

    def found(self, given: Mapping[str, Json]) -> Linted:
        assert isinstance(self.plugin, HasLint)
        made: C = self.plugin.message_schema().load(given)
        return self.plugin.lint(self.settings, made, None)

    def test_a_good_content_lints_clean(self) -> None:
        assert self.found(self.example_content) == CLEAN

    def test_what_is_wrong_is_found_at_a_place_in_the_content(self) -> None:
        found = self.found(self.faulty_content)
        assert not found.ok
        assert [finding.path for finding in found.findings if not holds(self.faulty_content, finding.path)] == []
        assert all(finding.text.endswith(".") for finding in found.findings)


class HookContract(ChannelContract[S, C]):
    """For a plugin with `HasHook`."""

    capability: ClassVar[type] = HasHook

    def push(self, provider_id: str, now: float) -> HookRequest:
        """A genuine push of the provider, made at `now`: `provider_id` reached the example address."""
        raise NotImplementedError

    @property
    def listener(self) -> HasHook[S]:
        assert isinstance(self.plugin, HasHook)
        return self.plugin

    def test_a_genuine_push_yields_its_receipt(self) -> None:
        reply = self.listener.receive(self.settings, self.push("4711", NOW))
        assert [receipt.provider_id for receipt in reply.receipts] == ["4711"]
        assert reply.receipts[0].address == self.plugin.address.example

    def test_the_same_event_has_the_same_id_and_another_event_another(self) -> None:
        ids = [
            self.listener.receive(self.settings, self.push(number, now)).receipts[0].event_id
            for number, now in (("4711", NOW), ("4711", NOW + 5), ("4712", NOW))
        ]
        assert ids[0] == ids[1] != ids[2]

    def test_a_push_with_a_changed_query_is_refused(self) -> None:
        for name, value in (genuine := self.push("4711", NOW)).query.items():
            forged = {**genuine.query, name: value[:-1] + ("0" if value[-1:] != "0" else "1")}
            with pytest.raises(HookRefused):
                self.listener.receive(self.settings, replace(genuine, query=forged))

    def test_a_push_without_its_signature_is_refused(self) -> None:
        with pytest.raises(HookRefused):
            self.listener.receive(self.settings, replace(self.push("4711", NOW), query={}))


class ExplanationsContract(ChannelContract[S, C]):
    """For a plugin with `HasExplanations`."""

    capability: ClassVar[type] = HasExplanations

    @property
    def teacher(self) -> HasExplanations:
        assert isinstance(self.plugin, HasExplanations)
        return self.plugin

    def test_every_number_is_explained_once_in_both_languages(self) -> None:
        seen = set()
        for each in self.teacher.explanations():
            assert WORD.fullmatch(each.reason)
            assert all((each.text, each.hint)), each.reason
            assert all(CHINESE.search(text) for text in (each.text_zh, each.hint_zh)), each.reason
            seen.add((each.reason if each.provider_code is None else each.provider_code, each.when))
        assert len(seen) == len(self.teacher.explanations()) > 0

    def test_it_explains_each_reason_it_gives_and_no_other(self) -> None:
        for each in self.teacher.explanations():
            found = self.teacher.explain(each.reason, each.provider_code, "")
            assert found
            assert (found.reason, found.provider_code) == (each.reason, each.provider_code)
        assert self.teacher.explain("no_such_reason", None, "") is None
