"""What holds for every plugin whose channels a third-party platform can act for, as tests that it inherits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, TypeVar

import pytest

from ums.sdk.call import Json
from ums.sdk.contract import ChannelContract
from ums.sdk.errors import BadChannel
from ums.sdk.hook import HookRefused, HookRequest
from ums.sdk.platform import HasPlatform
from ums.sdk.plugin import HasToken
from ums.sdk.rehearsal import secret_values, unlabelled

S = TypeVar("S")
C = TypeVar("C")


class PlatformContract(ChannelContract[S, C]):
    """For a plugin with `HasPlatform`. Set a valid example of the platform's own settings."""

    capability: ClassVar[type] = HasPlatform
    platform_settings: ClassVar[Mapping[str, Json]]

    @property
    def hosted(self) -> HasPlatform[S]:
        assert isinstance(self.plugin, HasPlatform)
        return self.plugin

    @property
    def loaded_platform(self) -> object:
        made: object = self.hosted.platform.settings_schema().load(self.platform_settings)
        return made

    def authorised(self, kept: Mapping[str, str] | None = None) -> S:
        account = self.hosted.account_of(self.settings)
        given = self.hosted.authorised_settings(self.loaded_platform, account, kept or {})
        made: S = self.plugin.settings_schema().load(given)
        return made

    def test_an_authorised_account_needs_no_settings_of_its_own(self) -> None:
        made = self.authorised()
        assert self.hosted.is_authorised(made)
        assert not self.hosted.is_authorised(self.settings)
        assert self.hosted.account_of(made) == self.hosted.account_of(self.settings)

    def test_the_token_of_either_way_is_none_of_the_other(self) -> None:
        assert isinstance(self.plugin, HasToken)
        assert self.plugin.token_key(self.authorised()) != self.plugin.token_key(self.settings)

    def test_the_platform_s_settings_are_labelled_and_show_no_secret(self) -> None:
        schema = self.hosted.platform.settings_schema()
        assert [*unlabelled(schema)] == []
        secrets = secret_values(schema, self.platform_settings)
        assert secrets
        assert [secret for secret in secrets if secret in repr(self.loaded_platform)] == []

    def test_without_a_ticket_an_operator_is_told(self) -> None:
        error = self.outcome(self.hosted.platform.token(self.loaded_platform, None))
        assert isinstance(error, BadChannel)

    def test_what_is_not_signed_is_refused_by_the_platform(self) -> None:
        request = HookRequest(method="POST", query={}, body=b"<xml/>", now=0.0)
        for judge in (self.hosted.platform.verify, self.hosted.platform.receive):
            with pytest.raises(HookRefused):
                judge(self.loaded_platform, request)
