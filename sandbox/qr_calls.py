"""Making a QR code with a scene, and looking at it.

What the platform says to a wrong body is not published: the sandbox says 40052 to a wrong ``action_name``, 40053 to
a wrong ``action_info`` and 40097 to an ``expire_seconds`` out of bounds.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from sandbox.accounts import Account
from sandbox.errors import Refused
from sandbox.exchange import Answer, Asked, as_json, document_in
from sandbox.qr import QrCode, picture
from sandbox.visits import Page, Visit, refused
from sandbox.world import World

SHOW = "/cgi-bin/showqrcode"
LONGEST_LIFE = 2_592_000
DEFAULT_LIFE = 60
LONGEST_SCENE = 64
LARGEST_SCENE: Mapping[str, int] = {"QR_SCENE": 2**32 - 1, "QR_LIMIT_SCENE": 100_000}
NAMED = ("QR_STR_SCENE", "QR_LIMIT_STR_SCENE")
LASTING = ("QR_LIMIT_SCENE", "QR_LIMIT_STR_SCENE")


def create(world: World, account: Account, asked: Asked) -> Answer:
    """A ticket for the picture, and the address that is in the picture."""
    document = document_in(asked.body)
    action = document.get("action_name")
    if not isinstance(action, str) or action not in (*LARGEST_SCENE, *NAMED):
        raise Refused(40052)
    scene, life = _scene(action, document.get("action_info")), _life(action, document.get("expire_seconds"))
    told: dict[str, object] = {"url": f"http://weixin.qq.com/q/{secrets.token_urlsafe(12)}"}
    if life is not None:
        told["expire_seconds"] = life
    until = None if life is None else asked.now + life
    return Answer(as_json({"ticket": world.qr_codes.issue(QrCode(account.appid, scene, until)), **told}))


def show(world: World, visit: Visit) -> Page:
    """The picture; a page with 404 for a ticket that is unknown or over."""
    ticket = visit.query.get("ticket", "")
    if world.qr_codes.find(ticket, visit.now) is None:
        return refused(Refused(40097, "the ticket is unknown or expired"), 404)
    return Page(picture(ticket), content_type="image/png")


def _scene(action: str, info: object) -> str:
    scene = info.get("scene") if isinstance(info, dict) else None
    if not isinstance(scene, dict):
        raise Refused(40053)
    given = scene.get("scene_str" if action in NAMED else "scene_id")
    if action in NAMED and isinstance(given, str) and 1 <= len(given) <= LONGEST_SCENE:
        return given
    if action in LARGEST_SCENE and type(given) is int and 1 <= given <= LARGEST_SCENE[action]:
        return str(given)
    raise Refused(40053)


def _life(action: str, given: object) -> int | None:
    """Seconds; None for the codes that stay, whatever is said of them."""
    if action in LASTING:
        return None
    if given is None:
        return DEFAULT_LIFE
    if type(given) is not int or not 1 <= given <= LONGEST_LIFE:
        raise Refused(40097, f"expire_seconds must be from 1 to {LONGEST_LIFE}")
    return given
