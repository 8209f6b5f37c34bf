"""Accounts: how they are configured and shown, and their tokens ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from channels._wechat.crypto import PushCipher
from sandbox.accounts import MINI_PROGRAM, OFFICIAL_ACCOUNT, Account
from sandbox.calls import HIDDEN
from sandbox.control.fields import Fields
from sandbox.control.order import Order, account_named
from sandbox.paths import SENDS
from sandbox.sealing import MODES
from sandbox.state import State
from sandbox.templates import Template, by_id, subscription_template, template_message

OPEN_PLATFORM = "wxopen"
"""The Open Platform account of those that are only said to be bound to one."""
KINDS = ("", MINI_PROGRAM, OFFICIAL_ACCOUNT)
Shown = dict[str, object]


async def put_account(state: State, order: Order) -> Shown:
    """Configures an account. Members that are not given keep their value; users and tokens stay."""
    account = state.world.accounts.get(order.name) or Account(
        appid=order.name, token=state.options.token, encoding_aes_key=state.options.encoding_aes_key
    )
    fields = order.fields
    changed = _with_limits(_with_web(_with_identity(account, fields), fields), fields)
    fields.end()
    if changed.push_mode in ("safe", "compat") and not changed.encoding_aes_key:
        raise fields.refuse("push_mode", f"{changed.push_mode!r} needs an encoding_aes_key")
    state.world.accounts[order.name] = changed
    state.world.strict = True
    return shown(changed)


async def get_account(state: State, order: Order) -> Shown:
    """One account as it is configured, its secrets hidden."""
    return shown(account_named(state, order.name))


async def list_accounts(state: State, order: Order) -> Shown:
    """All accounts, and whether other appids are still accepted."""
    accounts = [shown(account) for account in state.world.accounts.values()]
    return {"accounts": accounts, "any_appid": not state.world.strict}


async def expire_tokens(state: State, order: Order) -> Shown:
    """Ends all tokens of an account: calls with them get ``errcode`` (42001, or 40001)."""
    fields = order.fields
    appid, errcode = fields.text("appid"), fields.whole("errcode", 42001)
    fields.end()
    if errcode not in (42001, 40001):
        raise fields.refuse("errcode", "must be 42001 (expired) or 40001 (not the latest)")
    if appid not in state.world.components:
        account_named(state, appid)
    return {"ended": state.world.desk.expire(appid, errcode, time.time())}


def _with_identity(account: Account, fields: Fields) -> Account:
    return replace(
        account,
        kind=fields.choice("kind", KINDS, account.kind),
        secret=fields.text("secret", account.secret),
        callback=fields.url("callback", account.callback),
        token=fields.text("token", account.token),
        encoding_aes_key=aes_key_in(fields, account.encoding_aes_key),
        push_format=fields.choice("push_format", ("json", "xml"), account.push_format),
        push_mode=fields.choice("push_mode", ("", *MODES), account.push_mode),
        token_ttl=fields.whole("token_ttl", account.token_ttl, least=1) or account.token_ttl,
        nick_name=fields.text("nick_name", account.nick_name),
        service_type=_number(fields, "service_type", account.service_type),
        verify_type=-1 if not fields.flag("verified", account.verify_type >= 0) else 0,
        status=_number(fields, "status", account.status),
        templates=_templates(fields, "templates", "template_id", template_message, account.templates),
        subscription_templates=_templates(
            fields,
            "subscription_templates",
            "priTmplId",
            subscription_template,
            account.subscription_templates,
        ),
    )


def _with_web(account: Account, fields: Fields) -> Account:
    return replace(
        account,
        web_domain=fields.text("web_domain", account.web_domain),
        open_platform=_open_platform(fields, account.open_platform),
        followers_per_page=_number(fields, "followers_per_page", account.followers_per_page),
    )


def _with_limits(account: Account, fields: Fields) -> Account:
    return replace(
        account,
        known_users_only=fields.flag("known_users_only", account.known_users_only),
        denied_paths=fields.texts("denied_paths", account.denied_paths),
        allowed_ips=allowed_ips_in(fields, account.allowed_ips),
        ip_refused=fields.flag("ip_refused", account.ip_refused),
        daily_quota=_quota(fields, "daily_quota", account.daily_quota),
        minute_quota=_quota(fields, "minute_quota", account.minute_quota),
    )


def _open_platform(fields: Fields, present: str) -> str:
    """The Open Platform account by name, or just whether there is one."""
    if fields.is_flag("open_platform"):
        return OPEN_PLATFORM if fields.flag("open_platform", False) else ""
    return fields.text("open_platform", present)


def _number(fields: Fields, name: str, present: int) -> int:
    given = fields.whole(name, present)
    return present if given is None else given


def aes_key_in(fields: Fields, present: str) -> str:
    """An EncodingAESKey, checked."""
    key = fields.text("encoding_aes_key", present)
    if key:
        try:
            PushCipher([key], "any")
        except ValueError:
            raise fields.refuse("encoding_aes_key", "must be 43 characters out of A-Z a-z 0-9 + /") from None
    return key


def _templates(
    fields: Fields,
    name: str,
    id_member: str,
    made: Callable[[Mapping[str, object]], Template],
    present: Mapping[str, Template],
) -> Mapping[str, Template]:
    if not fields.has(name):
        return present
    found = []
    for entry in fields.objects(name):
        for required in (id_member, "content"):
            entry.text(required)
        found.append(made(entry.whole_object()))
    return by_id(found)


def allowed_ips_in(fields: Fields, present: frozenset[str] | None) -> frozenset[str] | None:
    """The IPs that may call; null is every one."""
    if not fields.gives("allowed_ips"):
        return present
    return fields.texts("allowed_ips", ()) if fields.has("allowed_ips") else None


def _quota(fields: Fields, name: str, present: Mapping[str, int]) -> Mapping[str, int]:
    """A number counts for each of the ways to send; an object names paths; null is no quota."""
    if not fields.gives(name):
        return present
    if fields.is_number(name):
        return dict.fromkeys(sorted(SENDS), fields.whole(name, 0) or 0)
    return fields.wholes(name)


def shown(account: Account) -> Shown:
    """The account as JSON."""
    return {
        "appid": account.appid,
        "kind": account.kind,
        "secret": HIDDEN if account.secret else "",
        "callback": account.callback,
        "token": HIDDEN if account.token else "",
        "encoding_aes_key": HIDDEN if account.encoding_aes_key else "",
        "push_format": account.push_format,
        "push_mode": account.mode,
        "token_ttl": account.token_ttl,
        "templates": [template.listed for template in account.templates.values()],
        "subscription_templates": [template.listed for template in account.subscription_templates.values()],
        "web_domain": account.web_domain,
        "open_platform": account.open_platform,
        "known_users_only": account.known_users_only,
        "denied_paths": sorted(account.denied_paths),
        "allowed_ips": None if account.allowed_ips is None else sorted(account.allowed_ips),
        "ip_refused": account.ip_refused,
        "daily_quota": dict(account.daily_quota),
        "minute_quota": dict(account.minute_quota),
        "users": len(account.users),
    }
