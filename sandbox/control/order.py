"""One control request, and reading its query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sandbox.accounts import Account
from sandbox.control.fields import Fields, Unfit
from sandbox.state import State


class Missing(Exception):
    """What the path or the query names does not exist (404)."""


class Order(NamedTuple):
    """``name`` is the last part of a path like ``accounts/{appid}``; ``document`` the parsed body."""

    query: Mapping[str, str]
    name: str
    document: object

    @property
    def fields(self) -> Fields:
        return Fields(self.document)

    def known_query(self, *allowed: str) -> None:
        """Raises ``Unfit`` for a query member that means nothing here."""
        for name in self.query:
            if name not in allowed:
                raise Unfit(f"query: {name} is not known; allowed: {', '.join(allowed) or 'none'}")

    def whole(self, name: str, default: int) -> int:
        text = self.query.get(name, "")
        if text and not text.isdecimal():
            raise Unfit(f"query: {name} must be a whole number of 0 or more, not {text!r}")
        return int(text) if text else default

    def seconds(self, name: str) -> float:
        text = self.query.get(name, "") or "0"
        try:
            return float(text)
        except ValueError:
            raise Unfit(f"query: {name} must be seconds since the epoch, not {text!r}") from None


def account_named(state: State, appid: str) -> Account:
    """The account; raises ``Missing`` where it was neither configured nor seen."""
    account = state.world.accounts.get(appid)
    if account is None:
        known = ", ".join(state.world.accounts) or "none yet"
        raise Missing(f"no account {appid!r}; known accounts: {known}")
    return account
