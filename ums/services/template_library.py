"""The providers' public template libraries: looked at, and an account's lists made longer and shorter by them.

What a library says is kept for hours: the calls have small daily quotas, which all systems of an account share.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import TypeVar

from ums.domain.commands import Json
from ums.domain.errors import Conflict, InvalidRequest, NotFound, Problem, Unavailable
from ums.domain.outcome import BadContent, SendError
from ums.domain.shown import shown
from ums.domain.template import RemoteTemplate, compare
from ums.domain.template_breaks import Breaks
from ums.domain.views import TemplateRefresh
from ums.sdk.call import Exchange
from ums.sdk.plugin import HasTemplateLibrary
from ums.sdk.templates import (
    ChoiceRules,
    LibraryCategory,
    LibraryKeyword,
    LibraryTitle,
    LibraryTitles,
    NewTemplate,
)
from ums.services import templates
from ums.services.accounts import Account, account, explained
from ums.services.gateway import Gateway
from ums.services.probing import RETRY_SECONDS, refusal
from ums.services.template_uses import broken_by
from ums.store import credit_overview
from ums.store import library_answers as store
from ums.store import templates as list_store
from ums.store.db import Session

T = TypeVar("T")

KEPT = 6 * 3600.0
"""Seconds for which an answer of a library is good."""


SEARCHED = 20
"""Pages of titles that a search looks through, some thirty titles each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """A template that might be deleted: what that would break, and how many credits users have for it."""

    template: RemoteTemplate
    breaks: Breaks
    credits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """The id that a new template has at the provider, and what the refresh then found; None where that failed."""

    template_id: str
    refresh: TemplateRefresh | None


def categories(gateway: Gateway, code: str) -> tuple[LibraryCategory, ...]:
    """The categories that the channel's account may choose templates of.

    Raises NotFound for a channel that there isn't, InvalidRequest for a type without a library, Conflict where an
    operator must act, Unavailable where it passes by itself.
    """
    tried, library = _library(gateway, code)
    said = _said(gateway, tried, "categories", lambda: _listed(library.categories(tried.settings)))
    return tuple(LibraryCategory(id=_text(one, "id"), name=_text(one, "name")) for one in said)


def titles(gateway: Gateway, code: str, wanted: tuple[str, ...] = (), start: int = 0) -> LibraryTitles:
    """The library's templates of some of the account's categories (all of them where none is named), page by page.

    Raises as `categories` does.
    """
    tried, library = _library(gateway, code)
    of = wanted or tuple(category.id for category in categories(gateway, code))
    question = f"titles {','.join(of)} {start}"

    def ask() -> Exchange[list[Json]]:
        found = yield from library.titles(tried.settings, of, start)
        return [found.total, *map(_document, found.titles)]

    total, *said = _said(gateway, tried, question, ask)
    found = tuple(
        LibraryTitle(
            tid=_text(one, "tid"),
            title=_text(one, "title"),
            type=_text(one, "type"),
            category=_text(one, "category"),
        )
        for one in said
    )
    return LibraryTitles(titles=found, total=total if isinstance(total, int) else len(found))


def keywords(gateway: Gateway, code: str, tid: str) -> tuple[LibraryKeyword, ...]:
    """What may be chosen for one template of the library.

    Raises as `categories` does, and NotFound for a template that the library doesn't have.
    """
    tried, library = _library(gateway, code)
    try:
        said = _said(gateway, tried, f"keywords {tid}", lambda: _listed(library.keywords(tried.settings, tid)))
    except InvalidRequest as refused:
        raise NotFound(refused.message) from refused
    return tuple(
        LibraryKeyword(
            id=_text(one, "id"), name=_text(one, "name"), example=_text(one, "example"), type=_text(one, "type")
        )
        for one in said
    )


def search(gateway: Gateway, code: str, words: str, wanted: tuple[str, ...] = ()) -> LibraryTitles:
    """The library's templates whose title holds the words, or whose number they are, of some categories or of all.

    `total` is how many templates were looked through: at most `SEARCHED` pages of them, each of which costs a call
    unless it has been looked at within the last hours. Raises as `categories` does.
    """
    looked_through: list[LibraryTitle] = []
    for _ in range(SEARCHED):
        page = titles(gateway, code, wanted, len(looked_through))
        looked_through += page.titles
        if not page.titles or len(looked_through) >= page.total:
            break
    sought = words.casefold()
    found = (title for title in looked_through if sought in title.title.casefold() or sought == title.tid)
    return LibraryTitles(titles=tuple(found), total=len(looked_through))


def title_of(gateway: Gateway, code: str, tid: str) -> str:
    """What the library calls a template, as far as it was looked at within the last hours; else empty."""
    tried, _ = _library(gateway, code)
    with gateway.database.read() as session:
        answers = store.recent(session, tried.id, since=gateway.clock.now() - KEPT)
    entries = (entry for answer in answers for entry in answer if isinstance(entry, Mapping))
    return next((str(entry["title"]) for entry in entries if entry.get("tid") == tid), "")


def kinds(gateway: Gateway, code: str, tid: str) -> Mapping[str, ChoiceRules]:
    """The lists that a template can be put on, the usual one first, and what each asks of it.

    Raises as `categories` does.
    """
    _, library = _library(gateway, code)
    return {kind: library.choice_rules(kind, tid) for kind in reversed(library.template_kinds)}


def add(gateway: Gateway, code: str, new: NewTemplate) -> Added:
    """Put a template of the library on the account's list, and refresh the list; without a kind on its last one.

    Raises as `categories` does, and InvalidRequest where the provider refuses the choice.
    """
    tried, library = _library(gateway, code)
    chosen = replace(new, kind=new.kind or library.template_kinds[-1])
    if chosen.kind not in library.template_kinds:
        text = f"must be one of {', '.join(library.template_kinds)}, not {shown(new.kind)!r}"
        raise InvalidRequest(f"kind: {text}", errors={"kind": [text]})
    template_id = _changed(gateway, tried, library.add_template(tried.settings, chosen))
    return Added(template_id=template_id, refresh=_refreshed(gateway, code))


def delete(gateway: Gateway, code: str, template_id: str) -> TemplateRefresh | None:
    """Delete a template at the provider, and refresh the list; what that found, None where it failed.

    Raises as `categories` does, and NotFound where the list, as last fetched, has no such template.
    """
    tried, library = _library(gateway, code)
    with gateway.database.read() as session:
        kind = _listed_there(session, tried, template_id).kind
    _changed(gateway, tried, library.delete_template(tried.settings, kind, template_id))
    return _refreshed(gateway, code)


def uses(gateway: Gateway, code: str, template_id: str) -> Uses:
    """A template of the list as last fetched, and what its deletion would break. Raises as `delete` does."""
    tried, _ = _library(gateway, code)
    with gateway.database.read() as session:
        listed = _listed_there(session, tried, template_id)
        diff = compare([listed], [])
        breaks = broken_by(session, tried, diff, gateway.clock.now())
        held = credit_overview.by_template(session, tried.id, template_id)
    return Uses(template=listed, breaks=breaks, credits=sum(each.available for each in held))


def _listed_there(session: Session, tried: Account, template_id: str) -> RemoteTemplate:
    listed = (view.template for view in list_store.of_channel(session, tried.id))
    found = next((template for template in listed if template.template_id == template_id), None)
    if found is None:
        name = shown(template_id)
        raise NotFound(f"The list of channel {tried.code}, as last fetched, has no template {name!r}; refresh it.")
    return found


def _library(gateway: Gateway, code: str) -> tuple[Account, HasTemplateLibrary[object]]:
    tried = account(gateway, code)
    if not isinstance(tried.plugin, HasTemplateLibrary):
        raise InvalidRequest(f"Channels of the type {tried.type!r} have no template library.")
    return tried, tried.plugin


def _said(gateway: Gateway, tried: Account, question: str, ask: Callable[[], Exchange[list[Json]]]) -> list[Json]:
    """What the library says to a question, or said within the last hours under the same settings."""
    now = gateway.clock.now()
    kept = sha256(f"{tried.version} {question}".encode(errors="surrogatepass")).hexdigest()
    with gateway.database.read() as session:
        known = store.find(session, tried.id, kept, since=now - KEPT)
    if known is not None:
        return known
    answer = _asked(gateway, tried, ask())
    with gateway.database.write() as session:
        store.keep(session, tried.id, kept, answer, now=now, since=now - KEPT)
    return answer


def _asked(gateway: Gateway, tried: Account, exchange: Exchange[T]) -> T:
    try:
        return gateway.provider.run(tried.plugin, tried.settings, exchange)
    except SendError as error:
        raise _refused(gateway, tried, error) from error


def _changed(gateway: Gateway, tried: Account, exchange: Exchange[T]) -> T:
    """As `_asked`; where no answer could be read, it says that the change may have been made all the same."""
    try:
        return _asked(gateway, tried, exchange)
    except Unavailable as problem:
        if isinstance(problem.__cause__, SendError) and problem.__cause__.provider_code is None:
            told = f"{problem.message} It may have been done all the same: refresh the list before."
            raise Unavailable(told, retry_after=RETRY_SECONDS) from problem.__cause__
        raise


def _refused(gateway: Gateway, tried: Account, error: SendError) -> Problem:
    text = f"Channel {tried.code}: {explained(tried.plugin, error).rstrip('.')}."
    if isinstance(error, BadContent):
        return InvalidRequest(text) if error.field else Conflict(text)
    return refusal(gateway, tried, [error], text)


def _refreshed(gateway: Gateway, code: str) -> TemplateRefresh | None:
    """What is done at the provider stays done where the list can't be fetched just now."""
    try:
        return templates.refresh(gateway, code)
    except (Conflict, Unavailable):
        return None


def _listed(
    exchange: Exchange[tuple[LibraryCategory, ...]] | Exchange[tuple[LibraryKeyword, ...]],
) -> Exchange[list[Json]]:
    return [_document(one) for one in (yield from exchange)]


def _document(one: LibraryCategory | LibraryTitle | LibraryKeyword) -> dict[str, Json]:
    return asdict(one)


def _text(document: Json, member: str) -> str:
    return str(document[member]) if isinstance(document, Mapping) else ""
