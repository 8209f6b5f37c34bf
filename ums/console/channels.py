"""Pages about channels: which there are, how one stands, its templates, and the buttons that act on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from ums.console import auditing, explaining
from ums.console.auth import needs_operator, runs_channels
from ums.console.context import current_gateway
from ums.console.explaining import Told
from ums.console.languages import reads_chinese
from ums.console.showing import shortened
from ums.domain.commands import Json
from ums.domain.errors import Conflict, Problem, Unavailable
from ums.domain.views import ChannelDetail, ChannelView, EndpointView, TemplateRefresh, TemplateView
from ums.registry import AnyPlugin
from ums.sdk.plugin import HasTemplateLibrary, HasTemplates, HasToken
from ums.services import channels, quotas, templates

pages = Blueprint("channels", __name__, url_prefix="/channels")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A channel in the list: why it isn't ready, and which of its endpoints rest."""

    channel: ChannelView
    plugin: AnyPlugin | None
    told: tuple[Told, ...]
    resting: tuple[str, ...]
    has_templates: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An endpoint with its reason in plain words; `state` is a key of `words.CHANNELS`."""

    view: EndpointView
    state: str
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting: what people call it, and its value, or for a secret whether it is set."""

    name: str
    label: str
    value: Json = None
    is_secret: bool = False
    is_set: bool = False


@pages.get("")
@needs_operator
def list_() -> ResponseReturnValue:
    """Every channel with its state."""
    page = channels.list_for(current_gateway(), None, request.args.get("cursor"), limit=100)
    return render_template(
        "console/channels.html",
        lines=[_line(view) for view in page.items],
        next=page.next,
        has_platform=current_gateway().registry.platform is not None,
    )


@pages.get("/<code>")
@needs_operator
def show(code: str) -> ResponseReturnValue:
    """One channel and its template list."""
    return _page(code)


@pages.post("/<code>/refresh")
@runs_channels
def refresh(code: str) -> ResponseReturnValue:
    """Fetch the template list, and show what has changed and what that breaks."""
    try:
        done = templates.refresh(current_gateway(), code)
    except (Conflict, Unavailable) as problem:
        _flash_problem(gettext("The template list could not be fetched; it stays as it was."), code, problem)
        return _back_to(code)
    auditing.note()
    return _page(code, done)


@pages.get("/<code>/<any(refresh, test, pause, resume):action>")
@needs_operator
def after(code: str, action: str) -> ResponseReturnValue:
    """Where a reload of an action's page leads."""
    return _back_to(code)


@pages.post("/<code>/test")
@runs_channels
def test(code: str) -> ResponseReturnValue:
    """Try the channel's credentials."""
    try:
        check = channels.test(current_gateway(), code)
    except Conflict as problem:
        _flash_problem(gettext("The channel can't be tested."), code, problem)
        return _back_to(code)
    if check.ok:
        flash(gettext("The test went well: the provider takes the channel's credentials."), "good")
    else:
        _flash(gettext("The provider refused the test."), code, check.detail)
    return _back_to(code)


@pages.post("/<code>/pause")
@runs_channels
def pause(code: str) -> ResponseReturnValue:
    """Send nothing until the channel is resumed."""
    channels.pause(current_gateway(), code)
    auditing.note()
    flash(gettext("The channel is paused; its queue is kept."), "good")
    return _back_to(code)


@pages.post("/<code>/resume")
@runs_channels
def resume(code: str) -> ResponseReturnValue:
    """Put the channel to use again."""
    channels.resume(current_gateway(), code)
    auditing.note()
    flash(gettext("The channel is in use again."), "good")
    return _back_to(code)


def _page(code: str, just_done: TemplateRefresh | None = None) -> ResponseReturnValue:
    """One channel, with the refresh just done, else the last that changed its list."""
    gateway = current_gateway()
    detail = channels.show(gateway, code)
    plugin = _plugin(detail.channel.type)
    found, known = templates.list_for(gateway, code), quotas.list_for(gateway, code)
    return render_template(
        "console/channel.html",
        detail=detail,
        channel=detail.channel,
        plugin=plugin,
        told=explaining.sentence(plugin, detail.channel.reason),
        failing=_failing(plugin, detail.channel),
        settings=_settings(plugin, detail),
        endpoints=[_endpoint(plugin, view) for view in detail.endpoints],
        quotas=known,
        quota_notes={one.endpoint: explaining.sentence(plugin, one.note) for one in known.quotas},
        has_token=isinstance(plugin, HasToken),
        has_templates=isinstance(plugin, HasTemplates),
        has_library=isinstance(plugin, HasTemplateLibrary),
        templates=_by_kind(plugin, found.templates),
        counts={count.kind: count for count in found.counts},
        notes={kind: explaining.sentence(plugin, why) for kind, why in found.notes.items()},
        refresh=just_done or next(iter(templates.refreshes(gateway, code)), None),
        just_done=just_done is not None,
    )


def _plugin(type_: str) -> AnyPlugin | None:
    return current_gateway().registry.by_type.get(type_)


def _line(view: ChannelView) -> Line:
    plugin = _plugin(view.type)
    return Line(
        channel=view,
        plugin=plugin,
        told=explaining.sentence(plugin, view.reason) + _failing(plugin, view),
        resting=tuple(item.name for item in _endpoints(view.code) if item.blocked or item.paused_until is not None),
        has_templates=plugin is None or isinstance(plugin, HasTemplates),
    )


def _failing(plugin: AnyPlugin | None, view: ChannelView) -> tuple[Told, ...]:
    """Why its calls keep failing, where they do."""
    return () if view.failing is None else (explaining.reason(plugin, view.failing.reason),)


def _endpoints(code: str) -> tuple[EndpointView, ...]:
    """A channel's endpoints; none where it can't be shown in full, as its own page then tells."""
    try:
        return channels.show(current_gateway(), code).endpoints
    except Problem:
        return ()


def _endpoint(plugin: AnyPlugin | None, view: EndpointView) -> Endpoint:
    state = "blocked" if view.blocked else "resting" if view.paused_until is not None else "open"
    return Endpoint(view=view, state=state, told=explaining.sentence(plugin, view.reason))


def _settings(plugin: AnyPlugin | None, detail: ChannelDetail) -> list[Setting]:
    """The settings in the plugin's order; by their bare names where it isn't installed."""
    if plugin is None:
        known = [Setting(name=name, label=name, value=value) for name, value in detail.settings.items()]
        return [
            *known,
            *(Setting(name=name, label=name, is_secret=True, is_set=True) for name in detail.secrets_set),
        ]
    fields = plugin.settings_schema().fields
    return [
        Setting(
            name=name,
            label=_label(field.metadata, name),
            value=detail.settings.get(name),
            is_secret=bool(field.metadata.get("secret")),
            is_set=name in detail.secrets_set or name in detail.settings,
        )
        for name, field in ((field.data_key or key, field) for key, field in fields.items())
    ]


def _label(metadata: Mapping[str, object], name: str) -> str:
    english = metadata.get("label", name)
    return str(metadata.get("label_zh", english) if reads_chinese() else english)


def _by_kind(plugin: AnyPlugin | None, found: Iterable[TemplateView]) -> dict[str, list[TemplateView]]:
    """The templates of each list, in the order of the plugin's lists."""
    kinds: tuple[str, ...] = plugin.template_kinds if isinstance(plugin, HasTemplates) else ()
    grouped: dict[str, list[TemplateView]] = {kind: [] for kind in kinds}
    for view in found:
        grouped.setdefault(view.template.kind, []).append(view)
    return {kind: views for kind, views in grouped.items() if views}


def _flash_problem(title: str, code: str, problem: Problem) -> None:
    _flash(title, code, problem.message)


def _flash(title: str, code: str, sentence: str) -> None:
    """Tell what went wrong, in the plugin's plain words where the sentence names a reason it knows.

    What the channel's own page tells anyway, as the reason of its state, isn't told twice.
    """
    channel = channels.show(current_gateway(), code).channel
    plugin = _plugin(channel.type)
    standing = [item.text for item in explaining.sentence(plugin, channel.reason)]
    news = [item for item in explaining.sentence(plugin, sentence) if item.text not in standing]
    told = " ".join(f"{item.text} {item.hint}".strip() for item in news)
    flash(f"{title} {shortened(told)}".strip(), "bad")


def _back_to(code: str) -> ResponseReturnValue:
    return redirect(url_for("console.channels.show", code=code), 303)
