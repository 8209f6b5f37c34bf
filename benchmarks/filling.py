"""Messages, deliveries and what hangs on them, made by the database itself: a million in seconds.

They look as those of a mini program do: an openid of 28 characters, a userid of 12, the provider's number, and its
words.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text

from ums.store.db import Session

SENDING, AWAITED = 50, 500
"""Of the deliveries, those before the queued ones: so many are being sent, and so many wait for their receipt."""
STEP = 100_000
"""Rows that one statement makes."""

NUMBERS = "WITH RECURSIVE n(i) AS (SELECT CAST(:low AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < :high)"
_TRUSTED = """
    SELECT set_config('session_replication_role', 'replica', true)
    FROM pg_user WHERE usename = current_user AND usesuper
"""
"""What is referred to isn't looked up for each row, where that may be chosen: it takes most of the time."""
_APPLICATION = """
    INSERT INTO applications (id, name, channel_key, sealed_secret, state, created_at, policy, linking)
    VALUES (1, 'shop', 'key', '', 'open', 0, '{}', '{}'), (2, 'post', 'other', '', 'open', 0, '{}', '{}')
"""
_CHANNEL = """
    INSERT INTO channels (id, code, type, name, settings, sealed_settings, version, state, reason, probes,
                          created_at, refresh_notes)
    VALUES (1, 'wechatmp1', 'wechatmp', '', '{}', '', 1, 'ready', '', 0, 0, '{}')
"""
_ENDPOINT = """
    INSERT INTO endpoints (channel_id, name, rate, allowance, refilled_at, blocked, reason)
    VALUES (1, 'subscription', 1000, 1000, 0, false, '')
"""
_RULE = '[{"channels":["wechatmp"],"on":[]}]'
_CONTENTS = '{"wechatmp":{"template_id":"T","data":{"thing1":{"value":"Your parcel is on its way"}}}}'
_MESSAGES = f"""{NUMBERS}
    INSERT INTO messages (id, msgid, application_id, status, rule_id, rule, contents, priority, recipients,
                          callback, audience, start_at, expanded_to, test, created_at, expires_at, finished_at,
                          purged)
    SELECT i, 'm000000000000' || (1000000000000 + i), CASE WHEN i % 50 = 0 THEN 2 ELSE 1 END, 'done', 0,
           '{_RULE}', '{_CONTENTS}', 2, :each, '{{}}', '{{}}', 0, 0, false, :now - :messages + i, :now + 86400,
           :now - :messages + i, '[]' FROM n
"""  # noqa: S608 - constants
_ADDRESS = "'oXyz1234AbCd5678_' || (10000000000 + (i * 48271) % 2147483647)"
_DELIVERIES = f"""{NUMBERS}
    INSERT INTO deliveries (id, message_id, userid, channel_id, endpoint, address, priority, status, open, reason,
                            provider_message, provider_id, step, cause, due, expires_at, owner, attempt, tries,
                            calls, first_called_at, updated_at)
    SELECT i, (i - 1) / :each + 1, 'user' || (10000000 + i), 1, 'subscription', {_ADDRESS}, 2,
           CASE WHEN i > :deliveries - :waiting THEN 'queued'
                WHEN i > :deliveries - :waiting - {SENDING} THEN 'sending'
                WHEN i > :deliveries - :waiting - {SENDING + AWAITED} THEN 'accepted' ELSE 'delivered' END,
           i > :deliveries - :waiting - {SENDING + AWAITED}, '', 'ok',
           CASE WHEN i <= :deliveries - :waiting - {SENDING} THEN '' || (3000000000000000000 + i) END, 0, '',
           CASE WHEN i > :deliveries - :waiting - {SENDING + AWAITED} THEN :now - 1 END, :now + 86400,
           CASE WHEN i > :deliveries - :waiting - {SENDING} AND i <= :deliveries - :waiting THEN 'worker' END,
           1, 1, 1, :now - 2, :now - 1 FROM n
"""  # noqa: S608 - constants
_ATTEMPTS = f"""{NUMBERS}
    INSERT INTO attempts (delivery_id, number, outcome, reason, provider_message, called_at, ended_at)
    SELECT i, 1, 'accepted', '', 'ok', :now - 2, :now - 1 FROM n
"""  # noqa: S608
_RECEIPTS = f"""{NUMBERS}
    INSERT INTO receipts (channel_id, event_id, provider_id, address, status, reason, words, received_at,
                          delivery_id)
    SELECT 1, 'subscribe_msg_sent:' || (3000000000000000000 + i) || ':' || {_ADDRESS},
           '' || (3000000000000000000 + i), {_ADDRESS}, 'delivered', '', 'success', :now, i FROM n
"""  # noqa: S608
_MOVEMENTS = f"""{NUMBERS}
    INSERT INTO credit_movements (channel_id, address, template_id, change, balance, cause, delivery_id, at)
    SELECT 1, {_ADDRESS}, 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG', -1, 0, 'sent', i, :now FROM n
"""  # noqa: S608


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """So many messages of `each` deliveries, the last of which ended at `now` (unix seconds), one each second.

    The newest `waiting` deliveries are queued.
    """

    messages: int
    each: int
    now: float
    waiting: int = 500

    @property
    def deliveries(self) -> int:
        return self.messages * self.each


def fill(session: Session, crowd: Crowd, *, bare: bool = False) -> None:
    """Put them into empty tables, each with an attempt and, unless `bare`, a receipt and a change of a credit."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(_TRUSTED))
    for statement in (_APPLICATION, _CHANNEL, _ENDPOINT):
        session.execute(text(statement))
    add_rows(session, crowd, _MESSAGES, crowd.messages)
    for statement in (_DELIVERIES, _ATTEMPTS, *(() if bare else (_RECEIPTS, _MOVEMENTS))):
        add_rows(session, crowd, statement, crowd.deliveries)
    if session.get_bind().dialect.name == "postgresql":
        for table in ("messages", "deliveries"):
            # it doesn't count the numbers that were chosen
            session.execute(text(f"SELECT setval('{table}_id_seq', MAX(id)) FROM {table}"))  # noqa: S608


def add_rows(session: Session, crowd: Crowd, statement: str, count: int) -> None:
    """Have the database make rows 1 to `count`, some at a time: `NUMBERS`, and what is inserted for each."""
    values = {
        "each": crowd.each,
        "now": crowd.now,
        "messages": crowd.messages,
        "deliveries": crowd.deliveries,
        "waiting": crowd.waiting,
    }
    names = {name: value for name, value in values.items() if f":{name}" in statement}
    for low in range(1, count + 1, STEP):
        session.execute(text(statement), {**names, "low": low, "high": min(low + STEP - 1, count)})
