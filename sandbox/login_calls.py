"""The calls of a mini program's login: a code for a session, a code for a phone number."""

from __future__ import annotations

from hmac import compare_digest

from channels._wechat.crypto import user_session_hmac
from sandbox.accounts import Account
from sandbox.errors import Refused
from sandbox.exchange import Answer, Asked, as_json, document_in, text_in
from sandbox.web_calls import DONE
from sandbox.world import World

LOGINS_PER_MINUTE = 100
"""Of one person at one mini program."""
CHINA = "86"


def login(world: World, account: Account, asked: Asked) -> Answer:
    """The openid and the session key; the unionid where the account may be told it. There is no errcode."""
    code = world.logins.find(asked.query.get("js_code", ""), account.appid, asked.now)
    key = f"{asked.path} {code.openid}"
    account.usage.count(key, asked.now, {}, {key: LOGINS_PER_MINUTE})
    user = world.user(account, code.openid)
    if user.high_risk:
        raise Refused(40226)
    code.used = True
    told = {"session_key": code.session_key, "openid": code.openid}
    if user.unionid_known and account.unionid(code.openid):
        told["unionid"] = account.unionid(code.openid)
    return Answer(as_json(told), openid=code.openid)


def phone_number(world: World, account: Account, asked: Asked) -> Answer:
    """The number for its own kind of code."""
    code = world.phone_codes.find(text_in(document_in(asked.body), "code"), account.appid, asked.now)
    code.used = True
    watermark = {"timestamp": int(asked.now), "appid": account.appid}
    info = {**phone_members(world.user(account, code.openid).phone), "watermark": watermark}
    return Answer(as_json({"errcode": 0, "errmsg": "ok", "phone_info": info}), openid=code.openid)


def phone_members(phone: str) -> dict[str, object]:
    """The three members in which the platform tells a number: ``13800138000``, or ``852-91234567``."""
    country, _, number = phone.rpartition("-")
    dialled = f"+{country}{number}" if country else number
    return {"phoneNumber": dialled, "purePhoneNumber": number, "countryCode": country or CHINA}


def check_session(world: World, account: Account, asked: Asked) -> Answer:
    """Whether a session key is the person's present one."""
    return Answer(DONE, openid=_signed_for(account, asked))


def reset_session(world: World, account: Account, asked: Asked) -> Answer:
    """A new session key for who still has the present one."""
    openid = _signed_for(account, asked)
    key = account.new_session_key(openid, asked.now)
    told = {"errcode": 0, "errmsg": "ok", "openid": openid, "session_key": key}
    return Answer(as_json(told), openid=openid)


def _signed_for(account: Account, asked: Asked) -> str:
    """The person whose session key has signed the call. Raises ``Refused`` with 40097, 40003, 87007 or 87009."""
    openid, given = asked.query.get("openid", ""), asked.query.get("signature", "")
    if asked.query.get("sig_method") != "hmac_sha256":
        raise Refused(40097)
    session = account.sessions.get(openid)
    if session is None:
        raise Refused(40003)
    if asked.now >= session.expires_at:
        raise Refused(87007)
    if not compare_digest(given.encode(), user_session_hmac(session.value).encode()):
        raise Refused(87009)
    return openid
