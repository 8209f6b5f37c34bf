"""Applications as routing sees them, and whose a key is."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ums.domain.policy import policy_of
from ums.domain.sender import Granted, Sender
from ums.domain.views import ApplicationState, ChannelState
from ums.domain.wire import CHANNEL_TYPES, bind_ids
from ums.store.direct import rows_of
from ums.store.models import ApplicationRow, ChannelRow, MessageRow
from ums.store.words import LIST as WORDS


class Credential(NamedTuple):
    """What a key opens: an application, or, with `sender` None, the whole installation."""

    sealed_secret: bytes
    state: ApplicationState
    sender: Sender | None


_SENDER = """
    SELECT applications.id, sealed_secret, applications.state, channel_key,
           CAST(preference AS TEXT), CAST(policy AS TEXT),
           COALESCE((SELECT number FROM revisions WHERE name = :words), 0),
           EXISTS (SELECT 1 FROM callbacks
                   WHERE enabled AND callbacks.state = 'verified' AND application_id = applications.id),
           grants.type, channels.id, channels.code, channels.state, channels.version, channels.refreshed_at,
           breakers.opened_at IS NOT NULL
    FROM applications
    LEFT JOIN grants ON grants.application_id = applications.id
    LEFT JOIN channels ON channels.id = grants.channel_id
    LEFT JOIN breakers ON breakers.channel_id = channels.id
"""
_BY_ID = text(f"{_SENDER} WHERE applications.id = :application_id ORDER BY grants.type")
_BY_KEY = text(f"""
    {_SENDER} WHERE channel_key = :key AND applications.state <> 'deleted'
    UNION ALL
    SELECT NULL, sealed_secret, 'open', NULL, NULL, NULL, 0, 1 = 0, NULL, NULL, NULL, NULL, NULL, NULL, 1 = 0
    FROM access_keys WHERE access_key = :key ORDER BY 9
""")  # noqa: S608 - a constant
"""An application with its channels in one statement: each send asks, and each statement is a turn to wait for."""

_Line = tuple[
    int | None, bytes, str, str, str | None, str, int, int, str | None, int, str, str, int, float | None, int
]


def sender(session: Session, application_id: int) -> Sender:
    """The application with its granted channels, by type."""
    lines = rows_of(session, _BY_ID, {"application_id": application_id, "words": WORDS})
    return _sender(application_id, tuple(map(tuple, lines)))


def credential(session: Session, key: str) -> Credential | None:
    """What the ChannelKey or AccessKey `key` opens."""
    lines = rows_of(session, _BY_KEY, {"key": key, "words": WORDS})
    return _credential(tuple(map(tuple, lines))) if lines else None


@lru_cache(maxsize=1024)
def _credential(lines: tuple[_Line, ...]) -> Credential:
    """What the lines say; every request asks, and the answer is mostly the same."""
    application_id, sealed_secret, state, *_ = lines[0]
    return Credential(
        sealed_secret=bytes(sealed_secret),
        state=ApplicationState(state),
        sender=None if application_id is None else _sender(application_id, lines),
    )


@lru_cache(maxsize=1024)
def _sender(application_id: int, lines: tuple[_Line, ...]) -> Sender:
    _, _, _, key, preference, policy, words, is_told, *_ = lines[0]
    return Sender(
        application_id=application_id,
        channel_key=key,
        preference=tuple(json.loads(preference or "null") or ()) or None,
        granted=tuple(
            Granted(
                type=type_,
                channel_id=channel_id,
                code=code,
                state=ChannelState(state),
                version=version,
                refreshed_at=refreshed_at,
                failing=bool(failing),
            )
            for *_, type_, channel_id, code, state, version, refreshed_at, failing in lines
            if type_ is not None
        ),
        policy=policy_of(json.loads(policy)),
        words=words,
        is_told=bool(is_told),
    )


class ChannelInUse(NamedTuple):
    """Which channel it is, and which version of its settings counts now."""

    id: int
    code: str
    type: str
    version: int


def channel_in_use(session: Session, channel_id: int) -> ChannelInUse:
    """The channel as it stands."""
    row = session.execute(
        select(ChannelRow.code, ChannelRow.type, ChannelRow.version).where(ChannelRow.id == channel_id)
    ).one()
    return ChannelInUse(channel_id, row.code, row.type, row.version)


def places_of_address(session: Session, channel_id: int, message_id: int) -> list[tuple[str, str]]:
    """Where an address that a message was sent to may be bound: pairs of property and binding identifier."""
    row = session.execute(
        select(ChannelRow.type, ChannelRow.code, ApplicationRow.channel_key)
        .select_from(MessageRow)
        .join(ApplicationRow, ApplicationRow.id == MessageRow.application_id)
        .join(ChannelRow, ChannelRow.id == channel_id)
        .where(MessageRow.id == message_id)
    ).one()
    name = CHANNEL_TYPES[row.type].property
    return [(name.wire, bind_id) for bind_id in bind_ids(name, row.code, row.channel_key)]
