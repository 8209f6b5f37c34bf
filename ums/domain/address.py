"""What a userid and a bound value may look like."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ums.domain.directory import Directory, invalid
from ums.domain.json import Json
from ums.domain.privacy import masked
from ums.domain.shown import shown
from ums.domain.wire import LINKED_CORP, PropertyName
from ums.domain.wire import TAG as TAG_NAME

LONGEST_USERID = 64
USERID = re.compile(r"(?!\.{1,2}\Z)[^\s/\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,64}")
USERID_RULE = "use 1 to 64 characters without white space, control characters or /; '.' and '..' are reserved"

# Surrogates can't be stored: they are halves of a character that a JSON escape left alone.
_VALUE = re.compile(r"(?!\s)[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]{1,255}(?<!\s)")
_VALUE_RULE = "1 to 255 characters without control characters, and no white space at either end"

TAG_BYTES = 40
TAG = re.compile(r"[A-Za-z0-9_@!#$&*+=.|￥\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]+")
"""The hosted UMS's REST API, "aud_tag"; the length, in bytes, is checked apart."""
TAG_RULE = "Chinese characters, Latin letters, digits and _ @ ! # $ & * + = . | ￥"

_OWN_PATTERNS: Mapping[str, tuple[re.Pattern[str], str]] = {
    TAG_NAME.wire: (TAG, TAG_RULE),
    LINKED_CORP.wire: (
        re.compile(r"[^/\s]+/\S+"),
        "the corporation's id, a slash and its userid, as in CorpId/zhangsan",
    ),
}


def as_userid(given: Json) -> Json:
    """What stands where a userid should; a whole number, as which many systems hold it, as its text."""
    # a longer number is nobody's key, and Python refuses to write out a very long one
    if isinstance(given, int) and not isinstance(given, bool) and abs(given) < 2**63:
        return str(given)
    return given


def check_userid(userid: str) -> None:
    """Raises BindingRefused where `userid` can't be one."""
    if not USERID.fullmatch(userid):
        raise invalid(f"userid: '{shown(userid)}' is no userid: {USERID_RULE}.")


def check_text(value: str, path: str) -> None:
    """Raises BindingRefused where `value` can't be stored; a value to delete is asked no more than that."""
    if not _VALUE.fullmatch(value):
        if not value:
            raise invalid(f"{path}: is empty; leave it out to keep what is bound, or remove the value with del.")
        raise invalid(f"{path}: must be {_VALUE_RULE}.")


def check_value(value: str, name: PropertyName, directory: Directory, path: str) -> None:
    """Raises BindingRefused where `value` can't be an address, or a tag, of this property."""
    check_text(value, path)
    pattern = directory.patterns.get(name.wire)
    if pattern is not None and not pattern.fullmatch(value):
        raise invalid(f"{path}: '{masked(value)}' is no {name.wire} address; the pattern is {pattern.pattern}")
    own = _OWN_PATTERNS.get(name.wire)
    if own is not None and not own[0].fullmatch(value):
        raise invalid(f"{path}: '{shown(value)}' is not made of {own[1]}.")
    if name is TAG_NAME and len(value.encode()) > TAG_BYTES:
        raise invalid(f"{path}: '{shown(value)}' is longer than {TAG_BYTES} bytes in UTF-8.")
