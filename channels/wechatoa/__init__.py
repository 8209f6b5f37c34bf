"""WeChat official accounts (service accounts): their four kinds of message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple

from marshmallow import Schema

from channels._wechat.account import Account
from channels._wechat.api import change, fetch_list, send
from channels._wechat.codes import Operation
from channels._wechat.component.calls import OFFICIAL_ACCOUNT
from channels._wechat.component.judging import Needed
from channels._wechat.component.settings import Component
from channels._wechat.content import ANY_DATA, ANY_TEMPLATE
from channels._wechat.library import id_in
from channels._wechat.lint import lint as lint_values
from channels._wechat.plugin import WeChatPlugin
from channels._wechat.push import Event
from channels._wechat.receipts import SUBSCRIPTION_SENT, Reader, subscription_receipts
from channels._wechat.templates import subscription_templates, template_of
from channels.wechatoa import followers, gestures, logins, page_tickets, replies, scenes
from channels.wechatoa.events import TEMPLATE_FINISHED, template_receipts
from channels.wechatoa.kinds import CUSTOMER_SERVICE, NOTICE, ONE_TIME, TEMPLATE
from channels.wechatoa.lint import lint as lint_words
from channels.wechatoa.one_time import MARK, OneTimeMessage, for_consent
from channels.wechatoa.schemas import Message, OfficialAccountMessage, OfficialAccountMessageSchema
from channels.wechatoa.settings import USERINFO, OfficialAccountSettings, OfficialAccountSettingsSchema
from ums.sdk.call import Exchange, Json
from ums.sdk.errors import Accepted
from ums.sdk.hook import HookReply, HookRequest
from ums.sdk.lint import Linted
from ums.sdk.people import (
    Follower,
    FollowerPage,
    Gesture,
    HasFollowerList,
    HasPageTickets,
    HasReplies,
    HasScenes,
    HasWebLogin,
    Person,
    Scene,
)
from ums.sdk.plugin import HasFollowers, HasWindows, Outbound, PluginInfo
from ums.sdk.specimen import Specimen
from ums.sdk.templates import ChoiceRules, NewTemplate, RemoteTemplate, TemplatePage
from ums.sdk.tokens import Token

ADD_TEMPLATE = "/cgi-bin/template/api_add_template"
DELETE_TEMPLATE = "/cgi-bin/template/del_private_template"
CATEGORY_TEMPLATES = ChoiceRules(least=1, longest_scene=0, by_name=True)
"""Of template messages the platform publishes no figures; it wants the keywords' names (40246 without any)."""
TEMPLATE_LIST = "/cgi-bin/template/get_all_private_template"


class Endpoint(NamedTuple):
    """Where a kind of message goes, and what that is called."""

    name: str
    path: str
    operation: Operation


ENDPOINTS: Mapping[int, Endpoint] = {
    TEMPLATE: Endpoint("template", "/cgi-bin/message/template/send", Operation.TEMPLATE_MESSAGE),
    NOTICE: Endpoint("subscription", "/cgi-bin/message/subscribe/bizsend", Operation.SUBSCRIPTION),
    CUSTOMER_SERVICE: Endpoint("customer_service", "/cgi-bin/message/custom/send", Operation.CUSTOMER_SERVICE),
    ONE_TIME: Endpoint("one_time", "/cgi-bin/message/template/subscribe", Operation.ONE_TIME),
}

REPEATS_DROPPED = 600.0
"""Seconds in which the platform drops a template message with the same openid and `client_msg_id`."""


class OfficialAccount(
    WeChatPlugin[OfficialAccountSettings, Message],
    HasFollowers[Message],
    HasWindows[OfficialAccountSettings, Message],
    HasWebLogin[OfficialAccountSettings],
    HasScenes[OfficialAccountSettings],
    HasReplies[OfficialAccountSettings],
    HasFollowerList[OfficialAccountSettings],
    HasPageTickets[OfficialAccountSettings],
):
    """A service account. Each kind of message has an endpoint and a quota; those of templates have a list, too."""

    info = PluginInfo(
        key="wechatoa",
        title="WeChat official account",
        title_zh="微信公众号",
        homepage="https://developers.weixin.qq.com/doc/service/",
        # No figure per second is published; users of the platform report 100 as steady. The half a million
        # customer-service messages of a day are 6 a second, but they come when people write.
        endpoints={"template": 100.0, "subscription": 100.0, "customer_service": 50.0, "one_time": 50.0},
    )
    paths: ClassVar[Mapping[str, str]] = {one.name: one.path for one in ENDPOINTS.values()}
    template_kinds = ("template", "subscription")
    # the platform's pages disagree on how many subscription notices there may be
    template_limits: ClassVar[Mapping[str, int]] = {"template": 25}
    most_asked = followers.MOST_ASKED
    longest_scene_life = float(scenes.LONGEST_LIFE)
    account_kind = OFFICIAL_ACCOUNT
    needed: ClassVar[tuple[Needed, ...]] = (
        Needed(number=7, endpoint="template", text="mass and template messages", text_zh="群发与通知"),
        Needed(number=89, endpoint="subscription", text="subscription notices", text_zh="服务号订阅通知"),
    )
    readers: ClassVar[Mapping[str, Reader]] = {
        TEMPLATE_FINISHED: template_receipts,
        SUBSCRIPTION_SENT: subscription_receipts,
    }

    def settings_schema(self) -> Schema:
        return OfficialAccountSettingsSchema()

    def message_schema(self) -> Schema:
        return OfficialAccountMessageSchema()

    def endpoint(self, content: Message) -> str:
        return ENDPOINTS[content.type].name

    def repeat_window(self, content: Message) -> float:
        return REPEATS_DROPPED if content.type == TEMPLATE else 0.0

    def reports(self, settings: OfficialAccountSettings, content: Message) -> bool:
        """The platform tells what became of those that fill a template, and of no others."""
        return isinstance(content, OfficialAccountMessage) and super().reports(settings, content)

    def send(self, settings: OfficialAccountSettings, outbound: Outbound[Message]) -> Exchange[Accepted]:
        content = outbound.content
        repeat_id = outbound.repeat_id if content.type == TEMPLATE else None
        _, path, operation = ENDPOINTS[content.type]
        return send(settings, path, content.frame.addressed(outbound.address, repeat_id), operation)

    def lint(self, settings: OfficialAccountSettings, content: Message, template: RemoteTemplate | None) -> Linted:
        if isinstance(content, OfficialAccountMessage):
            return lint_values(settings.lint, content, template)
        return lint_words(settings.lint, content)

    def credit(self, content: Message) -> str | None:
        """A notice needs the person's subscription, a one-time message his consent for its template and scene."""
        if isinstance(content, OneTimeMessage):
            return content.consent
        return (
            content.template_id if isinstance(content, OfficialAccountMessage) and content.type == NOTICE else None
        )

    def most_credits(self, template: str) -> int | None:
        """Consents for one-time messages don't add up."""
        return 1 if MARK in template else None

    def specimen(self, template: str = "", kind: str = "") -> Specimen:
        """Where no list has the template, a one-time message by a consent of this name, else a template message."""
        if not kind and MARK in template:
            return Specimen(for_consent(template), on_list=False)
        filled: Mapping[str, Json] = {"template_id": template or ANY_TEMPLATE, "data": ANY_DATA}
        return Specimen({"type": NOTICE if kind == "subscription" else TEMPLATE, **filled})

    def to_followers(self, content: Message) -> bool:
        """What goes by a subscription or a consent reaches the person whether he follows or not."""
        return content.type in {TEMPLATE, CUSTOMER_SERVICE}

    def in_window(self, content: Message) -> bool:
        return content.type == CUSTOMER_SERVICE

    def hears(self, settings: OfficialAccountSettings) -> bool:
        return bool(settings.token)

    def tries_unheard(self, settings: OfficialAccountSettings) -> bool:
        return self.tries_unknown(settings)

    def list_of(self, settings: OfficialAccountSettings, kind: str) -> Exchange[TemplatePage]:
        return _private_templates(settings) if kind == "template" else subscription_templates(settings)

    def choice_rules(self, kind: str, tid: str) -> ChoiceRules:
        return CATEGORY_TEMPLATES if kind == "template" else super().choice_rules(kind, tid)

    def add_template(self, settings: OfficialAccountSettings, new: NewTemplate) -> Exchange[str]:
        return _add_private(settings, new) if new.kind == "template" else super().add_template(settings, new)

    def delete_template(self, settings: OfficialAccountSettings, kind: str, template_id: str) -> Exchange[None]:
        if kind == "template":
            return _delete_private(settings, template_id)
        return super().delete_template(settings, kind, template_id)

    def asks_openly(self, settings: OfficialAccountSettings) -> bool:
        return settings.login_scope == USERINFO

    def login_url(
        self,
        settings: OfficialAccountSettings,
        back: str,
        state: str,
        *,
        openly: bool,
        platform: Component | None = None,
    ) -> str:
        return logins.login_url(settings, back, state, openly=openly, platform=platform)

    def identify(
        self, settings: OfficialAccountSettings, code: str, *, openly: bool, platform: Component | None = None
    ) -> Exchange[Person]:
        return logins.identify(settings, code, openly=openly, platform=platform)

    def scene(self, settings: OfficialAccountSettings, scene: str, seconds: float) -> Exchange[Scene]:
        return scenes.scene(settings, scene, seconds)

    def gesture_of(self, settings: OfficialAccountSettings, event: Event, now: float) -> Gesture | None:
        return gestures.gesture_of(settings, event, now)

    def saying(self, settings: OfficialAccountSettings, request: HookRequest, words: str) -> HookReply:
        return replies.saying(settings, request, words)

    def binds_for(self, settings: OfficialAccountSettings) -> str:
        return settings.bind_application

    def words_for(self, settings: OfficialAccountSettings, kind: str) -> str:
        return settings.words[kind]

    def followers(self, settings: OfficialAccountSettings, after: str) -> Exchange[FollowerPage]:
        return followers.followers(settings, after)

    def people(self, settings: OfficialAccountSettings, addresses: Sequence[str]) -> Exchange[tuple[Follower, ...]]:
        return followers.people(settings, addresses)

    def page_ticket(self, settings: OfficialAccountSettings) -> Exchange[Token]:
        return page_tickets.page_ticket(settings)

    def page_signature(
        self, settings: OfficialAccountSettings, ticket: str, url: str, nonce: str, at: int
    ) -> Mapping[str, Json]:
        return page_tickets.page_signature(settings, ticket, url, nonce, at)


def _add_private(account: Account, new: NewTemplate) -> Exchange[str]:
    """A category template of template messages; its keywords are given by their names."""
    body: Json = {"template_id_short": new.tid, "keyword_name_list": list(new.keywords)}
    return id_in((yield from change(account, ADD_TEMPLATE, body)), "template_id")


def _delete_private(account: Account, template_id: str) -> Exchange[None]:
    yield from change(account, DELETE_TEMPLATE, {"template_id": template_id})


def _private_templates(account: Account) -> Exchange[TemplatePage]:
    entries = yield from fetch_list(account, TEMPLATE_LIST, "template_list")
    found = tuple(template_of(entry, id_member="template_id", kind="template") for entry in entries)
    return TemplatePage(templates=found)


channel = OfficialAccount()
