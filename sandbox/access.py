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
    CHECK_SESSION,
    COMPONENT_LOGIN,
    CUSTOM_SEND,
    DELETE_PRIVATE,
    JS_TICKET,
    LOGIN,
    ONE_TIME_SEND,
    PHONE_NUMBER,
    PRIVATE_TEMPLATES,
    QR_CREATE,
    RESET_SESSION,
    SUBSCRIBE_SEND,
    TEMPLATE_SEND,
    USER_INFO,
    USER_INFOS,
    USER_LIST,
    WEB,
)
from sandbox.world import World

FOREIGN_PATHS: Mapping[str, frozenset[str]] = {
    MINI_PROGRAM: WEB
    | frozenset(
        {
            TEMPLATE_SEND,
            PRIVATE_TEMPLATES,
            ADD_PRIVATE,
            DELETE_PRIVATE,
            BIZSEND,
            CUSTOM_SEND,
            ONE_TIME_SEND,
            USER_INFO,
            USER_INFOS,
            USER_LIST,
            QR_CREATE,
            JS_TICKET,
        }
    ),
    OFFICIAL_ACCOUNT: frozenset(
        {SUBSCRIBE_SEND, LOGIN, COMPONENT_LOGIN, PHONE_NUMBER, CHECK_SESSION, RESET_SESSION}
    ),
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


def by_secret_for_code(world: World, asked: Asked) -> Account:
    """The account of a call that exchanges a person's code; from which IP doesn't matter there."""
    return _known_by_secret(world, asked.query, "authorization_code")


def by_appid_to_refresh(world: World, asked: Asked) -> Account:
    """The account of a call that renews a person's token: the refresh token is the secret."""
    return account_to(world, asked.query, "refresh_token")


def by_person_s_token(world: World, asked: Asked) -> Account:
    """The account whose web page holds a person's token."""
    return world.accounts[world.web.token(asked.query.get("access_token", ""), asked.now).appid]


def account_to(world: World, given: Mapping[str, str], grant: str) -> Account:
    """The account a call names, which must also say what it wants: 41002, 40013, 40002."""
    if not given.get("appid"):
        raise Refused(41002)
    account = world.account(given["appid"])
    if given.get("grant_type") != grant:
        raise Refused(40002)
    return account


def _by_secret(world: World, given: Mapping[str, str], ip: str) -> Account:
    account = _known_by_secret(world, given, "client_credential")
    if not account.admits(ip):
        raise Refused(40164, f"invalid ip {ip} ipv6 ::ffff:{ip}, not in whitelist")
    return account


def _known_by_secret(world: World, given: Mapping[str, str], grant: str) -> Account:
    account, secret = account_to(world, given, grant), given.get("secret", "")
    if not secret:
        raise Refused(41004)
    if account.secret and not compare_digest(secret.encode(), account.secret.encode()):
        raise Refused(40125)
    return account


def permit(account: Account, asked: Asked) -> None:
    """Checks rights and quotas, and counts the call."""
    if asked.path in account.denied_paths or asked.path in FOREIGN_PATHS.get(account.kind, ()):
        raise Refused(48001)
    account.usage.count(asked.path, asked.now, account.daily_quota, account.minute_quota)
