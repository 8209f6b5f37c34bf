"""Who follows an account: one by one, by the hundred, and all of them page by page."""

from __future__ import annotations

from sandbox.accounts import Account
from sandbox.errors import Refused
from sandbox.exchange import Answer, Asked, as_json, document_in, text_in
from sandbox.world import World

MOST_ASKED = 100


def user_info(world: World, account: Account, asked: Asked) -> Answer:
    """Whether a person follows; of someone who does not, nothing else is said."""
    openid = asked.query.get("openid", "")
    return Answer(as_json(_described(world, account, openid)), openid=openid)


def many_infos(world: World, account: Account, asked: Asked) -> Answer:
    """The same of up to a hundred; one whom the account doesn't know fails the call."""
    asked_for = document_in(asked.body).get("user_list")
    if not isinstance(asked_for, list) or not all(isinstance(one, dict) for one in asked_for):
        raise Refused(47001)
    if not 1 <= len(asked_for) <= MOST_ASKED:
        raise Refused(40032)
    described = [_described(world, account, text_in(one, "openid")) for one in asked_for]
    return Answer(as_json({"user_info_list": described}))


def followers(world: World, account: Account, asked: Asked) -> Answer:
    """The openids of a page, in the order they were listed.

    ``next_openid`` is the last of them; the page behind the last one has no ``data``, and an empty ``next_openid``.
    """
    following = [openid for openid, user in account.users.items() if user.following]
    after, start = asked.query.get("next_openid", ""), 0
    if after:
        if after not in following:
            raise Refused(40003)
        start = following.index(after) + 1
    page = following[start : start + account.followers_per_page]
    told: dict[str, object] = {"total": len(following), "count": len(page)}
    if page:
        told["data"] = {"openid": page}
    return Answer(as_json({**told, "next_openid": page[-1] if page else ""}))


def _described(world: World, account: Account, openid: str) -> dict[str, object]:
    user = world.user(account, openid)
    if not user.following:
        return {"subscribe": 0, "openid": openid}
    known: dict[str, object] = {"subscribe": 1, "openid": openid, "language": "", "subscribe_time": 1_700_000_000}
    known |= {"remark": "", "groupid": 0, "tagid_list": []}
    known["subscribe_scene"] = "ADD_SCENE_QR_CODE" if user.scene else "ADD_SCENE_OTHERS"
    known |= {"qr_scene": int(user.scene) if user.scene.isdecimal() else 0, "qr_scene_str": user.scene}
    unionid = account.unionid(openid)
    return known | ({"unionid": unionid} if unionid else {})
