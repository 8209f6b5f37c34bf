"""Who uses a mini program, what its pages are given sealed, and phone numbers.

Sources: WeChat, `jscode2session`, "checking and decrypting open data", `getuserphonenumber`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast

from channels._wechat.account import Account
from channels._wechat.answer import Answer, is_whole
from channels._wechat.api import ask, to
from channels._wechat.codes import DATA_EXPIRED, DATA_REFUSED, Operation, unreadable
from channels._wechat.component.settings import Component
from channels._wechat.crypto import CryptoError, decrypt_user_data, verify_rawdata
from channels._wechat.logins import Way, person_in, redeem
from ums.sdk.call import Exchange, Json, json_body
from ums.sdk.errors import BadContent
from ums.sdk.people import AppLogin, SealedWords

APP = Way("/sns/jscode2session", "/sns/component/jscode2session", "js_code")
PHONE = "/wxa/business/getuserphonenumber"
LONGEST_KEY = 256
FRESH = 300.0
"""Seconds that a watermark may be off the clock: as long as the codes that come with what it stands in."""
CHINA = "86"
IDENTIFYING = frozenset({"openId", "unionId", "watermark", "phoneNumber", "purePhoneNumber", "openGId"})
"""Members of sealed data that name somebody; the group that a page was shared to is as good as a name."""
_DIGITS = re.compile(r"[0-9]{1,15}")


def log_in(account: Account, code: str, platform: Component | None) -> Exchange[AppLogin]:
    """Who got this code of `wx.login`, and his session key."""
    answer = yield from redeem(account, APP, code, platform)
    person, key = person_in(answer), answer.get("session_key")
    if not isinstance(key, str) or not 0 < len(key) <= LONGEST_KEY:
        raise unreadable(Operation.LOGIN, "The answer has no session_key.")
    return AppLogin(person=person, session_key=key)


def opened(account: Account, session_key: str, sealed: SealedWords, now: float) -> Mapping[str, Json]:
    """What a page was given sealed.

    Whatever is wrong with it has one reason, `data_refused`: who sends made-up words learns nothing from that. Only
    what has been opened can be too old, `data_expired`.
    """
    try:
        if not _signed(session_key, sealed):
            raise CryptoError
        found = cast("Answer", decrypt_user_data(session_key, sealed.iv, sealed.data, account.appid))
    except CryptoError:
        raise BadContent(DATA_REFUSED) from None
    moment = _watermark(found).get("timestamp")
    if not is_whole(moment):
        raise BadContent(DATA_REFUSED)
    if abs(now - moment) > FRESH:
        raise BadContent(DATA_EXPIRED)
    return found


def phone_number(account: Account, code: str) -> Exchange[str]:
    """The number that a page was given this code for: a Chinese one bare, others with `+` and their country."""
    call = to(account, "POST", PHONE, body=json_body({"code": code}), repeatable=True)
    info = (yield from ask(call, Operation.PHONE)).get("phone_info")
    if not isinstance(info, dict):
        raise unreadable(Operation.PHONE, "The answer has no phone_info.")
    if _watermark(info).get("appid") != account.appid:
        raise BadContent(DATA_REFUSED)
    country, number = _digits(info, "countryCode"), _digits(info, "purePhoneNumber")
    return number if country == CHINA else f"+{country}{number}"


def _signed(session_key: str, sealed: SealedWords) -> bool:
    """Whether the signature that came along is right; where neither it nor what it signs came, there is none."""
    if sealed.raw is None or sealed.signature is None:
        return sealed.raw is sealed.signature
    return verify_rawdata(sealed.signature, sealed.raw, session_key)


def _watermark(found: Mapping[str, Json]) -> Answer:
    mark = found.get("watermark")
    return mark if isinstance(mark, dict) else {}


def _digits(info: Answer, member: str) -> str:
    value = info.get(member)
    written = str(value) if is_whole(value) else value
    if not isinstance(written, str) or not _DIGITS.fullmatch(written):
        raise unreadable(Operation.PHONE, f"The answer has no {member}.")
    return written
