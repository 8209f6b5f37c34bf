"""The calls of web authorisation: a code for a token, a token for what it tells of the person."""

from __future__ import annotations

from sandbox.accounts import Account
from sandbox.codes import Code
from sandbox.errors import Refused
from sandbox.exchange import Answer, Asked, as_json
from sandbox.paths import COMPONENT_SNS
from sandbox.web_grants import TOKEN_LIFE, USERINFO
from sandbox.world import World

PICTURE = "https://thirdwx.qlogo.cn/mmopen/vi_32/sandbox/132"
DONE = b'{"errcode":0,"errmsg":"ok"}'


def component_in(asked: Asked) -> str:
    """The third-party platform that makes this call for an account; "" where the account does itself."""
    return asked.query.get("component_appid", "") if asked.path in COMPONENT_SNS else ""


def access_token(world: World, account: Account, asked: Asked) -> Answer:
    """Tokens and the openid for a code; the unionid only where the person has allowed more than to be known."""
    code = world.web.codes.find(asked.query.get("code", ""), account.appid, asked.now, component_in(asked))
    code.used = True
    told = _tokens(world, code, world.web.new_refresh_token(code, asked.now), asked.now)
    if world.user(account, code.openid).snapshot:
        told["is_snapshotuser"] = 1
    unionid = account.unionid(code.openid)
    if code.scope == USERINFO and unionid:
        told["unionid"] = unionid
    return Answer(as_json(told), openid=code.openid)


def refresh_token(world: World, account: Account, asked: Asked) -> Answer:
    """One more token for two hours; the refresh token stays what it is."""
    value = asked.query.get("refresh_token", "")
    code = world.web.refreshed(value, asked.now)
    if (code.appid, code.component) != (account.appid, component_in(asked)):
        raise Refused(40030)
    return Answer(as_json(_tokens(world, code, value, asked.now)), openid=code.openid)


def userinfo(world: World, account: Account, asked: Asked) -> Answer:
    """Who the person is; the answer has no errcode."""
    code = _person(world, asked)
    if code.scope != USERINFO:
        raise Refused(48001)
    told: dict[str, object] = {"openid": code.openid, "nickname": account.nickname(code.openid), "sex": 0}
    told |= {"language": "", "city": "", "province": "", "country": "", "headimgurl": PICTURE, "privilege": []}
    unionid = account.unionid(code.openid)
    return Answer(as_json(told | ({"unionid": unionid} if unionid else {})), openid=code.openid)


def check(world: World, account: Account, asked: Asked) -> Answer:
    """Whether a token is still good for a person."""
    return Answer(DONE, openid=_person(world, asked).openid)


def _person(world: World, asked: Asked) -> Code:
    """Whom the token is about, who must be the one that is asked for: 41009, 40003."""
    code, openid = world.web.token(asked.query.get("access_token", ""), asked.now), asked.query.get("openid", "")
    if not openid:
        raise Refused(41009)
    if openid != code.openid:
        raise Refused(40003)
    return code


def _tokens(world: World, code: Code, refresh: str, now: float) -> dict[str, object]:
    return {
        "access_token": world.web.new_token(code, now),
        "expires_in": TOKEN_LIFE,
        "refresh_token": refresh,
        "openid": code.openid,
        "scope": code.scope,
    }
