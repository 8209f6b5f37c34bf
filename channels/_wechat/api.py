"""Every call to the platform goes through `ask`: one place that knows tokens, refusals and odd answers.

No I/O happens here: the functions are exchanges, carried by whoever runs them. A call that fails without an
answer is raised by the driver at the `yield`, already as the right `SendError`, and passes through.
"""

from __future__ import annotations

from collections.abc import Mapping

from channels._wechat.account import CLASSIC, Account
from channels._wechat.answer import STALE_TOKEN, Answer, is_whole, message_id, read, refused
from channels._wechat.codes import Operation, unreadable
from ums.sdk.call import Call, Exchange, Json, json_body
from ums.sdk.errors import Accepted
from ums.sdk.tokens import Token

STABLE_PATH = "/cgi-bin/stable_token"
CLASSIC_PATH = "/cgi-bin/token"
LONGEST_LIFE = 7200.0
"""Seconds; the platform never gives more, so a larger figure isn't the platform's."""
LONGEST_TOKEN = 2048
NO_QUERY: Mapping[str, str] = {}


def ask(call: Call, operation: Operation) -> Exchange[Answer]:
    """Make a call and return its answer. Raises a `SendError` where the answer is not a success.

    A refused token is renewed and the call repeated, once. A token refused even then is not a matter of
    its age: another system takes it from us, or it isn't meant for this account. That is `BadChannel`, so
    that the deliveries are kept and an operator hears of it, instead of a day of refusals.
    """
    code, answer = read((yield call), operation)
    if code in STALE_TOKEN and call.token:
        code, answer = read((yield call.renewed()), operation)
    if code != 0:
        raise refused(code, answer, operation)
    return answer


def to(
    account: Account,
    method: str,
    path: str,
    *,
    query: Mapping[str, str] = NO_QUERY,
    body: bytes = b"",
    token: bool = True,
    repeatable: bool = False,
) -> Call:
    """A call to the platform as this account makes it: where to, and through which proxy."""
    return Call(
        method,
        account.base_url + path,
        query=query,
        body=body,
        token=token,
        repeatable=repeatable,
        proxy=account.proxy,
    )


def fetch_token(account: Account, *, force: bool = False) -> Exchange[Token]:
    """The account's token, by the interface that its settings name; another one than the present one by `force`."""
    call = _classic(account) if account.token_interface == CLASSIC else _stable(account, force=force)
    return token_in((yield from ask(call, Operation.ACCESS)), "access_token")


def _stable(account: Account, *, force: bool) -> Call:
    """Asks the interface that gives the same token to all who ask, unless it is forced."""
    body: Json = {**_credentials(account), "force_refresh": force}
    return to(account, "POST", STABLE_PATH, body=json_body(body), token=False, repeatable=True)


def _classic(account: Account) -> Call:
    """Asks the interface that makes a new token each time; the one before lives for five more minutes."""
    return to(account, "GET", CLASSIC_PATH, query=_credentials(account), token=False, repeatable=True)


def _credentials(account: Account) -> dict[str, str]:
    return {"grant_type": "client_credential", "appid": account.appid, "secret": account.secret}


def send(account: Account, path: str, body: bytes, operation: Operation) -> Exchange[Accepted]:
    """Hand one rendered message over."""
    answer = yield from ask(to(account, "POST", path, body=body), operation)
    return Accepted(provider_id=message_id(answer))


def fetch_list(account: Account, path: str, member: str) -> Exchange[list[Answer]]:
    """The objects of the list that an answer has under `member`. Raises `Transient` if there is none."""
    return entries((yield from fetch(account, path, {})), member)


def fetch(account: Account, path: str, query: Mapping[str, str]) -> Exchange[Answer]:
    """What the platform says of something that is only read."""
    return (yield from ask(to(account, "GET", path, query=query, repeatable=True), Operation.LIST))


def change(account: Account, path: str, body: Json, operation: Operation = Operation.LIST) -> Exchange[Answer]:
    """What the platform says of a change. Raises `Uncertain` where it may have been made and nobody knows."""
    return (yield from ask(to(account, "POST", path, body=json_body(body)), operation))


def entries(answer: Answer, member: str) -> list[Answer]:
    """The objects of the list that an answer has under `member`. Raises `Transient` if there is none."""
    listed = answer.get(member)
    if not isinstance(listed, list):
        raise unreadable(Operation.LIST, f"The answer has no list {member}.")
    return [_entry(item, member) for item in listed]


def _entry(item: Json, member: str) -> Answer:
    if not isinstance(item, dict):
        raise unreadable(Operation.LIST, f"An entry of {member} is no object.")
    return item


def token_in(answer: Answer, member: str, *, renew_before: float | None = None) -> Token:
    """The token that an answer has under `member`, and how long it lives. Raises `Transient` if there is none."""
    value, life = answer.get(member), answer.get("expires_in")
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_TOKEN or not value.isascii():
        raise unreadable(Operation.ACCESS, f"The answer has no {member}.")
    if not is_whole(life) or life <= 0 or not value.isprintable():
        raise unreadable(Operation.ACCESS, "The answer does not say how long the token lives.")
    return Token(value=value, lifetime=min(float(life), LONGEST_LIFE), renew_before=renew_before)
