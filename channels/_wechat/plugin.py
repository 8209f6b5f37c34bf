"""What official accounts and mini programs have in common as channels."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar, TypeVar

from channels._wechat import call_log, library, quotas
from channels._wechat.account import OPENID, PLATFORM_AUTHORISED, TRY, Account
from channels._wechat.api import fetch_token
from channels._wechat.codes import AUTHORISATION_WITHDRAWN, EXPLANATIONS, explain
from channels._wechat.component import judging, news, platform
from channels._wechat.component.judging import Needed
from channels._wechat.component.settings import Component
from channels._wechat.events import opened_windows, told
from channels._wechat.push import TAKEN, Event, opened
from channels._wechat.receipts import Reader
from ums.sdk.call import Exchange
from ums.sdk.call_log import RememberedCall
from ums.sdk.explanation import Explanation
from ums.sdk.hook import Forward, Gesture, HookReply, HookRequest
from ums.sdk.platform import AuthorisedAccount, HasPlatform, Remark
from ums.sdk.plugin import (
    Address,
    ChannelPlugin,
    HasCallLog,
    HasCredits,
    HasExplanations,
    HasHook,
    HasLint,
    HasQuotas,
    HasTemplateLibrary,
    HasToken,
    HasWindows,
)
from ums.sdk.quotas import Quota
from ums.sdk.templates import (
    ChoiceRules,
    LibraryCategory,
    LibraryKeyword,
    LibraryTitles,
    NewTemplate,
    TemplatePage,
)
from ums.sdk.tokens import RenewalLimits, Token

A = TypeVar("A", bound=Account)
C = TypeVar("C")

OPENID_ADDRESS = Address(
    label="openid",
    label_zh="openid",
    pattern=OPENID,
    example="oABCD1234efgh5678ijkl9012mno",
)


class WeChatPlugin(
    ChannelPlugin[A, C],
    HasToken[A],
    HasCredits[A, C],
    HasTemplateLibrary[A],
    HasLint[A, C],
    HasQuotas[A],
    HasCallLog[A],
    HasHook[A],
    HasPlatform[A],
    HasExplanations,
):
    """A channel of the WeChat platform, up to what its messages look like."""

    address = OPENID_ADDRESS
    readers: ClassVar[Mapping[str, Reader]]
    """The events that report on messages, each with what makes receipts of it."""
    paths: ClassVar[Mapping[str, str]]
    """What is called for each endpoint."""
    clears_a_month = quotas.CLEARS_A_MONTH
    renewal_limits = RenewalLimits(a_day=20, apart=30.0)
    platform = platform
    withdrawn = AUTHORISATION_WITHDRAWN
    account_kind: ClassVar[str]
    """What the platform calls an account of this type."""
    needed: ClassVar[tuple[Needed, ...]]
    """The permission sets that a third-party platform needs to send its messages."""

    def token_key(self, settings: A) -> str:
        # With the address, so that a token never goes to another host than the one it came from.
        # And with the way it is come by: a token of one way is none of the other.
        way = ":platform" if settings.is_authorised else ""
        return f"wechat:{settings.appid}@{settings.base_url}{way}"

    def token(self, settings: A) -> Exchange[Token]:
        return fetch_token(settings)

    def renewed_token(self, settings: A) -> Exchange[Token]:
        return fetch_token(settings, force=True)

    def reports(self, settings: A, content: C) -> bool:
        return bool(settings.token) or settings.is_authorised

    def tries_unknown(self, settings: A) -> bool:
        return settings.unknown_credits == TRY

    def templates(self, settings: A, kind: str, cursor: str) -> Exchange[TemplatePage]:
        if kind not in self.template_kinds:
            raise ValueError(f"{self.info.key} has no template list {kind!r}, only {self.template_kinds}")
        return self.list_of(settings, kind)

    @abstractmethod
    def list_of(self, settings: A, kind: str) -> Exchange[TemplatePage]:
        """The whole of one template list; the platform does not page them."""

    def categories(self, settings: A) -> Exchange[tuple[LibraryCategory, ...]]:
        return library.categories(settings)

    def titles(self, settings: A, categories: tuple[str, ...], start: int) -> Exchange[LibraryTitles]:
        return library.titles(settings, categories, start)

    def keywords(self, settings: A, tid: str) -> Exchange[tuple[LibraryKeyword, ...]]:
        return library.keywords(settings, tid)

    def choice_rules(self, kind: str, tid: str) -> ChoiceRules:
        return library.choice_rules(tid)

    def add_template(self, settings: A, new: NewTemplate) -> Exchange[str]:
        return library.add(settings, new)

    def delete_template(self, settings: A, kind: str, template_id: str) -> Exchange[None]:
        return library.delete(settings, template_id)

    def quota(self, settings: A, endpoint: str) -> Exchange[Quota]:
        return quotas.quota(settings, self.paths[endpoint])

    def clear_quota(self, settings: A, endpoint: str | None) -> Exchange[None]:
        return quotas.clear(settings, None if endpoint is None else self.paths[endpoint])

    def look_up(self, settings: A, mark: str) -> Exchange[RememberedCall]:
        return call_log.look_up(settings, mark)

    def receive(self, settings: A, request: HookRequest) -> HookReply:
        event = opened(settings, request)
        if isinstance(event, HookReply):
            return event
        reader = self.readers.get(event.name)
        receipts = reader(event) if reader else ()
        # Those with a list tell more than receipts hold: which templates they are about.
        events = told(event, request.now) if event.items or not receipts else ()
        forward = Forward(url=settings.forward_url, answers=event.is_letter) if settings.forward_url else None
        openings = opened_windows(event, request.now) if isinstance(self, HasWindows) else ()
        return HookReply(
            body=TAKEN,
            receipts=receipts,
            events=events,
            openings=openings,
            gesture=self.gesture_of(settings, event, request.now),
            forward=forward,
        )

    def gesture_of(self, settings: A, event: Event, now: float) -> Gesture | None:
        """What somebody has done at the account that the gateway may answer."""
        return None

    def account_of(self, settings: A) -> str:
        return settings.appid

    def is_authorised(self, settings: A) -> bool:
        return settings.is_authorised

    def authorised_settings(self, platform: Component, account: str, kept: Mapping[str, str]) -> Mapping[str, str]:
        # Only the sandbox has another address; a channel's own, such as a proxy's, stays.
        return {
            **kept,
            "appid": account,
            "authorised_by": PLATFORM_AUTHORISED,
            "base_url": kept.get("base_url", platform.base_url),
        }

    def listening(self, settings: A, platform: Component, address: str) -> A:
        return news.listening(settings, platform, address)

    def remarks(self, account: AuthorisedAccount, permissions: frozenset[int]) -> tuple[Remark, ...]:
        return judging.remarks(self.account_kind, self.needed, account, permissions)

    def explanations(self) -> tuple[Explanation, ...]:
        return EXPLANATIONS

    def explain(self, reason: str, provider_code: int | None, words: str) -> Explanation | None:
        return explain(reason, provider_code, words)
