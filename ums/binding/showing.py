"""A page in the dress of the application whose link led to it."""

from __future__ import annotations

from flask import make_response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from ums.binding import context
from ums.domain.linking import Linking
from ums.services.binding import tickets

COLOR = "#0c7a68"
"""Of pages that nobody has given another one."""
MIDDLE = 140
"""Brightness, of 255, from which on dark letters are read better."""


def page(
    template: str, status: int = 200, application_id: int | None = None, **words: object
) -> ResponseReturnValue:
    """The page `template`, for a visit by a link of an application's."""
    linking = Linking() if application_id is None else tickets.linking_of(context.current_gateway(), application_id)
    color = linking.color or COLOR
    locale = get_locale()
    text = render_template(
        f"binding/{template}",
        brand=linking.name,
        color=color,
        ink=ink(color),
        nonce=context.nonce(),
        language="zh" if locale is not None and locale.language == "zh" else "en",
        **words,
    )
    return make_response(text, status)


def ink(color: str) -> str:
    """The color of letters on it.

    >>> ink("#0c7a68"), ink("#ffdd00")
    ('#ffffff', '#111111')
    """
    red, green, blue = (int(color[place : place + 2], 16) for place in (1, 3, 5))
    brightness = (299 * red + 587 * green + 114 * blue) / 1000
    return "#111111" if brightness >= MIDDLE else "#ffffff"
