"""Who is calling, and may they: by secret at the token calls, by token everywhere else."""

from __future__ import annotations

from collections.abc import Mapping
from hmac import compare_digest

from sandbox.accounts import MINI_PROGRAM, OFFICIAL_ACCOUNT, Account
from sandbox.errors import Refused
from sandbox.exchange import Asked, document_in, text_in
from sandbox.paths import (
    ADD_PRIVATE,
    BIZSEND,
    CUSTOM_SEND,
    DELETE_PRIVATE,
    ONE_TIME_SEND,
    PRIVATE_TEMPLATES,
    SUBSCRIBE_SEND,
    TEMPLATE_SEND,
    USER_INFO,
)
from sandbox.world import World

FOREIGN_PATHS: Mapping[str, frozenset[str]] = {
    MINI_PROGRAM: frozenset(
        {
            TEMPLATE_SEND,
            PRIVATE_TEMPLATES,
            ADD_PRIVATE,
            DELETE_PRIVATE,
            BIZSEND,
            CUSTOM_SEND,
            ONE_TIME_SEND,
            USER_INFO,
        }
    ),
    OFFICIAL_ACCOUNT: frozenset({SUBSCRIBE_SEND}),
}
"""What a kind of account has no right to: 48001. A mini program's own customer service isn't played."""


def by_token(world: World, asked: Asked) -> Account:
    """The account whose token stands in the query."""
    token = world.desk.token(asked.query.get("access_token", ""), asked.now)
    if token.appid in world.components:
        raise Refused(48001)
    account = world.accounts[token.appid]
    if token.component:
        world.check_consent(account, token.component, asked.path, asked.ip)
    return account


def by_secret_in_body(world: World, asked: Asked) -> Account:
    """The account of a ``stable_token`` call."""
    document = document_in(asked.body)
    return _by_secret(world, {name: text_in(document, name) for name in document}, asked.ip)


def by_secret_in_query(world: World, asked: Asked) -> Account:
    """The account of a classic token call; the appid is looked at before the grant type."""
    return _by_secret(world, asked.query, asked.ip)


def by_appsecret(world: World, asked: Asked) -> Account:
    """The account of a call that has no token; its appid and secret stand in the body or in the query."""
    document = document_in(asked.body) if asked.body else {}
    given = {**asked.query, **{name: text_in(document, name) for name in document}}
    granted = {"appid": given.get("appid", ""), "secret": given.get("appsecret", "")}
    return _by_secret(world, {**granted, "grant_type": "client_credential"}, asked.ip)


def _by_secret(world: World, given: Mapping[str, str], ip: str) -> Account:
    appid, secret = given.get("appid", ""), given.get("secret", "")
    if not appid:
        raise Refused(41002)
    account = world.account(appid)
    if given.get("grant_type") != "client_credential":
        raise Refused(40002)
    if not secret:
        raise Refused(41004)
    if account.secret and not compare_digest(secret.encode(), account.secret.encode()):
        raise Refused(40125)
    if not account.admits(ip):
        raise Refused(40164, f"invalid ip {ip} ipv6 ::ffff:{ip}, not in whitelist")
    return account


def permit(account: Account, asked: Asked) -> None:
    """Checks rights and quotas, and counts the call."""
    if asked.path in account.denied_paths or asked.path in FOREIGN_PATHS.get(account.kind, ()):
        raise Refused(48001)
    account.usage.count(asked.path, asked.now, account.daily_quota, account.minute_quota)
