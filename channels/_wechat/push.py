"""What the platform pushes to an account's hook: verified, decrypted, read; and nothing before that.

Plain pushes are signed by `signature` in the query. In safe and in compatible mode the body has an
`Encrypt` member, signed by `msg_signature` together with the query; then only what is inside it counts. The
body is XML or JSON, as the account's owner chose; its first character tells, its content type doesn't.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from channels._wechat.account import Account
from channels._wechat.crypto import CryptoError, verify_signature
from ums.sdk.call import Json
from ums.sdk.hook import HookRefused, HookReply, HookRequest

TOLERANCE = 300.0
"""Seconds a push may be off the clock. The platform repeats a push within seconds, so repeats pass."""

TAKEN = "success"
"""What the platform wants to hear; anything else makes it push again."""

Members = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One push in one form: its members as text, and the items of its list, if it has one."""

    members: Members
    items: tuple[Members, ...] = ()

    @property
    def name(self) -> str:
        """The event's name; empty for what a person wrote."""
        return self.members.get("Event", "")

    @property
    def address(self) -> str:
        """The openid the push is about. Raises `HookRefused` without one."""
        return required(self.members, "FromUserName")


def opened(account: Account, request: HookRequest) -> Event | HookReply:
    """The event a push carries, or the answer to the platform's check of the address.

    Raises `HookRefused` for a push that is forged, stale, or can't be read.
    """
    if not account.token:
        raise HookRefused("the channel has no push token, so nothing can prove who sent this")
    _check_time(request)
    if request.method == "GET":
        return _echo(account, request)
    mode = request.query.get("encrypt_type", "raw")
    if mode == "aes":
        return parsed(_decrypted(account, request))
    if mode != "raw":
        raise HookRefused("the encrypt_type is neither aes nor raw")
    _check_signature(account, request, "signature")
    return parsed(request.body)


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


def _decrypted(account: Account, request: HookRequest) -> bytes:
    sealed = required(parsed(request.body).members, "Encrypt")
    _check_signature(account, request, "msg_signature", sealed)
    cipher = account.cipher
    if cipher is None:
        raise HookRefused("the push is encrypted, and the channel has no encoding_aes_key")
    try:
        return cipher.decrypt(sealed)
    except CryptoError as error:
        raise HookRefused(str(error)) from None


def _from_xml(document: bytes) -> Event:
    try:
        root = fromstring(document, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise HookRefused("the body is not the XML the platform sends") from None
    lists = [child for child in root if child.tag == "List"]
    lists += [child for wrapper in root for child in wrapper if child.tag == "List"]
    return Event(members=_children(root), items=tuple(_children(item) for item in lists))


def _children(element: Element) -> Members:
    return {child.tag: child.text or "" for child in element}


def _from_json(document: bytes) -> Event:
    try:
        value: Json = json.loads(document)
    except (ValueError, RecursionError):
        raise HookRefused("the body is not the JSON the platform sends") from None
    members = value if isinstance(value, dict) else {}
    nested = [member["List"] for member in members.values() if isinstance(member, dict) and "List" in member]
    return Event(members=_texts(members), items=tuple(_items(members.get("List"), *nested)))


def _items(*lists: Json) -> list[Members]:
    """The items of every list, each an object when there is one and an array when there are several."""
    entries = [entry for item in lists for entry in (item if isinstance(item, list) else [item])]
    return [_texts(entry) for entry in entries if isinstance(entry, dict)]


def _texts(members: Mapping[str, Json]) -> Members:
    """The plain members as text; numbers come as numbers or as text, whatever the event."""
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in members.items()
        if isinstance(value, str | int | float) and not isinstance(value, bool)
    }
