"""Unbinding by the person himself: asked once more on a page, done by a form that only this page could send."""

from __future__ import annotations

from flask import request, url_for
from flask.typing import ResponseReturnValue

from ums.binding import context
from ums.binding.showing import page
from ums.domain.privacy import hinted
from ums.services.binding import leaving


def ask(code: str) -> ResponseReturnValue:
    """Whether he means it. That this page is opened undoes nothing."""
    text = request.args.get("ticket", "")
    asked = context.judged(lambda: leaving.asked(context.current_gateway(), text))
    return page(
        "leave.html",
        200,
        asked.application_id,
        channel=asked.name,
        userid=hinted(asked.userid),
        ticket=text,
        token=context.form_token(context.browser()),
        action=url_for(".leaving_leave", code=code),
    )


def leave(code: str) -> ResponseReturnValue:
    """He means it."""
    context.check_form()
    left = context.judged(lambda: leaving.leave(context.current_gateway(), request.form.get("ticket", "")))
    return page("left.html", 200, left.application_id, channel=left.name)
