"""What is pushed to a third-party platform: encrypted XML and nothing else, sealed with the platform's own key."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TypeVar

from channels._wechat.account import Account
from channels._wechat.component.settings import Component
from channels._wechat.push import TAKEN, Event, check_sealed, opened, required
from ums.sdk.hook import HookRefused, HookReply, HookRequest
from ums.sdk.platform import NewsKind, PlatformNews, PlatformReply

A = TypeVar("A", bound=Account)

KINDS = {
    "component_verify_ticket": NewsKind.TICKET,
    "authorized": NewsKind.AUTHORISED,
    "updateauthorized": NewsKind.UPDATED,
    "unauthorized": NewsKind.UNAUTHORISED,
}
"""By `InfoType`."""
LONGEST_SECRET = 1024


def listening(account: A, component: Component, original_id: str) -> A:
    """An account whose pushes come through the platform."""
    return replace(
        account,
        token=component.token,
        encoding_aes_keys=component.encoding_aes_keys,
        component=component.appid,
        original_id=original_id,
    )


def verify(component: Component, request: HookRequest) -> None:
    """Judge a push by its signature; it isn't decrypted. Raises `HookRefused`."""
    check_sealed(_as_account(component), request)


def receive(component: Component, request: HookRequest) -> PlatformReply:
    """The news in a push to the platform itself. Raises `HookRefused`."""
    event = opened(_as_account(component), request)
    if isinstance(event, HookReply):
        raise HookRefused("the platform's addresses are not checked with an echostr")
    return PlatformReply(body=TAKEN, news=_news(component, event))


def _as_account(component: Component) -> Account:
    return listening(Account(appid=component.appid), component, "")


def _news(component: Component, event: Event) -> PlatformNews:
    members = event.members
    if required(members, "AppId") != component.appid:
        raise HookRefused("the AppId is another platform's")
    moment = required(members, "CreateTime")
    if not (moment.isascii() and moment.isdigit() and len(moment) <= 12):
        raise HookRefused("the CreateTime is no moment")
    kind = KINDS.get(required(members, "InfoType"), NewsKind.OTHER)
    return PlatformNews(
        kind=kind,
        at=float(moment),
        event_id=hashlib.sha256(
            "\n".join(f"{name}={members[name]}" for name in sorted(members)).encode()
        ).hexdigest(),
        account="" if kind in (NewsKind.TICKET, NewsKind.OTHER) else required(members, "AuthorizerAppid")[:64],
        secret=_secret(kind, event),
    )


def _secret(kind: NewsKind, event: Event) -> str:
    if kind is NewsKind.TICKET:
        return required(event.members, "ComponentVerifyTicket")[:LONGEST_SECRET]
    if kind in (NewsKind.AUTHORISED, NewsKind.UPDATED):
        return required(event.members, "AuthorizationCode")[:LONGEST_SECRET]
    return ""
