"""The operator's pages name only what exists, and say the same in both languages."""

from __future__ import annotations

import ast
import re
from urllib.parse import urlsplit

import click
import pytest
from flask import Flask
from werkzeug.exceptions import MethodNotAllowed, NotFound

from channels._wechat.codes import EXPLANATIONS
from channels._wechat.key_types import TYPES
from channels.wechatmp import channel as wechatmp
from channels.wechatoa import channel as wechatoa
from tests.operator_pages import CHINESE, NAMES, PAGES, Page, page
from tests.rules.sources import ROOT
from ums.cli import main

SETTINGS = {plugin.info.key: set(plugin.settings_schema().fields) for plugin in (wechatmp, wechatoa)}
PLACES = {
    "$UMS": "", "$MSGID": "01jz3k0q3v8e5x2w7t9r6p4m1n", "{code}": "wechatmp123", "{tid}": "1221",
}  # fmt: skip
IDS = [shown.path.name for shown in PAGES]


def command(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that the words after `ums` lead to, and what is left of them; KeyError for an unknown one."""
    found: click.Command = main
    while isinstance(found, click.Group) and words and not words[0].startswith("-"):
        below = found.get_command(click.Context(found), words[0])
        if below is None:
            raise KeyError(words[0])
        found, words = below, words[1:]
    return found, words


def filled(path: str) -> str:
    for place, value in PLACES.items():
        path = path.replace(place, value)
    return urlsplit(path).path


def exists(app: Flask, method: str, path: str) -> bool:
    try:
        endpoint, _ = app.url_map.bind("localhost").match(filled(path), method=method)
    except (NotFound, MethodNotAllowed):
        return False
    return not endpoint.startswith("console.")


def called(words: list[str]) -> tuple[str, str]:
    """The method and the path of a `curl` command."""
    (url,) = (word for word in words if word.startswith("$UMS/"))
    given = "POST" if "-d" in words else "GET"
    return words[words.index("-X") + 1] if "-X" in words else given, url


@pytest.mark.parametrize("shown", PAGES, ids=IDS)
class TestWhatAPageNames:
    def test_its_steps_are_numbered_without_a_gap(self, shown: Page) -> None:
        assert shown.steps == list(range(1, 19))

    def test_its_commands_exist_with_their_options(self, shown: Page) -> None:
        given = [words[1:] for words in shown.commands if words[0] == "ums"]
        assert len(given) > 20
        for words in given:
            found, rest = command(words)
            known = {
                option for parameter in found.params for option in (*parameter.opts, *parameter.secondary_opts)
            }
            assert {word for word in rest if word.startswith("--")} <= known, words

    def test_its_settings_exist(self, shown: Page) -> None:
        names = set(re.findall(r"--set ([a-z_]+)=", shown.text))
        assert names >= {"appid", "secret", "token", "encoding_aes_key", "forward_url", "base_url"}
        assert names <= SETTINGS[shown.path.name.partition(".")[0]]

    def test_its_calls_exist(self, shown: Page, app: Flask) -> None:
        calls = [called(words) for words in shown.commands if words[0] == "curl"]
        calls += [(found[1], found[2]) for word in shown.inline if (found := re.match(r"(GET|POST) (/.*)", word))]
        assert len(calls) > 10
        assert [call for call in calls if not exists(app, *call)] == []

    def test_its_errors_are_those_that_the_channel_explains(self, shown: Page) -> None:
        known = {(known.provider_code, known.reason) for known in EXPLANATIONS}
        assert len(shown.codes) > 15
        assert shown.codes - known == set()

    def test_its_python_can_be_read(self, shown: Page) -> None:
        (text,) = (block.text for block in shown.blocks if block.language == "python")
        assert ast.parse(text).body

    def test_its_links_lead_somewhere(self, shown: Page) -> None:
        for target in re.findall(r"\]\((?!https?://)([^)]+)\)", shown.prose):
            name, _, place = target.partition("#")
            file = shown.path.parent / name if name else shown.path
            assert file.exists(), target
            assert not place or place in {anchor(heading) for heading in Page(file).headings}, target


def anchor(heading: str) -> str:
    """The place in a page that a heading makes, as the usual viewers of Markdown name it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("name", NAMES)
class TestBothLanguages:
    def test_what_is_pasted_is_the_same_but_for_the_remarks(self, name: str) -> None:
        english, chinese = page(name), page(name, CHINESE)
        assert [(block.language, block.step, block.bare) for block in english.blocks] == [
            (block.language, block.step, block.bare) for block in chinese.blocks
        ]

    def test_they_tell_of_the_same_errors(self, name: str) -> None:
        assert page(name).codes == page(name, CHINESE).codes

    def test_they_name_the_same_commands_paths_and_settings(self, name: str) -> None:
        english, chinese = (
            {word for word in shown.inline if re.search(r"^ums |^--|/|_", word)}
            for shown in (page(name), page(name, CHINESE))
        )
        assert english == chinese

    def test_both_are_found_from_the_first_pages(self, name: str) -> None:
        assert f"docs/channels/{name}.md" in (ROOT / "README.md").read_text("utf-8")
        assert f"docs/channels/{name}.zh-CN.md" in (ROOT / "README.zh-CN.md").read_text("utf-8")


@pytest.mark.parametrize("language", ["", CHINESE])
def test_the_types_of_keys_are_those_that_are_checked(language: str) -> None:
    (table,) = re.findall(r"^\| `thing` \|.*?(?=\n\n)", page("wechatmp", language).text, re.MULTILINE | re.DOTALL)
    told = {word for row in table.splitlines() for word in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert told - {"enum"} == set(TYPES)
