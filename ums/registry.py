"""Finds the channel plugins that are installed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import entry_points
from typing import Any, NamedTuple, Self, TypeAlias

from marshmallow import Schema

from ums.domain.commands import Json
from ums.domain.wire import CHANNEL_TYPES
from ums.sdk.platform import HasPlatform, ThirdPartyPlatform
from ums.sdk.plugin import ChannelPlugin, HasFollowers

GROUP = "ums.channels"

AnyPlugin: TypeAlias = ChannelPlugin[Any, Any]
"""A plugin whose settings and content only the plugin itself understands."""


class RegistryError(Exception):
    """A plugin can't be used as installed; the text says which and why."""


class Way(NamedTuple):
    """Which of a plugin's endpoints a content goes to, and whether only followers get it."""

    endpoint: str
    to_followers: bool = False


class Registry:
    """The installed plugins, by channel type."""

    def __init__(self, plugins: Iterable[AnyPlugin]) -> None:
        self._plugins: dict[str, AnyPlugin] = {}
        self._readers: dict[str, Schema] = {}
        for plugin in plugins:
            key = plugin.info.key
            if key not in CHANNEL_TYPES:
                raise RegistryError(
                    f"plugin {key!r} is no channel type of the contract: {', '.join(CHANNEL_TYPES)}"
                )
            if key in self._plugins:
                raise RegistryError(f"two plugins for the channel type {key!r} are installed; remove one")
            self._plugins[key] = plugin
        self.platform = _platform(self._plugins.values())
        """The third-party platform by which channels can be authorised, if any type of them can."""

    @classmethod
    def load(cls) -> Self:
        """The plugins that entry points of the group `ums.channels` name.

        Raises RegistryError where an entry point's name isn't its plugin's key, or two plugins have one key.
        """
        return cls(_loaded())

    def __getitem__(self, type_: str) -> AnyPlugin:
        return self._plugins[type_]

    def content(self, type_: str, given: Mapping[str, Json]) -> object:
        """What the plugin of a channel type makes of a content as it stands on the wire.

        Its schema is made once: making one takes longer than reading with it. Raises marshmallow's
        ValidationError.
        """
        reader = self._readers.get(type_)
        if reader is None:
            reader = self._readers.setdefault(type_, self._plugins[type_].message_schema())
        content: object = reader.load(given)
        return content

    def way(self, type_: str, given: Mapping[str, Json] | None) -> Way:
        """Where a content goes and who gets it; it is read only where there is a choice. None: it isn't known."""
        plugin = self._plugins[type_]
        if given is None or (len(plugin.info.endpoints) == 1 and not isinstance(plugin, HasFollowers)):
            return Way(next(iter(plugin.info.endpoints)))
        content = self.content(type_, given)
        return Way(plugin.endpoint(content), isinstance(plugin, HasFollowers) and plugin.to_followers(content))

    def __contains__(self, type_: object) -> bool:
        return type_ in self._plugins

    def __iter__(self) -> Iterator[AnyPlugin]:
        return iter(self._plugins.values())

    @property
    def endpoints(self) -> Mapping[str, Mapping[str, float]]:
        """Each channel type's endpoints, with the calls a second that they take by default."""
        return {key: plugin.info.endpoints for key, plugin in self._plugins.items()}

    @property
    def by_type(self) -> Mapping[str, AnyPlugin]:
        return dict(self._plugins)


def _platform(plugins: Iterable[AnyPlugin]) -> ThirdPartyPlatform[Any] | None:
    found = {plugin.platform for plugin in plugins if isinstance(plugin, HasPlatform)}
    if len(found) > 1:
        names = ", ".join(sorted(one.title for one in found))
        raise RegistryError(f"plugins of more than one third-party platform are installed; keep one: {names}")
    return next(iter(found), None)


def _loaded() -> Iterator[AnyPlugin]:
    for entry in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        plugin = entry.load()
        if not isinstance(plugin, ChannelPlugin):
            raise RegistryError(f"entry point {entry.name!r} of {GROUP} is no ChannelPlugin")
        if plugin.info.key != entry.name:
            raise RegistryError(f"entry point {entry.name!r} holds the plugin {plugin.info.key!r}; name them alike")
        yield plugin
