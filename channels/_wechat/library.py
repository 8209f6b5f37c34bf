"""The public library of subscription templates; the same interface for official accounts and mini programs."""

from __future__ import annotations

from channels._wechat.account import Account
from channels._wechat.answer import Answer
from channels._wechat.api import change, entries, fetch
from channels._wechat.codes import Operation, unreadable
from ums.sdk.call import Exchange, Json
from ums.sdk.errors import BadContent
from ums.sdk.templates import ChoiceRules, LibraryCategory, LibraryKeyword, LibraryTitle, LibraryTitles, NewTemplate

BASE = "/wxaapi/newtmpl/"
MOST_TITLES = 30
"""Titles of one answer; more are refused with 200017."""
KEYWORDS = (2, 5)
"""The fewest and the most keywords of a template."""
ONE_TIME = range(10_000_001, 20_000_000)
"""The new one-time templates, whose keywords can't be chosen."""
LONGEST_SCENE = 15
TYPES = {"2": "one_time", "3": "long_term"}


def categories(account: Account) -> Exchange[tuple[LibraryCategory, ...]]:
    """The categories of the account."""
    found = entries((yield from fetch(account, f"{BASE}getcategory", {})), "data")
    return tuple(LibraryCategory(id=_text(each, "id"), name=_text(each, "name")) for each in found)


def titles(account: Account, ids: tuple[str, ...], start: int) -> Exchange[LibraryTitles]:
    """At most thirty templates of these categories, from the one numbered `start`."""
    query = {"ids": ",".join(ids), "start": str(start), "limit": str(MOST_TITLES)}
    answer = yield from fetch(account, f"{BASE}getpubtemplatetitles", query)
    found = tuple(
        LibraryTitle(
            tid=_text(each, "tid"),
            title=_text(each, "title"),
            type=TYPES.get(_text(each, "type"), _text(each, "type")),
            category=_text(each, "categoryId"),
        )
        for each in entries(answer, "data")
    )
    total = answer.get("count")
    return LibraryTitles(titles=found, total=total if isinstance(total, int) else start + len(found))


def keywords(account: Account, tid: str) -> Exchange[tuple[LibraryKeyword, ...]]:
    """The keywords of one template; a keyword's `rule` is the type of the key that it becomes."""
    found = entries((yield from fetch(account, f"{BASE}getpubtemplatekeywords", {"tid": tid})), "data")
    return tuple(
        LibraryKeyword(
            id=_text(each, "kid"),
            name=_text(each, "name"),
            example=_text(each, "example"),
            type=_text(each, "rule"),
        )
        for each in found
    )


def choice_rules(tid: str) -> ChoiceRules:
    """What the platform's page on `addtemplate` asks of a choice."""
    is_fixed = tid.isascii() and tid.isdecimal() and int(tid) in ONE_TIME
    least, most = (0, 0) if is_fixed else KEYWORDS
    return ChoiceRules(least=least, most=most, longest_scene=LONGEST_SCENE)


def add(account: Account, new: NewTemplate) -> Exchange[str]:
    """Put a template on the account's list. Raises `BadContent` where a keyword isn't a number."""
    if not all(word.isascii() and word.isdecimal() for word in new.keywords):
        raise BadContent(
            "library_refused",
            field="kidList",
            provider_message="Name the keywords by their numbers in the library.",
        )
    body: Json = {"tid": new.tid, "kidList": [int(word) for word in new.keywords], "sceneDesc": new.scene}
    answer = yield from change(account, f"{BASE}addtemplate", body)
    return id_in(answer, "priTmplId")


def delete(account: Account, template_id: str) -> Exchange[None]:
    """Take a template off the account's list."""
    yield from change(account, f"{BASE}deltemplate", {"priTmplId": template_id})


def id_in(answer: Answer, member: str) -> str:
    """The id of the template that was added. Raises `Transient` where none is told."""
    found = _text(answer, member)
    if not found:
        raise unreadable(Operation.LIST, f"The answer has no {member}.")
    return found


def _text(entry: Answer, member: str) -> str:
    """A text or a number as a text; the platform's pages show both for the same member."""
    value = entry.get(member)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
