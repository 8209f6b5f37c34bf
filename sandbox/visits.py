"""What the platform's pages are made of: a browser's request, what it gets, and the way back."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

from sandbox.component import Component
from sandbox.errors import Refused
from sandbox.events import Event

HTML = "text/html; charset=utf-8"


class Visit(NamedTuple):
    """A browser's request; ``form`` holds the values of what was pressed and ticked, by name."""

    path: str
    query: Mapping[str, str]
    referrer: str
    form: Mapping[str, tuple[str, ...]] | None
    now: float

    def pressed(self, name: str) -> str:
        """The value of a button or a field that has one; "" where there is none."""
        return next(iter((self.form or {}).get(name, ())), "")


class Page(NamedTuple):
    """What a browser gets: a page, or an address to go on to; and the event that tells the component of it."""

    body: str | bytes = ""
    status: int = 200
    location: str = ""
    component: Component | None = None
    event: Event | None = None
    content_type: str = HTML


def html(title: str, content: str) -> str:
    """A whole page; ``content`` is HTML, the title text."""
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<h1>{escape(title)}</h1>{content}</html>"
    )


def refused(refusal: Refused, status: int = 400) -> Page:
    """The page that tells a person what is wrong, with the platform's number."""
    return Page(html("Error", f"<p>{escape(refusal.errmsg)} ({refusal.errcode})"), status)


def leading_back(address: str, **members: str) -> str:
    """An address with more members in its query; what stands behind its ``#`` stays at the end."""
    parts = urlsplit(address)
    query = "&".join(filter(None, (parts.query, urlencode(members))))
    return parts._replace(query=query).geturl()
