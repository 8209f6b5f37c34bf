"""A link that somebody was sent because he asked for it at the account: it is for him, whoever opens it."""

from __future__ import annotations

from urllib.parse import urlsplit

from tests.binding.phone import OPENID, Phone, Town, result_in
from ums.domain.person import Gesture, GestureKind
from ums.services.accounts import account
from ums.services.binding import gestures

OTHER = "fake-openid-of-somebody-else"


def asked_for(town: Town) -> str:
    """The path of the link that he is answered."""
    gesture = Gesture(kind=GestureKind.MENU, address=OPENID, text="BIND", at=town.site.clock.now())
    words = gestures.answer(town.site.gateway, account(town.site.gateway, "oa1"), gesture)
    assert words is not None
    assert OPENID not in words
    parts = urlsplit(words.removeprefix("go to "))
    return f"{parts.path}?{parts.query}"


def test_he_comes_to_the_login_page_of_the_application(town: Town, phone: Phone) -> None:
    town.knows()
    done = phone.walks(asked_for(town))
    result = result_in(done)
    answer = town.site.post("/v1/bind/complete", {"result": result, "userid": "newcomer"})
    assert answer.status_code == 200, answer.get_json()
    assert town.bound("newcomer") == {"oa1": OPENID}


def test_who_was_passed_the_link_does_not_and_it_stays_good(town: Town, phone: Phone) -> None:
    link = asked_for(town)
    town.knows("code2", OTHER)
    assert Phone(town).walks(link, "code2").status_code == 403
    town.knows()
    assert result_in(phone.walks(link))
