"""Contents linted before they are sent: once a message, by the plugins that can, with the channels' settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ums.domain.commands import Json
from ums.domain.errors import Conflict
from ums.domain.lint import CLEAN, Linted, with_texts
from ums.domain.sender import Granted, Sender
from ums.domain.template import RemoteTemplate
from ums.domain.template_findings import Finding
from ums.sdk.plugin import HasLint
from ums.services.accounts import Account, settings_of
from ums.services.contents import Element, Errors, ReadContent, elements, read_all
from ums.services.gateway import Gateway
from ums.store import channels as channel_store
from ums.store import templates as remote_store
from ums.store.db import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What is sent on each channel type, clipped where it must be; and by channel code what was found in it."""

    contents: Mapping[str, dict[str, Json]]
    linted: Mapping[str, Linted]


def check(gateway: Gateway, read: Iterable[ReadContent]) -> Checked:
    """Lint the contents of a message. What is found is told and not raised."""
    contents, linted = {}, {}
    for one in read:
        channel, given = one.element.channel, one.element.given
        contents[channel.type] = given
        plugin = gateway.registry[channel.type]
        if isinstance(plugin, HasLint):
            found = _lint(gateway, plugin, channel, given, one.made)
            contents[channel.type] = with_texts(given, found.clipped) if found.clipped else given
            linted[channel.code] = found.at(one.element.path)
    return Checked(contents=contents, linted=linted)


def rehearse(gateway: Gateway, sender: Sender, given: Mapping[str, Json]) -> Mapping[str, Linted]:
    """By channel code what a send of these contents would meet, in what a plugin can't read as well.

    Raises as `contents.elements` does.
    """
    return {one.channel.code: _rehearsed(gateway, one) for one in elements(gateway, sender, given)}


def lint(session: Session, account: Account, given: Mapping[str, Json], made: object) -> Linted:
    """What the channel's plugin finds in a content, given the template that it names as the list stands now."""
    if not isinstance(account.plugin, HasLint):
        return CLEAN
    template_id = _template_id(given)
    template = None if template_id is None else remote_store.listed(session, account.id, template_id)
    return account.plugin.lint(account.settings, made, template)


def _template_id(given: Mapping[str, Json]) -> str | None:
    template_id = given.get("template_id")
    return template_id if isinstance(template_id, str) else None


def _rehearsed(gateway: Gateway, element: Element) -> Linted:
    errors: Errors = {}
    read = read_all(gateway, [element], errors)
    if errors:
        return Linted(findings=tuple(Finding(path=path, text=text) for path in errors for text in errors[path]))
    return check(gateway, read).linted.get(element.channel.code, CLEAN)


def _lint(
    gateway: Gateway,
    plugin: HasLint[object, object],
    channel: Granted,
    given: Mapping[str, Json],
    made: object,
) -> Linted:
    """A channel whose settings can't be used waits for an operator; its messages are linted when they are sent."""
    with gateway.database.read() as session:
        try:
            settings = _settings(gateway, session, channel)
        except Conflict:
            return CLEAN
        return plugin.lint(settings, made, _template(gateway, session, channel, given))


def _settings(gateway: Gateway, session: Session, channel: Granted) -> object:
    def look_up() -> object:
        opened, sealed = channel_store.kept_settings(session, channel.channel_id)
        return settings_of(gateway, gateway.registry[channel.type], channel.code, opened, sealed)

    return gateway.channel_settings.get(channel.channel_id, channel.version, look_up)


def _template(
    gateway: Gateway, session: Session, channel: Granted, given: Mapping[str, Json]
) -> RemoteTemplate | None:
    template_id = _template_id(given)
    if template_id is None or channel.refreshed_at is None:
        return None
    key = channel.channel_id, template_id
    return gateway.templates.get(key, channel.refreshed_at, lambda: remote_store.listed(session, *key))
