"""What a channel has pages of besides its own: which of them there are depends on what its type can do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from flask import Blueprint, request, url_for
from flask_babel import lazy_gettext

from ums.console import credits, followers, library, provider_events, quotas, template_changes
from ums.console.context import current_gateway
from ums.domain.views import ChannelView
from ums.sdk.people import HasFollowerList
from ums.sdk.plugin import HasCredits, HasHook, HasTemplateLibrary, HasTemplates

PAGES = (credits.pages, followers.pages, library.pages, provider_events.pages, quotas.pages, template_changes.pages)


class _Kind(NamedTuple):
    """A page: where it is, what it is called, and the capability that it needs."""

    endpoint: str
    word: object
    needs: type


KINDS = (
    _Kind("console.channels.show", lazy_gettext("Overview"), object),
    _Kind("console.library.titles", lazy_gettext("Template library"), HasTemplateLibrary),
    _Kind("console.template_changes.list_", lazy_gettext("Template changes"), HasTemplates),
    _Kind("console.credits.overview", lazy_gettext("Credits"), HasCredits),
    _Kind("console.followers.show", lazy_gettext("Followers"), HasFollowerList),
    _Kind("console.provider_events.list_", lazy_gettext("Provider events"), HasHook),
)


class Tab(NamedTuple):
    """A link to one of a channel's pages."""

    url: str
    word: object
    is_here: bool


def register(blueprint: Blueprint) -> None:
    """Give the templates a channel's links."""
    blueprint.context_processor(lambda: {"tabs_of": tabs_of})


def tabs_of(channel: ChannelView) -> list[Tab]:
    """The links to a channel's pages; none where there is but the one."""
    tabs = list(_tabs(channel))
    return tabs if len(tabs) > 1 else []


def _tabs(channel: ChannelView) -> Iterator[Tab]:
    plugin = current_gateway().registry.by_type.get(channel.type)
    group = (request.endpoint or "").rpartition(".")[0]
    for kind in KINDS:
        if isinstance(plugin, kind.needs) and plugin is not None:
            is_here = kind.endpoint.rpartition(".")[0] == group
            yield Tab(url_for(kind.endpoint, code=channel.code), kind.word, is_here)
