"""How people show themselves at the fake provider: by a code in its app, by a scene, by what they do.

A code `ADDRESS/anything` is that address's; one that ends in `/once` serves once. The key of its sessions is
`key-of-ADDRESS`, and what it seals is JSON that names the key.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from typing import Protocol

from ums.sdk.call import Call, Exchange, Json, Reply, json_body
from ums.sdk.errors import BadContent
from ums.sdk.hook import HookReply, HookRequest
from ums.sdk.people import AppLogin, HasAppLogin, HasReplies, HasScenes, Person, Scene, SealedWords


class HasAddress(Protocol):
    """The settings of the fake's channels, as far as this asks."""

    @property
    def base_url(self) -> str: ...

    @property
    def account(self) -> str: ...


def key_of(address: str) -> str:
    return f"key-of-{address}"


def sealed_by(address: str, account: str = "app1", **more: Json) -> dict[str, str]:
    """What a page of `account` is given sealed about an address."""
    words = {"key": key_of(address), "account": account, "openId": address, "nickName": "Li", **more}
    return {"encryptedData": json.dumps(words), "iv": "iv"}


class FakePeople(HasAppLogin[HasAddress], HasScenes[HasAddress], HasReplies[HasAddress]):
    """What a plugin of the fake provider's mixes in."""

    identifying = frozenset({"openId", "unionId", "key", "account"})
    longest_scene_life = 2_592_000.0

    def log_in(self, settings: HasAddress, code: str, *, platform: object = None) -> Exchange[AppLogin]:
        told = yield from _asked(settings, "/login", {"code": code})
        address = str(told["address"])
        person = Person(address=address, union=str(told["union"]))
        return AppLogin(person=person, session_key=key_of(address))

    def opened(self, settings: HasAddress, session_key: str, sealed: SealedWords, now: float) -> Mapping[str, Json]:
        try:
            words = json.loads(sealed.data)
            is_right = (words["key"], words["account"], sealed.iv) == (session_key, settings.account, "iv")
        except (ValueError, KeyError, TypeError, RecursionError):
            is_right = False
        if not is_right or sealed.signature not in (None, f"signed:{sealed.raw}"):
            raise BadContent("data_refused")
        return dict(words)

    def person_in(self, settings: HasAddress, opened: Mapping[str, Json]) -> Person | None:
        address = opened.get("openId")
        return Person(address=str(address), union=str(opened.get("unionId", ""))) if address else None

    def asks_phone(self, settings: HasAddress) -> bool:
        return getattr(settings, "phone_numbers", "off") == "on"

    def phone(self, settings: HasAddress, code: str) -> Exchange[str]:
        told = yield from _asked(settings, "/phone", {"code": code})
        return str(told["phone"])

    def scene(self, settings: HasAddress, scene: str, seconds: float) -> Exchange[Scene]:
        yield from _asked(settings, "/scene", {"scene": scene})
        picture_url = f"{settings.base_url}/picture/{len(scene)}"
        return Scene(picture_url=picture_url, content=f"fake://scene/{scene}", lifetime=seconds)

    def saying(self, settings: HasAddress, request: HookRequest, words: str) -> HookReply:
        return HookReply(body=f"say {words}")

    def binds_for(self, settings: HasAddress) -> str:
        return str(getattr(settings, "bind_application", ""))

    def words_for(self, settings: HasAddress, kind: str) -> str:
        return "go to {url}" if kind == "link" else kind


def _asked(settings: HasAddress, path: str, body: Mapping[str, Json]) -> Generator[Call, Reply, dict[str, Json]]:
    reply = yield Call("POST", f"{settings.base_url}{path}", body=json_body(dict(body)), token=True)
    told: dict[str, Json] = json.loads(reply.body)
    if told["code"] != 0:
        raise BadContent("code_refused", provider_code=int(str(told["code"])), provider_message=str(told["words"]))
    return told
