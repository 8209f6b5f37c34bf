"""Testing a plugin with no network, and the tests that every plugin inherits.

`play` runs an exchange on answers given in order; `rehearse` runs it against a `Simulator`. A plugin's own
test class inherits `ChannelContract` and one contract for each capability the plugin has::

    class TestContract(TokenContract[Settings, Content], HookContract[Settings, Content]):
        plugin = channel
        ...
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import ClassVar, Generic, TypeVar

import pytest
from marshmallow import Schema, ValidationError

from ums.domain.wire import CHANNEL_TYPES
from ums.sdk.call import Call, Exchange, Json, Reply
from ums.sdk.errors import Accepted, BadChannel, SendError, Throttled, Transient, Uncertain
from ums.sdk.hook import HookRefused, HookRequest
from ums.sdk.plugin import ChannelPlugin, HasExplanations, HasHook, HasTemplates, HasToken, Outbound
from ums.sdk.rehearsal import (
    UNREADABLE,
    Simulator,
    failure_text,
    play,
    rehearse,
    secret_values,
    unlabelled,
    written,
)

__all__ = [
    "NOW",
    "UNREADABLE",
    "ChannelContract",
    "ExplanationsContract",
    "HookContract",
    "Simulator",
    "TemplatesContract",
    "TokenContract",
    "play",
    "rehearse",
]

S = TypeVar("S")
C = TypeVar("C")

NOW = 1_790_000_000.0
REPEAT_ID = "0123456789abcdef0123456789abcdef"

WORD = re.compile(r"[a-z][a-z0-9_]{1,39}")
CHINESE = re.compile("[\u4e00-\u9fff]")


class ChannelContract(Generic[S, C]):
    """What holds for every plugin. Set `plugin`, a valid example of each body, and a simulator."""

    plugin: ChannelPlugin[S, C]
    simulator: Simulator
    example_settings: ClassVar[Mapping[str, Json]]
    example_content: ClassVar[Mapping[str, Json]]

    @property
    def folder(self) -> str:
        """The plugin's folder: what follows `channels` in the name of its module."""
        return type(self.plugin).__module__.split("channels.")[-1].split(".")[0]

    @property
    def settings(self) -> S:
        made: S = self.plugin.settings_schema().load(self.example_settings)
        return made

    @property
    def content(self) -> C:
        made: C = self.plugin.message_schema().load(self.example_content)
        return made

    @property
    def secrets(self) -> list[str]:
        """The values in the example settings that must never be shown."""
        return secret_values(self.plugin.settings_schema(), self.example_settings)

    def send(self) -> Exchange[Accepted]:
        address = self.plugin.address.example
        outbound = Outbound(address=address, content=self.content, repeat_id=REPEAT_ID)
        return self.plugin.send(self.settings, outbound)

    def outcome(self, exchange: Exchange[object], *answers: Reply | Exception) -> SendError:
        """The error in which an exchange ends on these answers."""
        with pytest.raises(SendError) as caught:
            play(exchange, *answers)
        return caught.value

    def test_its_key_is_its_folder_and_a_channel_type_of_the_contract(self) -> None:
        assert self.plugin.info.key == self.folder
        assert self.plugin.names == CHANNEL_TYPES.get(self.folder)

    def test_it_says_who_it_is_in_both_languages(self) -> None:
        info, address = self.plugin.info, self.plugin.address
        assert all((info.title, info.title_zh, info.homepage, address.label, address.label_zh))
        assert address.pattern.fullmatch(address.example)

    def test_every_field_is_labelled_in_both_languages(self) -> None:
        bodies = (self.plugin.settings_schema(), self.plugin.message_schema())
        assert [name for body in bodies for name in unlabelled(body)] == []

    def test_it_names_a_missing_field(self) -> None:
        for schema, example in self._bodies():
            for name in (name for name, field in schema.fields.items() if field.required):
                with pytest.raises(ValidationError) as caught:
                    schema.load({key: value for key, value in example.items() if key != name})
                assert name in caught.value.messages

    def test_it_refuses_an_unknown_field_by_name(self) -> None:
        for schema, example in self._bodies():
            with pytest.raises(ValidationError) as caught:
                schema.load({**example, "no_such_field": 1})
            assert "no_such_field" in caught.value.messages

    def test_its_content_goes_to_one_of_its_endpoints(self) -> None:
        assert self.plugin.endpoint(self.content) in self.plugin.info.endpoints
        assert all(pace > 0 for pace in self.plugin.info.endpoints.values())
        assert self.plugin.repeat_window(self.content) >= 0

    def test_a_send_is_accepted_and_carries_the_address(self) -> None:
        calls: list[Call] = []
        assert isinstance(rehearse(self.send(), self.simulator, calls), Accepted)
        assert any(self.plugin.address.example in written(call) for call in calls)

    def test_a_send_is_never_repeatable_by_the_driver(self) -> None:
        calls: list[Call] = []
        rehearse(self.send(), self.simulator, calls)
        assert not calls[-1].repeatable

    @pytest.mark.parametrize("reply", UNREADABLE, ids=lambda reply: f"{reply.status} {reply.body[:12]!r}")
    def test_an_unreadable_answer_leaves_a_send_uncertain(self, reply: Reply) -> None:
        assert isinstance(self.outcome(self.send(), reply), Uncertain)

    def test_too_many_requests_are_a_wait(self) -> None:
        assert isinstance(self.outcome(self.send(), Reply(429, b"")), Transient | Throttled)

    @pytest.mark.parametrize("kind", [Transient, Uncertain, BadChannel])
    def test_a_call_without_an_answer_keeps_the_driver_s_verdict(self, kind: type[SendError]) -> None:
        assert isinstance(self.outcome(self.send(), kind("no_answer")), kind)

    def test_it_shows_no_secret(self) -> None:
        shown = repr((self.settings, self.content))
        for status in (200, 403, 500):
            shown += failure_text(self.send(), status)
        assert [secret for secret in self.secrets if secret in shown] == []

    def test_it_inherits_the_contract_of_each_capability(self) -> None:
        for capability, contract in CONTRACTS.items():
            assert isinstance(self.plugin, capability) == isinstance(self, contract), contract.__name__

    def _bodies(self) -> Iterator[tuple[Schema, Mapping[str, Json]]]:
        yield self.plugin.settings_schema(), self.example_settings
        yield self.plugin.message_schema(), self.example_content


class TokenContract(ChannelContract[S, C]):
    """For a plugin with `HasToken`. Set what the provider answers to a stale token and to a wrong secret."""

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

    @property
    def lister(self) -> HasTemplates[S]:
        assert isinstance(self.plugin, HasTemplates)
        return self.plugin

    def test_it_lists_the_templates_of_each_kind(self) -> None:
        for kind in self.lister.template_kinds:
            page = rehearse(self.lister.templates(self.settings, kind, ""), self.simulator)
            assert {template.kind for template in page.templates} == {kind}
            assert all(template.template_id and template.fields for template in page.templates)

    @pytest.mark.parametrize("reply", UNREADABLE, ids=lambda reply: f"{reply.status} {reply.body[:12]!r}")
    def test_an_unreadable_list_is_asked_for_again_later(self, reply: Reply) -> None:
        for kind in self.lister.template_kinds:
            assert isinstance(self.outcome(self.lister.templates(self.settings, kind, ""), reply), Transient)


class HookContract(ChannelContract[S, C]):
    """For a plugin with `HasHook`."""

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


CONTRACTS: Mapping[type, type] = {
    HasToken: TokenContract,
    HasTemplates: TemplatesContract,
    HasHook: HookContract,
    HasExplanations: ExplanationsContract,
}
"""The contract that goes with each capability."""
