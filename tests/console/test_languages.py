from __future__ import annotations

import re

import pytest
from flask import Flask

from scripts import translations
from scripts.translations import Part
from tests.console.visitor import Visitor
from tests.dispatch.stage import Stage


@pytest.mark.parametrize(
    ("asked", "lang", "title"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN", "登录"),
        ("zh-TW", "zh-CN", "登录"),
        ("en-GB", "en", "Sign in"),
        ("fr,de;q=0.5", "en", "Sign in"),
        ("", "en", "Sign in"),
        ("x" * 300, "en", "Sign in"),
    ],
)
def test_it_speaks_what_the_browser_asks_for(app: Flask, asked: str, lang: str, title: str) -> None:
    page = Visitor(app, language=asked).get("/console/login")
    assert f'<html lang="{lang}">' in page.html
    assert f"<h1>{title}</h1>" in page.html
    assert {"Cookie", "Accept-Language"} <= set(page.headers["Vary"].split(", "))


def test_the_switch_is_kept_and_leads_back_to_where_it_was_pressed(stranger: Visitor) -> None:
    answer = stranger.post("/console/language", language="zh", back="/console/login")
    assert answer.location == "/console/login"
    assert "登录" in stranger.get("/console/login").text
    stranger.post("/console/language", language="en", back="/console/login")
    assert "Sign in" in stranger.get("/console/login").text


def test_the_choice_outlasts_the_session(viewer: Visitor) -> None:
    viewer.post("/console/language", language="zh")
    viewer.post("/console/logout")
    assert "登录" in viewer.get("/console/login").text


@pytest.mark.parametrize(
    "back",
    [
        "",
        "https://evil.example/",
        "//evil.example",
        "/console/../..//evil",
        "/console\\@evil",
        "/elsewhere",
        "/console/\n",
    ],
)
def test_the_switch_leads_nowhere_else(stranger: Visitor, back: str) -> None:
    assert stranger.post("/console/language", language="zh", back=back).location == "/console/"


def test_an_unknown_language_changes_nothing(stranger: Visitor) -> None:
    stranger.post("/console/language", language="xx")
    assert "Sign in" in stranger.get("/console/login").text


def test_reasons_are_told_in_chinese_too(app: Flask, stage: Stage) -> None:
    stage.provider.secret = "another"
    visitor = Visitor(app, language="zh").sign_in(stage.gateway, "operator")
    visitor.post("/console/channels/app1/test")
    page = visitor.get("/console/channels/app1").text
    assert "服务商拒绝。 请检查。" in page
    assert "已挂起" in page


def test_a_chinese_page_has_no_english_left(app: Flask, stage: Stage) -> None:
    visitor = Visitor(app, language="zh").sign_in(stage.gateway, "operator", name="张三")
    msgid = stage.send([stage.user("u1", app="fake-u1-address")])
    names = {"English", "Asia", "Shanghai", "shop", "email"}
    for path in ("/console/channels", "/console/messages", f"/console/messages/{msgid}", "/console/nosuch"):
        page = visitor.get(path).text.replace(msgid, "")
        assert [word for word in re.findall(r"[A-Za-z0-9]{4,}", page) if not _is_name(word, names)] == [], path


def _is_name(word: str, names: set[str]) -> bool:
    return word in names or any(character.isdigit() for character in word)


@pytest.mark.parametrize("part", translations.PARTS)
def test_everything_that_is_said_is_translated(part: Part) -> None:
    catalog = translations.translated(part)
    assert translations.missing(catalog) == []
    assert {message.id for message in catalog} == {message.id for message in translations.said(part)}


@pytest.mark.parametrize("part", translations.PARTS)
def test_the_compiled_translations_are_those_that_are_written(part: Part) -> None:
    catalog = translations.translated(part)
    assert part.mo.read_bytes() == translations.compiled(catalog)
    assert part.po.read_bytes() == translations.written(part, catalog)


@pytest.mark.parametrize("part", translations.PARTS)
def test_translations_hold_the_places_of_what_they_translate(part: Part) -> None:
    for message in translations.translated(part):
        if message.id:
            places = [set(re.findall(r"%\(\w+\)s", str(text))) for text in (message.id, message.string)]
            assert places[0] == places[1], message.id
