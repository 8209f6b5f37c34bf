"""Which values the platform takes for a template's keys. The type is the key without its trailing digits."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping

from sandbox.templates import Template

DAY = r"\d{4}(?:年|[-/.])\d{1,2}(?:月|[-/.])\d{1,2}日?"
CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?"
# A day alone is a time as well: the page of subscription notices has "time7": {"value": "2019年8月8日"}.
MOMENT = rf"(?:(?:{DAY}\s*)?{CLOCK}|{DAY})"
DAY_MOMENT = rf"{DAY}(?:\s*{CLOCK})?"
HAN = r"\u3400-\u9fff\uf900-\ufaff"

PATTERNS: Mapping[str, re.Pattern[str]] = {
    "thing": re.compile(r".{1,20}"),
    "number": re.compile(r"(?=.{1,32}$)-?[0-9]+(?:\.[0-9]+)?"),
    "letter": re.compile(r"[A-Za-z]{1,32}"),
    "symbol": re.compile(r"[^\w\s]{1,5}"),
    "character_string": re.compile(rf"[^{HAN}]{{1,32}}"),
    "time": re.compile(rf"{MOMENT}(?:\s*~\s*{MOMENT})?"),
    "date": re.compile(rf"{DAY_MOMENT}(?:\s*~\s*{DAY_MOMENT})?"),
    "amount": re.compile(r"[^\w\s]?(?=[\d.]{1,11}元?$)\d{1,10}(?:\.\d+)?元?"),
    "phone_number": re.compile(r"[0-9+\-() ]{1,17}"),
    "car_number": re.compile(rf"[{HAN}A-Za-z0-9]{{1,8}}"),
    "phrase": re.compile(rf"[{HAN}]{{1,5}}"),
}


def _name_fits(text: str) -> bool:
    return len(text) <= (10 if re.search(rf"[{HAN}]", text) else 20)


RULES: Mapping[str, Callable[[str], object]] = {
    **{kind: pattern.fullmatch for kind, pattern in PATTERNS.items()},
    "name": _name_fits,
}


def complaint(template: Template, data: object) -> str:
    """What is wrong with the values of a send, in the platform's words; empty when nothing is.

    The misspelt ``emtpy`` is the platform's own.
    """
    if not isinstance(data, dict):
        return "argument invalid! data invalid"
    for key in template.keys:
        entry = data.get(key)
        value = entry.get("value") if isinstance(entry, dict) else None
        if value is None or value == "":
            return f"argument invalid! data.{key}.value is emtpy"
        if not fits(key, value, template.choices.get(key)):
            return f"argument invalid! data.{key}.value invalid"
    return ""


def fits(key: str, value: object, choices: frozenset[str] | None = None) -> bool:
    """Whether the platform takes this value for this key. Numbers are taken as their text."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return False
    text = str(value)
    if not text.strip() or (not text.isprintable() and _has_control(text)):
        return False
    if choices is not None:
        return text in choices
    rule = RULES.get(key.rstrip("0123456789"))
    return rule is None or bool(rule(text))


def _has_control(text: str) -> bool:
    return any(unicodedata.category(character) == "Cc" for character in text)
