"""What a value may be, by the type of its key: the platform's table of parameter limits, as code.

Where the table is silent this counts safely, so that what passes here is taken there: an emoji, whose length nobody
has written down, counts as two characters. A type that isn't in the table passes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

ELLIPSIS = "…"
PLAIN_ELLIPSIS = "..."
"""For types that may hold no Chinese: whether the platform takes the typographic one there isn't known."""

_HAN = r"\u3400-\u9fff\uf900-\ufaff"
_CHINESE = re.compile("[\u2e80-\u2fdf\u3005-\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_WIDE = re.compile("[\u231a\u231b\u23e9-\u23f3\u25fd\u25fe\u2600-\u27bf\u2b1b-\u2b55\U00010000-\U0010ffff]")
"""Emoji, and whatever else UTF-16 writes as two."""
_NO_LATIN = re.compile("[\u2e80-\U0010ffff]")
_TIES = " \u200d\ufe0e\ufe0f"
"""What a cut leaves behind of an emoji made of several, and blanks."""

_YEAR = "[0-9]{4}"
_MONTH = "(?:0?[1-9]|1[0-2])"
_DAY = "(?:0?[1-9]|[12][0-9]|3[01])"
_DATE = f"{_YEAR}(?:年{_MONTH}月{_DAY}日|-{_MONTH}-{_DAY}|/{_MONTH}/{_DAY}|\\.{_MONTH}\\.{_DAY})"
_CLOCK = "(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?"
# the platform's own example of a notice has a day alone in a time: "time7": {"value": "2019年8月8日"}
_MOMENT = f"(?:(?:{_DATE} *)?{_CLOCK}|{_DATE})"
_DATE_MOMENT = f"{_DATE}(?: *{_CLOCK})?"
_CURRENCY = "[$¢£¤¥֏؋৲৳૱௹฿៛\u20a0-\u20c0﷼﹩＄￠￡￥￦]"


class KeyType(NamedTuple):
    """What one type takes. `most` is how many characters a value may have; `clip` cuts one that has more."""

    fits: Callable[[str], object]
    most: Callable[[str], int] | None = None
    clip: Callable[[str], str] | None = None


def counted(text: str) -> int:
    """How many characters the platform may count: emoji as two."""
    return len(text) if text.isascii() else len(text) + len(_WIDE.findall(text))


def cut(text: str, most: int, ellipsis: str) -> str:
    """The beginning of a text, so that it counts at most `most` with the ellipsis at its end."""
    text = text.strip()
    if counted(text) <= most:
        return text
    room, end = most - counted(ellipsis), 0
    while (room := room - counted(text[end])) >= 0:
        end += 1
    return text[:end].rstrip(_TIES) + ellipsis


def _matching(pattern: str) -> Callable[[str], object]:
    return re.compile(pattern).fullmatch


def _limited(most: int, pattern: str, ellipsis: str) -> KeyType:
    """A type of at most so many characters that match the pattern; too many are cut."""
    fits = _matching(pattern)
    return KeyType(
        fits=lambda text: counted(text) <= most and fits(text),
        most=lambda _: most,
        clip=lambda text: cut(text, most, ellipsis),
    )


def _most_of_name(text: str) -> int:
    """A mixed name counts as Chinese; so does whatever isn't of an alphabet."""
    return 10 if _NO_LATIN.search(text) else 20


_NO_DIGIT = re.compile(r"\D+")

TYPES: Mapping[str, KeyType] = {
    "thing": _limited(20, ".+", ELLIPSIS),
    "character_string": _limited(32, f"[^{_CHINESE.pattern[1:-1]}]+", PLAIN_ELLIPSIS),
    # there is no place for an ellipsis where only letters, or only Chinese, are taken
    "letter": _limited(32, "[A-Za-z]+", ""),
    "phrase": _limited(5, f"[{_HAN}]+", ""),
    "name": KeyType(
        fits=lambda text: counted(text) <= _most_of_name(text) and _NO_DIGIT.fullmatch(text),
        most=_most_of_name,
        clip=lambda text: cut(text, _most_of_name(text), ELLIPSIS),
    ),
    "number": KeyType(_matching(r"(?=.{1,32}\Z)[0-9]+(?:\.[0-9]+)?")),
    "symbol": KeyType(lambda text: counted(text) <= 5 and re.fullmatch(r"[^\w\s]+", text), most=lambda _: 5),
    "time": KeyType(_matching(f"{_MOMENT}(?: *~ *{_MOMENT})?")),
    "date": KeyType(_matching(f"{_DATE_MOMENT}(?: *~ *{_DATE_MOMENT})?")),
    "amount": KeyType(_matching(rf"{_CURRENCY}?(?=[0-9.]{{1,11}}元?\Z)[0-9]{{1,10}}(?:\.[0-9]+)?元?")),
    "phone_number": KeyType(_matching(r"(?=.*[0-9])[0-9+\-() ]{1,17}")),
    "car_number": KeyType(_matching(f"[{_HAN}A-Za-z0-9](?:[A-Za-z0-9]{{0,6}}[{_HAN}A-Za-z0-9])?")),
}
"""The types that have limits. `const` and `short_thing` aren't among them: no list of their values is published."""
