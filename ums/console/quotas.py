"""Buttons of a channel's page: calls of the day asked for and counted anew, and the access token renewed."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from ums.console import explaining
from ums.console.auth import runs_channels
from ums.console.context import current_gateway, current_operator
from ums.console.showing import shortened
from ums.domain.errors import Conflict, InvalidRequest, Problem, Unavailable
from ums.services import audits, channels, quotas, tokens

pages = Blueprint("quotas", __name__, url_prefix="/channels")


@pages.post("/<code>/ask-quotas")
@runs_channels
def ask(code: str) -> ResponseReturnValue:
    """Ask the provider how many calls are left."""
    try:
        quotas.refresh(current_gateway(), code)
    except (Conflict, InvalidRequest, Unavailable) as problem:
        _flash_problem(gettext("The quotas could not be had."), code, problem)
    return _back_to(code)


@pages.post("/<code>/clear-quota")
@runs_channels
def clear(code: str) -> ResponseReturnValue:
    """Have the provider count the calls of an endpoint anew."""
    gateway, endpoint = current_gateway(), request.form.get("endpoint", "")
    try:
        quotas.clear(gateway, code, endpoint)
    except (Conflict, InvalidRequest, Unavailable) as problem:
        _flash_problem(gettext("The count was not cleared."), code, problem)
        return _back_to(code)
    audits.note(gateway, current_operator(), "POST", request.path, f"endpoint {endpoint}")
    flash(gettext("The provider counts anew, and what waited goes on."), "good")
    return _back_to(code)


@pages.post("/<code>/renew-token")
@runs_channels
def renew_token(code: str) -> ResponseReturnValue:
    """Have the provider make another access token."""
    gateway = current_gateway()
    try:
        tokens.renew(gateway, code)
    except (Conflict, InvalidRequest, Unavailable) as problem:
        _flash_problem(gettext("The access token was not renewed."), code, problem)
    else:
        audits.note(gateway, current_operator(), "POST", request.path, "")
        flash(gettext("A new access token has been fetched."), "good")
    return redirect(url_for("console.channels.show", code=code), 303)


def _flash_problem(title: str, code: str, problem: Problem) -> None:
    """Tell what went wrong, in the plugin's plain words where the sentence names a reason it knows."""
    gateway = current_gateway()
    plugin = gateway.registry.by_type.get(channels.show(gateway, code).channel.type)
    told = " ".join(f"{item.text} {item.hint}".strip() for item in explaining.sentence(plugin, problem.message))
    flash(f"{title} {shortened(told)}".strip(), "bad")


def _back_to(code: str) -> ResponseReturnValue:
    return redirect(url_for("console.channels.show", code=code) + "#quotas", 303)
