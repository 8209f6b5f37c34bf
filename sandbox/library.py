"""The public template library: what can be chosen from it, and an account's own list made longer and shorter.

Documented refusals come with their own numbers.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import NamedTuple

from sandbox.accounts import Account
from sandbox.errors import Refused
from sandbox.exchange import Answer, Asked, as_json, document_in, text_in
from sandbox.templates import Template, subscription_template, template_message
from sandbox.world import World

MOST_SUBSCRIPTION = 50
MOST_TEMPLATE_MESSAGES = 25
MOST_TITLES = 30
"""Titles of one answer."""
LONGEST_SCENE = 15
KEYWORDS = range(2, 6)
ONE_TIME = range(10_000_001, 20_000_000)
"""The new one-time templates, whose keywords can't be chosen."""


class Keyword(NamedTuple):
    """One keyword of a title: its number, what people call it, an example, and its type."""

    kid: int
    name: str
    example: str
    rule: str


class Title(NamedTuple):
    """One template of the library; `type` is 2 for one-time, 3 for long-term."""

    tid: int
    title: str
    category: int
    type: int
    keywords: tuple[Keyword, ...]


CATEGORIES: Mapping[int, str] = {616: "电商平台", 307: "快递、邮政"}
_SHIPPED = (
    Keyword(1, "订单号", "SO20260101", "character_string"),
    Keyword(2, "商品名称", "绿茶", "thing"),
    Keyword(3, "发货时间", "2026年1月1日 15:01", "time"),
    Keyword(4, "订单金额", "￥12.50", "amount"),
    Keyword(5, "备注", "请留意查收", "thing"),
    Keyword(6, "状态", "已发货", "phrase"),
)
_ARRIVED = (
    Keyword(1, "快递单号", "SF10086", "character_string"),
    Keyword(2, "取件地址", "东门驿站", "thing"),
    Keyword(3, "取件码", "8-2-1001", "character_string"),
)
TITLES: Mapping[int, Title] = {
    title.tid: title
    for title in (
        Title(1221, "订单发货提醒", 616, 2, _SHIPPED),
        Title(1458, "订单支付成功通知", 616, 2, _SHIPPED),
        Title(2003, "快递到达通知", 307, 2, _ARRIVED),
        Title(10_000_001, "快递动态", 307, 2, _ARRIVED),
    )
}


def categories(world: World, account: Account, asked: Asked) -> Answer:
    """The account's categories."""
    return _answer(data=[{"id": number, "name": name} for number, name in CATEGORIES.items()])


def titles(world: World, account: Account, asked: Asked) -> Answer:
    """The templates of some categories, page by page."""
    ids = asked.query.get("ids", "")
    if not ids:
        raise Refused(200018)
    wanted = ids.split(",")
    if any(not each.isdecimal() or int(each) not in CATEGORIES for each in wanted):
        raise Refused(200019)
    start, limit = asked.query.get("start", ""), asked.query.get("limit", "")
    if not start.isdecimal():
        raise Refused(200016)
    if not limit.isdecimal() or not 1 <= int(limit) <= MOST_TITLES:
        raise Refused(200017)
    found = [title for title in TITLES.values() if str(title.category) in wanted]
    page = [
        {"tid": title.tid, "title": title.title, "type": title.type, "categoryId": str(title.category)}
        for title in found[int(start) : int(start) + int(limit)]
    ]
    return _answer(count=len(found), data=page)


def keywords(world: World, account: Account, asked: Asked) -> Answer:
    """What can be chosen for one template."""
    title = _title(asked.query.get("tid", ""))
    return _answer(count=len(title.keywords), data=[word._asdict() for word in title.keywords])


def add_subscription(world: World, account: Account, asked: Asked) -> Answer:
    """Puts a template with chosen keywords on the account's list."""
    document = document_in(asked.body)
    title = _title(str(document.get("tid", "")))
    chosen = _chosen(title, document.get("kidList"))
    if len(text_in(document, "sceneDesc")) > LONGEST_SCENE:
        raise Refused(200021)
    content = "".join(f"{word.name}:{{{{{word.rule}{word.kid}.DATA}}}}\n" for word in chosen)
    listed = account.subscription_templates
    if any((item.listed["title"], item.listed["content"]) == (title.title, content) for item in listed.values()):
        raise Refused(200022)
    if len(listed) >= MOST_SUBSCRIPTION:
        raise Refused(200012)
    example = "".join(f"{word.name}:{word.example}\n" for word in chosen)
    entry = {"title": title.title, "content": content, "example": example, "type": title.type}
    added = subscription_template({"priTmplId": secrets.token_urlsafe(32), **entry})
    account.subscription_templates = {**listed, added.id: added}
    return _answer(priTmplId=added.id)


def delete_subscription(world: World, account: Account, asked: Asked) -> Answer:
    """Takes a template off the list; an id it doesn't have is a wrong parameter (nothing is documented for it)."""
    account.subscription_templates = _without(account.subscription_templates, asked, "priTmplId", 20002)
    return _answer()


def add_template_message(world: World, account: Account, asked: Asked) -> Answer:
    """Puts a category template, chosen by its number and its keywords' names, on the official account's list."""
    document = document_in(asked.body)
    number, names = str(document.get("template_id_short", "")), document.get("keyword_name_list")
    if not number.isdecimal() or int(number) not in TITLES:
        raise Refused(40247)
    title = TITLES[int(number)]
    known = {word.name: word for word in title.keywords}
    if (
        not isinstance(names, list)
        or not names
        or any(not isinstance(name, str) or name not in known for name in names)
    ):
        raise Refused(40246)
    if len(account.templates) >= MOST_TEMPLATE_MESSAGES:
        raise Refused(45026)
    content = "".join(f"{name}:{{{{{known[name].rule}{known[name].kid}.DATA}}}}\n" for name in names)
    entry = {"title": title.title, "primary_industry": "", "deputy_industry": "", "content": content, "example": ""}
    added = template_message({"template_id": secrets.token_urlsafe(32), **entry})
    account.templates = {**account.templates, added.id: added}
    return _answer(template_id=added.id)


def delete_template_message(world: World, account: Account, asked: Asked) -> Answer:
    """Takes a template off the official account's list."""
    account.templates = _without(account.templates, asked, "template_id", 40037)
    return _answer()


def _title(number: str) -> Title:
    if not number.isdecimal() or int(number) not in TITLES:
        raise Refused(200014)
    return TITLES[int(number)]


def _chosen(title: Title, numbers: object) -> list[Keyword]:
    """The keywords in the order asked for. The new one-time templates take none, and have all of theirs."""
    if title.tid in ONE_TIME:
        if numbers:
            raise Refused(200020)
        return list(title.keywords)
    known = {word.kid: word for word in title.keywords}
    if not isinstance(numbers, list) or len(numbers) not in KEYWORDS or len(set(map(str, numbers))) < len(numbers):
        raise Refused(200020)
    if any(not isinstance(number, int) or number not in known for number in numbers):
        raise Refused(200020)
    return [known[number] for number in numbers]


def _without(listed: Mapping[str, Template], asked: Asked, name: str, errcode: int) -> dict[str, Template]:
    gone = text_in(document_in(asked.body), name)
    if gone not in listed:
        raise Refused(errcode)
    return {key: template for key, template in listed.items() if key != gone}


def _answer(**members: object) -> Answer:
    return Answer(as_json({"errcode": 0, "errmsg": "ok", **members}))
