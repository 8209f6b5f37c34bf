"""WeChat official accounts (service accounts): template messages and subscription notices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from marshmallow import Schema

from channels._wechat.account import Account
from channels._wechat.api import change, fetch_list, send
from channels._wechat.codes import Operation
from channels._wechat.component.calls import OFFICIAL_ACCOUNT
from channels._wechat.component.judging import Needed
from channels._wechat.library import id_in
from channels._wechat.plugin import WeChatPlugin
from channels._wechat.receipts import SUBSCRIPTION_SENT, Reader, subscription_receipts
from channels._wechat.templates import subscription_templates, template_of
from channels.wechatoa.events import TEMPLATE_FINISHED, template_receipts
from channels.wechatoa.schemas import TEMPLATE, OfficialAccountMessage, OfficialAccountMessageSchema
from ums.sdk.call import Exchange, Json
from ums.sdk.errors import Accepted
from ums.sdk.plugin import Outbound, PluginInfo
from ums.sdk.templates import NewTemplate, TemplatePage

SEND_TEMPLATE = "/cgi-bin/message/template/send"
SEND_NOTICE = "/cgi-bin/message/subscribe/bizsend"
ADD_TEMPLATE = "/cgi-bin/template/api_add_template"
DELETE_TEMPLATE = "/cgi-bin/template/del_private_template"
TEMPLATE_LIST = "/cgi-bin/template/get_all_private_template"

REPEATS_DROPPED = 600.0
"""Seconds in which the platform drops a template message with the same openid and `client_msg_id`."""


class OfficialAccount(WeChatPlugin[OfficialAccountMessage]):
    """A service account. Its two kinds of message have an endpoint, a quota and a template list each."""

    info = PluginInfo(
        key="wechatoa",
        title="WeChat official account",
        title_zh="微信公众号",
        homepage="https://developers.weixin.qq.com/doc/service/",
        # No figure per second is published; users of the platform report 100 as steady.
        endpoints={"template": 100.0, "subscription": 100.0},
    )
    template_kinds = ("template", "subscription")
    # the platform's pages disagree on how many subscription notices there may be
    template_limits: ClassVar[Mapping[str, int]] = {"template": 25}
    account_kind = OFFICIAL_ACCOUNT
    needed: ClassVar[tuple[Needed, ...]] = (
        Needed(number=7, endpoint="template", text="mass and template messages", text_zh="群发与通知"),
        Needed(number=89, endpoint="subscription", text="subscription notices", text_zh="服务号订阅通知"),
    )
    readers: ClassVar[Mapping[str, Reader]] = {
        TEMPLATE_FINISHED: template_receipts,
        SUBSCRIPTION_SENT: subscription_receipts,
    }

    def message_schema(self) -> Schema:
        return OfficialAccountMessageSchema()

    def endpoint(self, content: OfficialAccountMessage) -> str:
        return "template" if content.type == TEMPLATE else "subscription"

    def repeat_window(self, content: OfficialAccountMessage) -> float:
        return REPEATS_DROPPED if content.type == TEMPLATE else 0.0

    def send(self, settings: Account, outbound: Outbound[OfficialAccountMessage]) -> Exchange[Accepted]:
        frame = outbound.content.frame
        if outbound.content.type == TEMPLATE:
            body = frame.addressed(outbound.address, outbound.repeat_id)
            return send(settings, SEND_TEMPLATE, body, Operation.TEMPLATE_MESSAGE)
        return send(settings, SEND_NOTICE, frame.addressed(outbound.address), Operation.SUBSCRIPTION)

    def credit(self, content: OfficialAccountMessage) -> str | None:
        """Template messages go to every follower; a notice needs his subscription."""
        return None if content.type == TEMPLATE else content.template_id

    def list_of(self, settings: Account, kind: str) -> Exchange[TemplatePage]:
        return _private_templates(settings) if kind == "template" else subscription_templates(settings)

    def add_template(self, settings: Account, new: NewTemplate) -> Exchange[str]:
        return _add_private(settings, new) if new.kind == "template" else super().add_template(settings, new)

    def delete_template(self, settings: Account, kind: str, template_id: str) -> Exchange[None]:
        if kind == "template":
            return _delete_private(settings, template_id)
        return super().delete_template(settings, kind, template_id)


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
