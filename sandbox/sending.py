"""The three ways a message goes out: template messages, subscription notices, subscribe messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sandbox.accounts import NO_RECEIPT, Account
from sandbox.errors import Refused
from sandbox.events import Event, subscription_sent, template_finished
from sandbox.exchange import Answer, Asked, document_in, text_in
from sandbox.templates import Template
from sandbox.values import complaint
from sandbox.world import World


class Letter(NamedTuple):
    """What every send names: whom, which template, and the values."""

    openid: str
    template_id: str
    data: object
    client_msg_id: str

    @classmethod
    def read(cls, body: bytes) -> Letter:
        document = document_in(body)
        return cls(
            text_in(document, "touser"),
            text_in(document, "template_id"),
            document.get("data"),
            text_in(document, "client_msg_id"),
        )


def send_template_message(world: World, account: Account, asked: Asked) -> Answer:
    """``/cgi-bin/message/template/send``: to followers, one delivery per ``client_msg_id`` in ten minutes."""
    letter = Letter.read(asked.body)
    user = world.user(account, letter.openid)
    if not user.following:
        raise Refused(43004)
    _check(letter, account.templates)
    if user.refuses(letter.template_id):
        raise Refused(43101)
    repeated = account.repeats.msgid_of(letter.openid, letter.client_msg_id, asked.now)
    if letter.client_msg_id and repeated is not None:
        return _accepted(letter.openid, repeated)
    msgid = world.next_msgid()
    if letter.client_msg_id:
        account.repeats.remember(letter.openid, letter.client_msg_id, msgid, asked.now)
    account.hand_over(letter.openid)
    event = template_finished(letter.openid, msgid, user.receipt, int(asked.now))
    return _accepted(letter.openid, msgid, event if user.receipt != NO_RECEIPT else None)


def send_subscription_notice(world: World, account: Account, asked: Asked) -> Answer:
    """``/cgi-bin/message/subscribe/bizsend``: an official account's notice; costs one credit."""
    return _subscription(world, account, asked, Letter.read(asked.body), "xml")


def send_subscribe_message(world: World, account: Account, asked: Asked) -> Answer:
    """``/cgi-bin/message/subscribe/send``: a mini program's message; one at a time per openid (43108)."""
    letter = Letter.read(asked.body)
    if letter.openid in account.in_flight:
        raise Refused(43108)
    answer = _subscription(world, account, asked, letter, account.push_format)
    return answer._replace(holds=letter.openid)


def _subscription(world: World, account: Account, asked: Asked, letter: Letter, form: str) -> Answer:
    user = world.user(account, letter.openid)
    _check(letter, account.subscription_templates)
    if user.refuses(letter.template_id) or not user.spend(letter.template_id):
        raise Refused(43101)
    msgid = world.next_msgid()
    account.hand_over(letter.openid)
    if user.receipt == NO_RECEIPT:
        return _accepted(letter.openid, msgid)
    return _accepted(
        letter.openid,
        msgid,
        subscription_sent(letter.openid, letter.template_id, msgid, user.receipt, int(asked.now), form),
    )


def _check(letter: Letter, templates: Mapping[str, Template]) -> None:
    """40037 for a template that is not in the account's list, 47003 for values that do not fit it."""
    template = templates.get(letter.template_id)
    if template is None:
        raise Refused(40037)
    wrong = complaint(template, letter.data)
    if wrong:
        raise Refused(47003, wrong)


def _accepted(openid: str, msgid: int, event: Event | None = None) -> Answer:
    return Answer(b'{"errcode":0,"errmsg":"ok","msgid":%d}' % msgid, openid=openid, event=event)
