"""What the platform pushes to an account's hook: verified, decrypted, read; and nothing before that.

Plain pushes are signed by `signature` in the query. In safe and in compatible mode the body has an
`Encrypt` member, signed by `msg_signature` together with the query; then only what is inside it counts. The
body is XML or JSON, as the account's owner chose; its first character tells, its content type doesn't. What
comes through a third-party platform is always encrypted XML, and must be addressed to the account it is taken for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from channels._wechat.account import ENCRYPTED, Account
from channels._wechat.crypto import CryptoError, verify_signature
from ums.sdk.call import Json
from ums.sdk.hook import HookRefused, HookReply, HookRequest

TOLERANCE = 300.0
"""Seconds a push may be off the clock. The platform repeats a push within seconds, so repeats pass."""

TAKEN = "success"
"""What the platform wants to hear; anything else makes it push again."""

LONGEST_ADDRESS = 128
"""Characters of an openid; the platform's have 28."""
DEEPEST = 8
"""Levels of a push that are kept; its events have three."""

Members = Mapping[str, str]

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""What JSON can say and no database can hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One push in one form: its members as text, the items of its list, if it has one, and what else it holds.

    `key` says which of the account's keys has opened it (0 is the current one); None where it came in the open.
    """

    members: Members
    items: tuple[Members, ...] = ()
    others: Mapping[str, Json] = field(default_factory=dict)
    key: int | None = None

    @property
    def name(self) -> str:
        """The event's name; empty for what a person wrote."""
        return self.members.get("Event", "")

    @property
    def is_letter(self) -> bool:
        """Whether it is what a person wrote, who may be answered."""
        return not self.name and self.members.get("MsgType", "event") != "event"

    @property
    def address(self) -> str:
        """The openid the push is about. Raises `HookRefused` without one."""
        address = required(self.members, "FromUserName")
        if len(address) > LONGEST_ADDRESS:
            raise HookRefused("the FromUserName is no openid")
        return address


def opened(account: Account, request: HookRequest) -> Event | HookReply:
    """The event a push carries, or the answer to the platform's check of the address.

    Raises `HookRefused` for a push that is forged, stale, or can't be read.
    """
    if not account.token:
        raise HookRefused("the channel has no push token, so nothing can prove who sent this")
    if account.component:
        return _for(account, _decrypted(account, check_sealed(account, request)))
    _check_time(request)
    if request.method == "GET":
        return _echo(account, request)
    mode = request.query.get("encrypt_type", "raw")
    if mode == "aes":
        return _decrypted(account, _sealed(account, request))
    if mode != "raw":
        raise HookRefused("the encrypt_type is neither aes nor raw")
    _check_signature(account, request, "signature")
    if account.pushes == ENCRYPTED:
        raise HookRefused("the push is plain, and the channel believes encrypted ones alone (pushes=encrypted)")
    return parsed(request.body)


def check_sealed(account: Account, request: HookRequest) -> str:
    """What an encrypted push of XML holds, sealed, once its signature is found right; else raises `HookRefused`."""
    _check_time(request)
    if request.method != "POST" or request.query.get("encrypt_type", "aes") != "aes":
        raise HookRefused("what comes through a third-party platform is always encrypted")
    if not request.body.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        raise HookRefused("what comes through a third-party platform is always XML")
    return _sealed(account, request)


def parsed(body: bytes) -> Event:
    """The event in an XML or JSON document. Raises `HookRefused` for anything else."""
    document = body.removeprefix(b"\xef\xbb\xbf").strip()
    if document.startswith(b"<"):
        return _from_xml(document)
    if document.startswith(b"{"):
        return _from_json(document)
    raise HookRefused("the body is neither XML nor JSON")


def required(members: Members, name: str) -> str:
    """A member that must be there. Raises `HookRefused`."""
    value = members.get(name, "").strip()
    if not value:
        raise HookRefused(f"the event has no {name}")
    return value


def _check_time(request: HookRequest) -> None:
    stamp = request.query.get("timestamp", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise HookRefused("the query has no timestamp")
    if abs(request.now - int(stamp)) > TOLERANCE:
        raise HookRefused("the timestamp is more than five minutes off this machine's clock")


def _check_signature(account: Account, request: HookRequest, name: str, *more: str) -> None:
    query = request.query
    given, stamp, nonce = query.get(name, ""), query.get("timestamp", ""), query.get("nonce", "")
    if not verify_signature(given, account.token, stamp, nonce, *more):
        raise HookRefused(f"the {name} is wrong: forged, or the channel's push token is not the account's")


def _echo(account: Account, request: HookRequest) -> HookReply:
    _check_signature(account, request, "signature")
    if "echostr" not in request.query:
        raise HookRefused("the query has no echostr")
    return HookReply(body=request.query["echostr"])


def _for(account: Account, event: Event) -> Event:
    """The event, if it is meant for this account; the path by which it came proves nothing."""
    if account.original_id and event.members.get("ToUserName") != account.original_id:
        raise HookRefused("the push is for another account than the one whose address it came to")
    return event


def _sealed(account: Account, request: HookRequest) -> str:
    sealed = required(parsed(request.body).members, "Encrypt")
    _check_signature(account, request, "msg_signature", sealed)
    return sealed


def _decrypted(account: Account, sealed: str) -> Event:
    cipher = account.cipher
    if cipher is None:
        raise HookRefused("the push is encrypted, and the channel has no encoding_aes_key")
    try:
        message, key = cipher.open(sealed)
    except CryptoError as error:
        raise HookRefused(str(error)) from None
    return replace(parsed(message), key=key)


def _from_xml(document: bytes) -> Event:
    try:
        root = fromstring(document, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise HookRefused("the body is not the XML the platform sends") from None
    return _event(_of_element(root, 0))


def _of_element(element: Element, depth: int) -> Json:
    """What an element holds: its text, or its children by name, those of one name as an array."""
    if not len(element) or depth == DEEPEST:
        return element.text or ""
    children: dict[str, list[Json]] = {}
    for child in element:
        children.setdefault(child.tag, []).append(_of_element(child, depth + 1))
    return {name: found[0] if len(found) == 1 else found for name, found in children.items()}


def _from_json(document: bytes) -> Event:
    try:
        return _event(_of_value(json.loads(document), 0))
    except (ValueError, RecursionError):
        raise HookRefused("the body is not the JSON the platform sends") from None


def _of_value(value: Json, depth: int) -> Json:
    """A value with numbers as text: they come as numbers or as text, whatever the event."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, dict | list) and depth == DEEPEST:
        return ""
    if isinstance(value, dict):
        return {str(_of_value(name, depth)): _of_value(item, depth + 1) for name, item in value.items()}
    if isinstance(value, list):
        return [_of_value(item, depth + 1) for item in value]
    return value if value is None or isinstance(value, bool) else json.dumps(value)


def _event(document: Json) -> Event:
    members = document if isinstance(document, dict) else {}
    lists = [members.get("List"), *(_list_in(member) for member in members.values())]
    return Event(
        members=_texts(members),
        items=tuple(_texts(item) for found in lists for item in _items(found)),
        others={
            name: member
            for name, member in members.items()
            if not isinstance(member, str) and name != "List" and _list_in(member) is None
        },
    )


def _list_in(member: Json) -> Json:
    """The list that a member wraps, if it wraps one."""
    return member.get("List") if isinstance(member, dict) else None


def _items(entries: Json) -> list[Mapping[str, Json]]:
    """The items of a list, which is an object where there is one and an array where there are several."""
    return [entry for entry in (entries if isinstance(entries, list) else [entries]) if isinstance(entry, dict)]


def _texts(members: Mapping[str, Json]) -> Members:
    """The plain members."""
    return {name: value for name, value in members.items() if isinstance(value, str)}
