"""Customer-service and one-time subscription messages: what fills no template."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.accounts import Account
from sandbox.errors import Refused
from sandbox.exchange import Answer, Asked, document_in, text_in
from sandbox.world import World

NEEDED: Mapping[str, tuple[str, ...]] = {
    "text": ("content",),
    "image": ("media_id",),
    "voice": ("media_id",),
    "video": ("media_id", "thumb_media_id"),
    "music": ("musicurl", "hqmusicurl", "thumb_media_id"),
    "mpnews": ("media_id",),
    "mpnewsarticle": ("article_id",),
    "wxcard": ("card_id",),
    "miniprogrampage": ("appid", "pagepath", "thumb_media_id"),
}
"""What the object of each ``msgtype`` must hold, all of them texts; ``news`` and ``msgmenu`` hold lists."""
LONGEST_TITLE = 15
LONGEST_CONTENT = 200
LARGEST_SCENE = 10_000
OK = b'{"errcode":0,"errmsg":"ok"}'


def send_customer_service(world: World, account: Account, asked: Asked) -> Answer:
    """``/cgi-bin/message/custom/send``: to who has just been active, as often as what he did allows."""
    document = document_in(asked.body)
    openid = text_in(document, "touser")
    user = world.user(account, openid)
    _check_form(document)
    if not user.following:
        raise Refused(43004)
    account.windows.spend(openid, asked.now)
    account.hand_over(openid)
    return Answer(OK, openid=openid)


def send_one_time(world: World, account: Account, asked: Asked) -> Answer:
    """``/cgi-bin/message/template/subscribe``: one message for one consent, whether the person follows or not.

    What the platform says without a consent is not published: the sandbox says 43101.
    """
    document = document_in(asked.body)
    openid, template_id = text_in(document, "touser"), text_in(document, "template_id")
    world.user(account, openid)
    if not template_id:
        raise Refused(40037)
    scene = _scene(document.get("scene"))
    if not 1 <= len(text_in(document, "title").strip()) <= LONGEST_TITLE:
        raise Refused(40062)
    _check_content(document.get("data"))
    if (openid, template_id, scene) not in account.consents:
        raise Refused(43101)
    account.consents.discard((openid, template_id, scene))
    account.hand_over(openid)
    return Answer(OK, openid=openid)


def _check_form(document: Mapping[str, object]) -> None:
    """40008 for an unknown ``msgtype``, 45008 for several articles, 47001 for an object that lacks something."""
    kind = text_in(document, "msgtype")
    if kind not in NEEDED and kind not in {"news", "msgmenu"}:
        raise Refused(40008)
    body = document.get(kind)
    if not isinstance(body, dict):
        raise Refused(47001)
    if kind == "news":
        _check_articles(body.get("articles"))
    elif kind == "msgmenu":
        _check_entries(body.get("list"))
    elif any(not text_in(body, name).strip() for name in NEEDED[kind]):
        raise Refused(47001)


def _check_articles(articles: object) -> None:
    if not isinstance(articles, list) or not articles or not all(isinstance(one, dict) for one in articles):
        raise Refused(47001)
    if len(articles) > 1:
        raise Refused(45008)


def _check_entries(entries: object) -> None:
    if not isinstance(entries, list) or not entries:
        raise Refused(47001)
    for entry in entries:
        if not isinstance(entry, dict) or not text_in(entry, "id") or not text_in(entry, "content").strip():
            raise Refused(47001)


def _scene(given: object) -> int:
    text = str(given) if isinstance(given, str | int) and not isinstance(given, bool) else ""
    if not (text.isascii() and text.isdecimal() and int(text) <= LARGEST_SCENE):
        raise Refused(47003, "argument invalid! scene invalid")
    return int(text)


def _check_content(data: object) -> None:
    content = data.get("content") if isinstance(data, dict) else None
    value = text_in(content, "value") if isinstance(content, dict) else ""
    if not value.strip():
        raise Refused(47003, "argument invalid! data.content.value is emtpy")
    if len(value) > LONGEST_CONTENT:
        raise Refused(47003, "argument invalid! data.content.value invalid")
