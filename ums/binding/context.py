"""What a page finds: the opened gateway, who comes from where, and in which browser."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from typing import TypeVar

from flask import Flask, Response, after_this_request, current_app, g, request

from ums.domain.bind_ticket import Purpose
from ums.domain.errors import NotAllowed, NotFound, RateExceeded
from ums.domain.rate import Standing
from ums.services.binding import signing
from ums.services.crowd import Crowd
from ums.services.gateway import Gateway

T = TypeVar("T")

EXTENSION, CROWD = "ums_binding", "ums_binding.crowd"
MOST_REFUSED = 30
"""Requests from one network in a minute with what we haven't signed, or what is over.

Many people share an address, a whole office on the day that it is bound: what they do rightly isn't counted by it.
"""
MOST_OPENED = 60
"""Times that one link may be opened in a minute."""
PREFIX = "/bind"
COOKIE, SECURE_COOKIE = "ums_bind", "__Host-ums_bind"
"""No other host can set the second in a browser, and have his visit completed by somebody else there."""
COOKIE_LIFETIME = 3600
"""Seconds that a browser is known again; every page of a link renews them."""
FORM_REFUSED = "This form was not sent from its own page. Open the link again."


def attach(app: Flask, gateway: Gateway) -> None:
    """Keep the gateway with the application that the pages are part of."""
    app.extensions[EXTENSION] = gateway
    app.extensions[CROWD] = Crowd(gateway.clock)


def current_gateway() -> Gateway:
    """The gateway of the application that answers this request."""
    gateway = current_app.extensions[EXTENSION]
    assert isinstance(gateway, Gateway)  # noqa: S101 - `attach` put it there
    return gateway


def count_opening(link: str) -> None:
    """A link of ours is opened. Raises RateExceeded where that happens too often."""
    _check(_crowd().count(link, MOST_OPENED))


def judged(ask: Callable[[], T]) -> T:
    """What is asked for; who comes with what is no good is counted. Raises RateExceeded, and what asking raises."""
    try:
        return ask()
    except (NotAllowed, NotFound):
        _check(_crowd().spend(request.remote_addr or "", MOST_REFUSED))
        raise


def nonce() -> str:
    """By which this page's own style is known to be ours."""
    if "bind_nonce" not in g:
        g.bind_nonce = secrets.token_urlsafe(16)
    return str(g.bind_nonce)


def known_browser() -> str:
    """The digest of this browser's cookie. Raises NotAllowed where it has none of ours."""
    digest = signing.checked(current_gateway(), Purpose.BROWSER, request.cookies.get(_cookie(), ""))
    if digest is None:
        raise NotAllowed("This page belongs to another browser.")
    return digest


def browser() -> str:
    """The digest of this browser's cookie, which it gets, or keeps for longer, with the answer."""
    gateway, text = current_gateway(), request.cookies.get(_cookie(), "")
    digest = signing.checked(gateway, Purpose.BROWSER, text)
    if digest is None:
        text, digest = signing.issue(gateway, Purpose.BROWSER)

    @after_this_request
    def known(response: Response) -> Response:
        response.set_cookie(
            _cookie(),
            text,
            max_age=COOKIE_LIFETIME,
            # what its name promises browsers is true of the root alone
            path="/" if _is_secure() else PREFIX,
            secure=_is_secure(),
            httponly=True,
            samesite="Lax",
        )
        return response

    return digest


def _cookie() -> str:
    return SECURE_COOKIE if _is_secure() else COOKIE


def _is_secure() -> bool:
    return current_gateway().settings.address.startswith("https://")


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


def _crowd() -> Crowd:
    crowd = current_app.extensions[CROWD]
    assert isinstance(crowd, Crowd)  # noqa: S101 - `attach` put it there
    return crowd


def _check(standing: Standing) -> None:
    """Raises RateExceeded."""
    if not standing.allowed:
        raise RateExceeded(f"Too many requests; wait {standing.reset} s.", retry_after=standing.reset)
