"""Which language a page speaks: the one chosen in its header, else what the browser asks for."""

from __future__ import annotations

import re
from datetime import tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import Babel

from ums.console.auth import open_to_all
from ums.console.context import current_gateway

LANGUAGES = {"en": "English", "zh": "中文"}
TRANSLATIONS = Path(__file__).parent / "translations"

pages = Blueprint("languages", __name__)

# A path of the console and nothing else: no other host, no backslash that a browser reads as a slash.
_BACK = re.compile(r"/console(?:/[A-Za-z0-9._~%-]+)*/?(?:\?[A-Za-z0-9._~%&=-]*)?")


def set_up(app: Flask) -> None:
    """Let the application's templates speak the reader's language."""
    Babel(
        app,
        default_translation_directories=str(TRANSLATIONS),
        locale_selector=language,
        timezone_selector=lambda: current_gateway().settings.quota_timezone,
    )


def language() -> str:
    """The reader's language: a key of `LANGUAGES`."""
    chosen = session.get("language")
    if isinstance(chosen, str) and chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(list(LANGUAGES), "en")


def reads_chinese() -> bool:
    return language() == "zh"


def time_zone() -> tzinfo:
    """The zone in which times are shown."""
    return ZoneInfo(current_gateway().settings.quota_timezone)


@pages.post("/language")
@open_to_all
def choose() -> ResponseReturnValue:
    """Keep the choice, and go back to where it was made."""
    chosen = request.form.get("language", "")
    if chosen in LANGUAGES:
        session["language"] = chosen
    back = request.form.get("back", "")
    return redirect(back if _BACK.fullmatch(back) else url_for("console.home"), 303)
