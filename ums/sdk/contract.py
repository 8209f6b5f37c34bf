"""What holds for every channel plugin, as tests that it inherits (see `ums.sdk.testing`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Generic, TypeVar

import pytest
from marshmallow import Schema, ValidationError

from ums.domain.wire import CHANNEL_TYPES
from ums.sdk.call import Call, Exchange, Json, Reply
from ums.sdk.errors import Accepted, BadChannel, SendError, Throttled, Transient, Uncertain
from ums.sdk.people import HasAppLogin, HasFollowerList, HasPageTickets, HasReplies, HasScenes, HasWebLogin
from ums.sdk.platform import HasPlatform
from ums.sdk.plugin import (
    ChannelPlugin,
    HasCallLog,
    HasCredits,
    HasExplanations,
    HasFollowers,
    HasHook,
    HasLint,
    HasQuotas,
    HasTemplateLibrary,
    HasTemplates,
    HasToken,
    HasWindows,
    Outbound,
)
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

S = TypeVar("S")
C = TypeVar("C")

NOW = 1_790_000_000.0
REPEAT_ID = "0123456789abcdef0123456789abcdef"
CAPABILITIES: tuple[type, ...] = (
    HasToken,
    HasCredits,
    HasTemplates,
    HasTemplateLibrary,
    HasFollowers,
    HasLint,
    HasHook,
    HasWindows,
    HasQuotas,
    HasCallLog,
    HasPlatform,
    HasWebLogin,
    HasAppLogin,
    HasScenes,
    HasReplies,
    HasFollowerList,
    HasPageTickets,
    HasExplanations,
)
"""Each has a contract, which says so by its `capability`."""


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

    def specimen(self, template: str, kind: str) -> C:
        """What the plugin reads out of its own specimen."""
        found = self.plugin.specimen(template, kind)
        assert found is not None
        made: C = self.plugin.message_schema().load(found.content)
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
        inherited = {kind.__dict__["capability"] for kind in type(self).__mro__ if "capability" in kind.__dict__}
        assert inherited == {capability for capability in CAPABILITIES if isinstance(self.plugin, capability)}

    def _bodies(self) -> Iterator[tuple[Schema, Mapping[str, Json]]]:
        yield self.plugin.settings_schema(), self.example_settings
        yield self.plugin.message_schema(), self.example_content
