"""Sessions are the console's alone: everything else is called with its own credentials each time."""

from __future__ import annotations

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface


class ConsoleSessions(SecureCookieSessionInterface):
    """Opens a session where the path is one of the console's; elsewhere there is none to read or to write."""

    def __init__(self, prefix: str) -> None:
        self._below = f"{prefix}/"

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if not request.path.startswith(self._below):
            return None
        return super().open_session(app, request)
