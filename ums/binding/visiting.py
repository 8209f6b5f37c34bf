"""From a link over the provider's page to what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import Headers

from ums.binding import context
from ums.binding.showing import page
from ums.domain.privacy import hinted
from ums.domain.visit import MAY_TRY_AGAIN, Ending, Outcome
from ums.services.binding import visits
from ums.services.binding.tickets import MINIPROGRAM
from ums.services.binding.visits import Offered, SentOff

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

STATUSES = {
    Ending.TAKEN: 409,
    Ending.APART: 409,
    Ending.STALE: 400,
    Ending.NOT_HIS: 403,
    Ending.OVER: 403,
    Ending.TROUBLE: 503,
}
"""Of what a visit may come to; elsewhere 200: nothing went wrong."""
WAIT = 1
"""Seconds until a page looks again what its visit has come to."""
STAY = 3
"""Seconds that people see what came of it, before they are led back."""
INSIDE = "miniprogram"
"""In what a browser says of itself where it is a window of WeChat's mini programs (its page on web-view)."""


def start(code: str) -> ResponseReturnValue:
    """A link is opened: on to the provider's page. That it is opened uses nothing up.

    A link that stands for a login in the app as well asks first where it is opened anywhere else: somebody may have
    sent his own.
    """
    text = request.args.get("ticket", "")
    offered = _offered(code, text)
    browser = context.browser()
    if offered.is_companion and INSIDE not in request.headers.get("User-Agent", "").lower():
        token = context.form_token(browser)
        return _page("ask.html", offered, ticket=text, token=token, action=url_for(".visiting_go", code=code))
    return redirect(visits.set_out(context.current_gateway(), offered.errand, browser).url, 302)


def go(code: str) -> ResponseReturnValue:
    """He wants the two to be brought together: on to the provider's page."""
    browser = context.check_form()
    text = request.form.get("ticket", "")
    offered = _offered(code, text)
    sent = visits.set_out(context.current_gateway(), offered.errand, browser)
    # a form may not lead to another site, so its page does
    return _page("moment.html", offered, go_to=sent.url, wait=0)


def callback(code: str) -> ResponseReturnValue:
    """The provider has led a browser back to us."""
    gateway, state = context.current_gateway(), request.args.get("state", "")
    came = context.judged(
        lambda: visits.come_back(gateway, code, state, context.known_browser(), request.args.get("code", ""))
    )
    if isinstance(came, SentOff):
        return redirect(came.url, 302)
    return _onwards(url_for(".visiting_done", code=code, state=state))


def done(code: str) -> ResponseReturnValue:
    """What came of a visit, for the browser that made it."""
    gateway, state = context.current_gateway(), request.args.get("state", "")
    outcome = context.judged(lambda: visits.shown(gateway, state, context.known_browser()))
    if outcome is None:
        return page("moment.html", go_to=url_for(".visiting_done", code=code, state=state), wait=WAIT)
    if outcome.ending is Ending.RESULT:
        return _onwards(outcome.go_to)
    return _shown(outcome, state)


def again(code: str) -> ResponseReturnValue:
    """Once more to the provider's page."""
    gateway, state = context.current_gateway(), request.args.get("state", "")
    return redirect(context.judged(lambda: visits.again(gateway, state, context.known_browser())).url, 302)


class _Onwards(Response):
    """To another page, without what stood behind # in the address of the provider's: browsers would keep it."""

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        headers = super().get_wsgi_headers(environ)
        headers["Location"] = f"{headers['Location']}#"
        return headers


def _onwards(url: str) -> ResponseReturnValue:
    return _Onwards(status=303, headers={"Location": url})


def goes_back_into_the_app() -> bool:
    """Whether this answer's page leads back into the app, by the provider's script."""
    return bool(g.get("bind_goes_back"))


def _shown(outcome: Outcome, state: str) -> ResponseReturnValue:
    g.bind_goes_back = outcome.go_to == MINIPROGRAM
    again_url = url_for(".visiting_again", code=outcome.channel, state=state)
    return page(
        "done.html",
        STATUSES.get(outcome.ending, 200),
        outcome.application_id,
        ending=outcome.ending.value,
        channel=outcome.name,
        userid=hinted(outcome.userid) if outcome.userid else "",
        go_to="" if g.bind_goes_back else outcome.go_to,
        goes_back=g.bind_goes_back,
        stay=STAY,
        leave_url=outcome.leave and url_for(".leaving_ask", code=outcome.channel, ticket=outcome.leave),
        again_url=again_url if outcome.ending in MAY_TRY_AGAIN else "",
    )


def _offered(code: str, text: str) -> Offered:
    offered = context.judged(lambda: visits.offered(context.current_gateway(), code, text))
    context.count_opening(text)
    return offered


def _page(template: str, offered: Offered, **words: object) -> ResponseReturnValue:
    errand = offered.errand
    return page(template, 200, errand.ticket.application_id, channel=errand.name, **words)
