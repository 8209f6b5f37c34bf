"""Who may see a page: every view is wrapped by exactly one of these, and carries its name as `authentication`.

The cookie holds a session token, signed; the session itself is a row on the server, and signing out deletes it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import g, redirect, session, url_for
from flask.typing import ResponseReturnValue

from ums.console.context import current_gateway
from ums.domain.errors import NotAllowed
from ums.domain.operator import Operator
from ums.services import operators

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]

OPEN_TO_ALL = "open_to_all"
NEEDS_OPERATOR = "needs_operator"

_TOKEN = "token"  # noqa: S105 - the name it stands under in the cookie


def open_to_all(view: View[P]) -> View[P]:
    """Anybody may look: the way in, and the page that says there is no such page."""
    view.__dict__["authentication"] = OPEN_TO_ALL
    return view


def needs_operator(view: View[P]) -> View[P]:
    """Whoever is signed in may look; everyone else is shown the way in."""
    return _guarded(view, lambda operator: True)


def runs_channels(view: View[P]) -> View[P]:
    """Only who looks after channels may do this."""
    return _guarded(view, lambda operator: operator.runs_channels)


def recognise() -> None:
    """Note who is signed in, if anybody is, on a page that is open to all."""
    g.operator = _signed_in()


def begin_session(link: str) -> None:
    """Sign this browser in. Raises NotAuthenticated for a link that is used, too old or unknown."""
    token = operators.sign_in(current_gateway(), link)
    end_session()
    session[_TOKEN] = token.value


def end_session() -> None:
    """Sign this browser out, if it is signed in; only its language is remembered."""
    held = session.get(_TOKEN)
    if isinstance(held, str):
        operators.sign_out(current_gateway(), held)
    for name in [name for name in session if name != "language"]:
        del session[name]


def _guarded(view: View[P], allows: Callable[[Operator], bool]) -> View[P]:
    @wraps(view)
    def guarded(*positional: P.args, **named: P.kwargs) -> ResponseReturnValue:
        operator = _signed_in()
        if operator is None:
            return redirect(url_for("console.sign_in.ask"), 303)
        g.operator = operator
        if not allows(operator):
            raise NotAllowed(
                f"You are signed in as {operator.role.value}; only an operator or an admin may do this."
            )
        return view(*positional, **named)

    guarded.__dict__["authentication"] = NEEDS_OPERATOR
    return guarded


def _signed_in() -> Operator | None:
    held = session.get(_TOKEN)
    return operators.of_session(current_gateway(), held) if isinstance(held, str) else None
