"""What a request finds: the opened gateway, and its own number for the log."""

from __future__ import annotations

import secrets

from flask import Flask, Response, current_app, g

from ums.services.gateway import Gateway
from ums.structured import structlog

EXTENSION = "ums"


_OF_EVERY_ANSWER = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))


def attach(app: Flask, gateway: Gateway) -> None:
    """Keep the gateway with the application, and give each request a number."""
    app.extensions[EXTENSION] = gateway
    app.before_request(_number)
    app.after_request(_headed)
    app.teardown_request(_forgotten)


def current_gateway() -> Gateway:
    """The gateway of the application that answers this request."""
    gateway = current_app.extensions[EXTENSION]
    assert isinstance(gateway, Gateway)  # noqa: S101 - `attach` put it there
    return gateway


def request_id() -> str:
    """This request's number, as it stands in the log and in `X-Request-Id`."""
    if "request_id" not in g:
        g.request_id = secrets.token_hex(8)
    return str(g.request_id)


def _number() -> None:
    structlog.contextvars.bind_contextvars(request=request_id())


def _forgotten(_: BaseException | None) -> None:
    structlog.contextvars.unbind_contextvars("request")


def _headed(response: Response) -> Response:
    """Answers hold people's addresses: nobody keeps them, and nobody guesses what they are."""
    headers = response.headers
    for name, value in _OF_EVERY_ANSWER:
        if name not in headers:
            headers.add(name, value)
    headers.add("X-Request-Id", request_id())
    return response
