"""What a page finds: the opened gateway, and who looks at it."""

from __future__ import annotations

from flask import Flask, current_app, g

from ums.domain.operator import Operator
from ums.services.gateway import Gateway

EXTENSION = "ums_console"


def attach(app: Flask, gateway: Gateway) -> None:
    """Keep the gateway with the application that the console is part of."""
    app.extensions[EXTENSION] = gateway


def current_gateway() -> Gateway:
    """The gateway of the application that answers this request."""
    gateway = current_app.extensions[EXTENSION]
    assert isinstance(gateway, Gateway)  # noqa: S101 - `attach` put it there
    return gateway


def current_operator() -> Operator | None:
    """Who is signed in; None on pages that are open to all."""
    operator = g.get("operator")
    return operator if isinstance(operator, Operator) else None
