"""A channel's credits: how its templates stand, who runs out, and how one user's balances came about.

An openid is never part of an address: whoever looks for one sends it in a form.
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from ums.console.auth import needs_operator
from ums.console.context import current_gateway
from ums.domain.errors import NotFound
from ums.services import channels, credit_overview
from ums.services.credit_overview import FARTHEST, AddressCredits

pages = Blueprint("credits", __name__, url_prefix="/channels/<code>/credits")

FEW = 1
"""Whoever has no more credits than that is shown first."""
MOST = 1_000_000
PAGE = 25


@pages.get("")
@needs_operator
def overview(code: str) -> ResponseReturnValue:
    """The sums of each template, and who runs out; with `user`, what one user has."""
    userid = request.args.get("user", "")
    if userid:
        return _user_page(code, userid, credit_overview.of_user(current_gateway(), code, userid))
    template, at_most = request.args.get("template", ""), _number("low", FEW, MOST)
    start = _number("start", 0, FARTHEST)
    gateway = current_gateway()
    channel = channels.show(gateway, code).channel
    return render_template(
        "console/credits.html",
        channel=channel,
        found=credit_overview.overview(gateway, code),
        lowest=credit_overview.lowest(gateway, code, template=template, at_most=at_most, start=start, limit=PAGE),
        template=template,
        low=at_most,
        start=start,
    )


@pages.post("")
@needs_operator
def look_up(code: str) -> ResponseReturnValue:
    """What one user has, by his userid or his address."""
    whose = request.form.get("whose", "").strip()
    here = url_for("console.credits.overview", code=code)
    if not whose:
        flash(gettext("Enter a userid or an openid."), "note")
        return redirect(here, 303)
    gateway = current_gateway()
    if credit_overview.knows(gateway, whose):
        return redirect(url_for("console.credits.overview", code=code, user=whose), 303)
    try:
        found = credit_overview.of_user(gateway, code, whose)
    except NotFound:
        flash(gettext("Nobody has this userid, and no openid looks like that."), "bad")
        return redirect(here, 303)
    return _user_page(code, "", found)


def _user_page(code: str, userid: str, found: tuple[AddressCredits, ...]) -> ResponseReturnValue:
    gateway = current_gateway()
    return render_template(
        "console/credits_of_user.html",
        channel=channels.show(gateway, code).channel,
        userid=userid or next((each.userid for each in found if each.userid), ""),
        found=found,
        titles=credit_overview.titles(gateway, code),
        most=credit_overview.CHANGES,
    )


def _number(name: str, usual: int, most: int) -> int:
    """A whole number of the query; the usual one where it isn't one, or is too large."""
    given = request.args.get(name, "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 9 and int(given) <= most else usual
