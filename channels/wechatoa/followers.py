"""Who follows an official account, and who they are.

Source: WeChat, `user/get` and `user/info/batchget`.
"""

from __future__ import annotations

from collections.abc import Sequence

from channels._wechat.account import Account
from channels._wechat.answer import Answer, is_whole
from channels._wechat.api import ask, entries, to
from channels._wechat.codes import Operation, unreadable
from channels._wechat.logins import known, name_in
from ums.sdk.call import Exchange, Json, json_body
from ums.sdk.errors import BadAddress
from ums.sdk.people import Follower, FollowerPage

LIST = "/cgi-bin/user/get"
DESCRIBE = "/cgi-bin/user/info/batchget"
MOST_ASKED = 100


def followers(account: Account, after: str) -> Exchange[FollowerPage]:
    """At most ten thousand of those who follow. The list has ended where the platform names no next one."""
    query = {"next_openid": after} if after else {}
    answer = yield from ask(to(account, "GET", LIST, query=query, repeatable=True), Operation.PEOPLE)
    addresses, following = _addresses(answer), name_in(answer, "next_openid")
    is_last = not addresses or following == after
    total = answer.get("total")
    return FollowerPage(
        addresses=addresses, after="" if is_last else following, total=total if is_whole(total) else len(addresses)
    )


def people(account: Account, addresses: Sequence[str]) -> Exchange[tuple[Follower, ...]]:
    """Who some people are. Raises ValueError for more than the platform takes in one call.

    One address that isn't the account's spoils the whole call (40003): then each half is asked for by itself.
    """
    if len(addresses) > MOST_ASKED:
        raise ValueError(f"at most {MOST_ASKED} addresses, not {len(addresses)}")
    if not addresses:
        return ()
    try:
        return (yield from _described(account, addresses))
    except BadAddress:
        if len(addresses) == 1:
            return ()
    half = len(addresses) // 2
    return (yield from people(account, addresses[:half])) + (yield from people(account, addresses[half:]))


def _described(account: Account, addresses: Sequence[str]) -> Exchange[tuple[Follower, ...]]:
    wanted: Json = {"user_list": [{"openid": address, "lang": "zh_CN"} for address in addresses]}
    call = to(account, "POST", DESCRIBE, body=json_body(wanted), repeatable=True)
    told = entries((yield from ask(call, Operation.PEOPLE)), "user_info_list")
    found = [(known(one), one.get("subscribe") in (1, "1")) for one in told]
    return tuple(Follower(person=person, following=following) for person, following in found if person is not None)


def _addresses(answer: Answer) -> tuple[str, ...]:
    """The openids of a page; an empty page comes without `data`."""
    data = answer.get("data")
    if data is None and answer.get("count") == 0:
        return ()
    listed = data.get("openid") if isinstance(data, dict) else None
    if not isinstance(listed, list):
        raise unreadable(Operation.PEOPLE, "The answer has no openids.")
    return tuple(name for one in listed if (name := name_in({"openid": one}, "openid")))
