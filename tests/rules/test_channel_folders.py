"""A plugin is a folder and one entry point."""

from __future__ import annotations

from configparser import ConfigParser
from importlib.metadata import entry_points

from tests.rules.sources import ROOT
from ums.domain.wire import CHANNEL_TYPES
from ums.registry import GROUP, Registry


def folders() -> set[str]:
    return {path.parent.name for path in (ROOT / "channels").glob("[!_.]*/__init__.py")}


def test_every_folder_is_declared_as_an_entry_point() -> None:
    package = ConfigParser()
    package.read(ROOT / "setup.cfg", "utf-8")
    lines = package["options.entry_points"][GROUP].split("\n")
    assert {line for line in lines if line} == {f"{name} = channels.{name}:channel" for name in folders()}


def test_every_folder_is_installed_under_its_own_name() -> None:
    installed = {point.name for point in entry_points(group=GROUP) if point.value.startswith("channels.")}
    assert installed == folders()


def test_every_plugin_is_a_channel_type_of_the_contract() -> None:
    assert set(Registry.load().by_type) == folders()
    assert folders() <= CHANNEL_TYPES.keys()
