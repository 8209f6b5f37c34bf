"""What a page finds: the opened gateway, who comes from where, and in which browser."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from typing import TypeVar

from flask import Flask, Response, after_this_request, current_app, g, request

from ums.binding.turnstile import Turnstile
from ums.domain.bind_ticket import Purpose
from ums.domain.errors import NotAllowed, NotFound
from ums.services.binding import signing
from ums.services.gateway import Gateway

T = TypeVar("T")

EXTENSION, TURNSTILE = "ums_binding", "ums_binding.turnstile"
PREFIX = "/bind"
COOKIE = "ums_bind"
COOKIE_LIFETIME = 3600
"""Seconds that a browser is known again; every page of a link renews them."""
FORM_REFUSED = "This form was not sent from its own page. Open the link again."


def attach(app: Flask, gateway: Gateway) -> None:
    """Keep the gateway with the application that the pages are part of."""
    app.extensions[EXTENSION] = gateway
    app.extensions[TURNSTILE] = Turnstile(gateway.clock)


def current_gateway() -> Gateway:
    """The gateway of the application that answers this request."""
    gateway = current_app.extensions[EXTENSION]
    assert isinstance(gateway, Gateway)  # noqa: S101 - `attach` put it there
    return gateway


def enter() -> None:
    """Count this request. Raises RateExceeded for who comes too often."""
    _turnstile().enter(request.remote_addr or "")


def judged(ask: Callable[[], T]) -> T:
    """What is asked for; who comes with what is no good is counted. Raises RateExceeded, and what asking raises."""
    try:
        return ask()
    except (NotAllowed, NotFound):
        _turnstile().refuse(request.remote_addr or "")
        raise


def nonce() -> str:
    """By which this page's own style is known to be ours."""
    if "bind_nonce" not in g:
        g.bind_nonce = secrets.token_urlsafe(16)
    return str(g.bind_nonce)


def known_browser() -> str:
    """The digest of this browser's cookie. Raises NotAllowed where it has none of ours."""
    digest = signing.checked(current_gateway(), Purpose.BROWSER, request.cookies.get(COOKIE, ""))
    if digest is None:
        raise NotAllowed("This page belongs to another browser.")
    return digest


def browser() -> str:
    """The digest of this browser's cookie, which it gets, or keeps for longer, with the answer."""
    gateway, text = current_gateway(), request.cookies.get(COOKIE, "")
    digest = signing.checked(gateway, Purpose.BROWSER, text)
    if digest is None:
        text, digest = signing.issue(gateway, Purpose.BROWSER)

    @after_this_request
    def known(response: Response) -> Response:
        response.set_cookie(
            COOKIE,
            text,
            max_age=COOKIE_LIFETIME,
            path=PREFIX,
            secure=gateway.settings.address.startswith("https://"),
            httponly=True,
            samesite="Lax",
        )
        return response

    return digest


def form_token(digest: str) -> str:
    """What a form of ours holds in this browser, and no other site can know."""
    key = current_gateway().sealer.signing_key.encode()
    return hmac.new(key, b"bind form\0" + digest.encode(), "sha256").hexdigest()


def check_form() -> str:
    """The digest of the browser that sends a form of ours. Raises NotAllowed for any other form."""
    digest = known_browser()
    given = request.form.get("token", "")
    if not hmac.compare_digest(given.encode(), form_token(digest).encode()):
        raise NotAllowed(FORM_REFUSED)
    return digest


def _turnstile() -> Turnstile:
    turnstile = current_app.extensions[TURNSTILE]
    assert isinstance(turnstile, Turnstile)  # noqa: S101 - `attach` put it there
    return turnstile
