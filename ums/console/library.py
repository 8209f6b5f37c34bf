"""A channel's template library: categories, titles and keywords looked through, a template added, one deleted.

What the provider refuses is told on the page where it was asked for, with what was entered still there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from ums.console import auditing, explaining
from ums.console.auth import needs_operator, runs_channels
from ums.console.choosing import PLACES, Choice, chosen, given
from ums.console.context import current_gateway
from ums.console.explaining import Told
from ums.domain.errors import Conflict, InvalidRequest, Problem, Unavailable
from ums.domain.template_library import LibraryCategory, LibraryTitles
from ums.domain.views import ChannelView, TemplateRefresh
from ums.services import channels, template_library

pages = Blueprint("library", __name__, url_prefix="/channels/<code>")

LONGEST_NUMBER = 6
REFUSALS = (Conflict, InvalidRequest, Unavailable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """What of the library is looked at; `found` is None before anything is chosen."""

    categories: tuple[LibraryCategory, ...] = ()
    found: LibraryTitles | None = None
    told: tuple[Told, ...] = ()


@pages.get("/library")
@needs_operator
def titles(code: str) -> ResponseReturnValue:
    """The categories, and the titles of the chosen one, or those that hold the words sought."""
    channel = channels.show(current_gateway(), code).channel
    category, words = request.args.get("category", ""), request.args.get("q", "").strip()
    start = _start()
    try:
        shelf = _shelf(code, category, words, start)
    except REFUSALS as problem:
        shelf = Shelf(told=_told(channel, problem))
    return render_template(
        "console/library.html", channel=channel, shelf=shelf, category=category, words=words, start=start
    )


@pages.get("/library/<tid>")
@needs_operator
def title(code: str, tid: str) -> ResponseReturnValue:
    """One title of the library, with the keywords that can be chosen."""
    return _title_page(code, tid, Choice())


@pages.post("/library/<tid>")
@runs_channels
def add(code: str, tid: str) -> ResponseReturnValue:
    """Put it on the channel's list."""
    gateway = current_gateway()
    choice = given(request.form)
    kinds = template_library.kinds(gateway, code, tid)
    wanted = chosen(choice, tid, kinds, template_library.keywords(gateway, code, tid))
    if wanted.faults:
        return _title_page(code, tid, choice, faults=wanted.faults)
    try:
        added = template_library.add(gateway, code, wanted.new)
    except REFUSALS as problem:
        return _title_page(code, tid, choice, refused=problem)
    auditing.note(f"tid {tid}, template {added.template_id}")
    flash(gettext("The template is on the list; its id is %(id)s.", id=added.template_id), "good")
    return _back(code, added.refresh)


@pages.get("/templates/<template_id>/delete")
@needs_operator
def confirm(code: str, template_id: str) -> ResponseReturnValue:
    """What would be deleted, and what that breaks."""
    return _confirmation(code, template_id)


@pages.post("/templates/<template_id>/delete")
@runs_channels
def delete(code: str, template_id: str) -> ResponseReturnValue:
    """Delete a template at the provider."""
    try:
        refresh = template_library.delete(current_gateway(), code, template_id)
    except REFUSALS as problem:
        return _confirmation(code, template_id, problem)
    auditing.note(f"template {template_id}")
    flash(gettext("The template is deleted."), "good")
    return _back(code, refresh)


def _shelf(code: str, category: str, words: str, start: int) -> Shelf:
    gateway = current_gateway()
    categories = template_library.categories(gateway, code)
    wanted = (category,) if category else ()
    if words:
        return Shelf(categories=categories, found=template_library.search(gateway, code, words, wanted))
    if category:
        return Shelf(categories=categories, found=template_library.titles(gateway, code, wanted, start))
    return Shelf(categories=categories)


def _title_page(
    code: str, tid: str, choice: Choice, *, faults: Mapping[str, str] | None = None, refused: Problem | None = None
) -> ResponseReturnValue:
    gateway = current_gateway()
    channel = channels.show(gateway, code).channel
    told: tuple[Told, ...] = ()
    try:
        keywords = template_library.keywords(gateway, code, tid)
    except REFUSALS as problem:
        keywords, refused = (), problem
    if refused is not None:
        told = _told(channel, refused)
    return render_template(
        "console/library_title.html",
        channel=channel,
        tid=tid,
        title=template_library.title_of(gateway, code, tid),
        keywords=keywords,
        kinds=template_library.kinds(gateway, code, tid),
        choice=choice,
        places=min(len(keywords), PLACES),
        faults=faults or {},
        told=told,
    )


def _confirmation(code: str, template_id: str, refused: Problem | None = None) -> ResponseReturnValue:
    gateway = current_gateway()
    channel = channels.show(gateway, code).channel
    return render_template(
        "console/delete_template.html",
        channel=channel,
        uses=template_library.uses(gateway, code, template_id),
        told=_told(channel, refused) if refused else (),
    )


def _told(channel: ChannelView, problem: Problem) -> tuple[Told, ...]:
    plugin = current_gateway().registry.by_type.get(channel.type)
    return explaining.sentence(plugin, problem.message) or (Told(reason="", text=problem.message),)


def _back(code: str, refresh: TemplateRefresh | None) -> ResponseReturnValue:
    if refresh is None:
        flash(gettext("The list could not be fetched after it; press Refresh list."), "note")
    return redirect(url_for("console.channels.show", code=code, _anchor="templates"), 303)


def _start() -> int:
    text = request.args.get("start", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < LONGEST_NUMBER else 0
