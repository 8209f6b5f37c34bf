"""Message templates held against the channels they are meant for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ums.domain.app_push import ANYWHERE, APP, AppParameters, with_parameters
from ums.domain.channel import Channel
from ums.domain.commands import Json
from ums.domain.errors import InvalidRequest, first_of
from ums.domain.message_template import MessageTemplate, faults, sample_values, unused
from ums.domain.placeholders import Content, render
from ums.domain.shown import shown
from ums.domain.template_findings import Finding, compared
from ums.domain.wire import CHANNEL_TYPES
from ums.sdk.plugin import HasTemplates
from ums.services.contents import Errors, content_errors
from ums.services.gateway import Gateway
from ums.store import channels as channel_store
from ums.store import templates as remote_store


def check(gateway: Gateway, template: MessageTemplate) -> None:
    """Raises InvalidRequest naming, by path, what can't be kept.

    That is: places without a variable, types without a plugin, and what a plugin refuses to send with the
    sample values.
    """
    errors = {**faults(template), **_type_faults(gateway, template)}
    if not errors:
        errors = refusals(gateway, rendered(template, sample_values(template.variables)))
    if errors:
        raise InvalidRequest(f"The message template can't be kept as it stands: {first_of(errors)}", errors=errors)


def rendered(
    template: MessageTemplate, values: Mapping[str, str], app: AppParameters = ANYWHERE
) -> dict[str, dict[str, Json]]:
    """Each type's content with the values in it, and that of an app push with its parameters."""
    contents = {type_: render(template.channels[type_], values) for type_ in template.types}
    if APP in contents:
        contents[APP] = with_parameters(contents[APP], app)
    return contents


def refusals(gateway: Gateway, contents: Mapping[str, Content]) -> Errors:
    """What the plugins have against rendered contents, by the path in the template."""
    errors: Errors = {}
    for type_, content in contents.items():
        errors |= content_errors(gateway, type_, content, place_of(type_))
    return errors


def findings(gateway: Gateway, template: MessageTemplate, contents: Mapping[str, Content]) -> tuple[Finding, ...]:
    """What should be looked at in a template that makes these contents; none of it keeps it from being kept."""
    found = [
        Finding(path=path, text=f"No content has a place {{{{{name}}}}}.")
        for path, name in unused(template).items()
    ]
    for type_, content in contents.items():
        found += _type_findings(gateway, type_, content)
    return tuple(found)


def place_of(type_: str) -> str:
    """The path of a type's content in a template."""
    return f"channels.{type_}"


def _type_faults(gateway: Gateway, template: MessageTemplate) -> Errors:
    errors: Errors = {}
    for type_ in template.channels:
        if type_ not in CHANNEL_TYPES:
            text = f"is no channel type; known are {', '.join(CHANNEL_TYPES)}"
        elif type_ not in gateway.registry:
            installed = ", ".join(gateway.registry.by_type) or "none"
            text = f"can't be sent: no plugin for this channel type is installed here; installed are {installed}"
        else:
            continue
        errors[place_of(shown(type_))] = [text]
    return errors


def _type_findings(gateway: Gateway, type_: str, content: Content) -> Iterator[Finding]:
    if type_ not in gateway.registry:
        text = f"No plugin for the channel type {type_} is installed here, so this can't be sent."
        yield Finding(path=place_of(type_), text=text)
        return
    with gateway.database.read() as session:
        channels = channel_store.open_of_type(session, type_)
        lists = {channel.id: remote_store.of_channel(session, channel.id) for channel in channels}
    if not channels:
        yield Finding(path=place_of(type_), text=f"There is no channel of the type {type_} to send this on.")
    if isinstance(gateway.registry[type_], HasTemplates):
        for channel in channels:
            listed = [view.template for view in lists[channel.id]]
            if channel.refreshed_at is None:
                yield _never_fetched(channel, type_)
            elif "template_id" in content:
                yield from compared(channel.code, place_of(type_), content, listed)


def _never_fetched(channel: Channel, type_: str) -> Finding:
    text = f"The template list of channel {channel.code} has never been fetched, so this is unchecked; refresh it."
    return Finding(channel=channel.code, path=place_of(type_), text=text)
