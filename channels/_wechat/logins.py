"""Codes that people bring along, and what the platform says of who they are.

For an account that has authorised a third-party platform a code is redeemed by that platform, with its own token in
place of a secret. Where an answer is lost a code may have been used up: another one is as good.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from channels._wechat.account import OPENID, Account
from channels._wechat.answer import Answer
from channels._wechat.api import ask, to
from channels._wechat.codes import Operation, unreadable
from channels._wechat.component.settings import Component
from ums.sdk.call import Call, Exchange, Json
from ums.sdk.people import Person


class Way(NamedTuple):
    """Where codes of one kind are redeemed, by the account itself or by its platform, and what they are called."""

    own: str
    by_platform: str
    code: str


def redeem(account: Account, way: Way, code: str, platform: Component | None) -> Exchange[Answer]:
    """What a code stands for. Raises `BadContent` for one that is wrong, used or too old."""
    query = {"appid": account.appid, way.code: code, "grant_type": "authorization_code"}
    if not account.is_authorised:
        query["secret"] = account.secret
        call = to(account, "GET", way.own, query=query, token=False, repeatable=True)
        return (yield from ask(call, Operation.LOGIN))
    component = acting(account, platform)
    call = Call(
        "GET",
        component.base_url + way.by_platform,
        query={**query, "component_appid": component.appid},
        token=True,
        token_name="component_access_token",
        repeatable=True,
        proxy=component.proxy,
    )
    return (yield from ask(call, Operation.PEOPLE))


def acting(account: Account, platform: Component | None) -> Component:
    """The platform that acts for an authorised account. Raises ValueError where it isn't given."""
    if platform is None:
        raise ValueError(f"{account.appid} is authorised by a third-party platform, whose settings must be given")
    return platform


def known(answer: Mapping[str, Json], openid: str = "openid", unionid: str = "unionid") -> Person | None:
    """The person of whom some members tell; None where they name nobody."""
    address = name_in(answer, openid)
    return Person(address=address, union=name_in(answer, unionid)) if address else None


def person_in(answer: Answer) -> Person:
    """The person that an answer is about. Raises `Transient` where it names nobody."""
    found = known(answer)
    if found is None:
        raise unreadable(Operation.LOGIN, "The answer has no openid.")
    return found


def name_in(answer: Mapping[str, Json], member: str) -> str:
    """An openid or a unionid; empty where there is none."""
    value = answer.get(member)
    return value if isinstance(value, str) and OPENID.fullmatch(value) else ""
