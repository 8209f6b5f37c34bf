"""Addresses and the person each belongs to."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from ums.domain.identity import in_base_32
from ums.domain.person import Owner, Place
from ums.domain.wire import CHANNEL_TYPES, EVERYONE, BindScope
from ums.store.bulk import chunks, run_for_all
from ums.store.direct import rows_of, run

_FIND = text("SELECT person, joined FROM identities WHERE channel_id = :channel_id AND address = :address")
_BY_UNION = text("SELECT person FROM identities WHERE joined = :joined AND joined <> '' LIMIT 1")
_ADD = text("""
    INSERT INTO identities (channel_id, address, joined, person, asked_at, at)
    VALUES (:channel_id, :address, :joined, :person, :asked_at, :at)
    ON CONFLICT (channel_id, address) DO NOTHING
""")
# Whoever is listed is to be asked about, unless the provider has told his union, or was asked since then.
_LIST = text("""
    INSERT INTO identities (channel_id, address, joined, person, asked_at, at)
    VALUES (:channel_id, :address, '', :person, NULL, :now)
    ON CONFLICT (channel_id, address) DO UPDATE SET asked_at = NULL
    WHERE identities.joined = '' AND identities.asked_at < :since
""")
_UNASKED = text("""
    SELECT address FROM identities WHERE channel_id = :channel_id AND asked_at IS NULL ORDER BY address LIMIT :most
""")
_WITH_UNASKED = text("""
    SELECT channels.id FROM channels LEFT JOIN backfills ON backfills.channel_id = channels.id
    WHERE channels.state <> 'deleted' AND (backfills.channel_id IS NULL OR backfills.asks_due <= :now)
      AND EXISTS (
          SELECT 1 FROM identities WHERE identities.channel_id = channels.id AND identities.asked_at IS NULL)
    ORDER BY channels.id
""")
_LEFT = text("SELECT COUNT(*) FROM identities WHERE channel_id = :channel_id AND asked_at IS NULL")
_TELL = text("""
    UPDATE identities SET joined = :joined, person = :person
    WHERE channel_id = :channel_id AND address = :address
""")
_ASKED = text("UPDATE identities SET asked_at = :now WHERE channel_id = :channel_id AND address = :address")
_MERGE = text("UPDATE identities SET person = :into WHERE person = :person")
_OF_PERSON = text("""
    SELECT identities.channel_id, identities.address, identities.joined, channels.code, channels.type
    FROM identities JOIN channels ON channels.id = identities.channel_id
    WHERE identities.person = :person ORDER BY identities.channel_id, identities.address
""")
_OWNERS = text("""
    SELECT users.userid, bindings.updated_at FROM bindings JOIN users ON users.id = bindings.user_id
    WHERE bindings.property = :property AND bindings.bind_id = :bind_id AND bindings.value = :value
    ORDER BY bindings.id
""")
_HELD = text("""
    SELECT bindings.value FROM bindings JOIN users ON users.id = bindings.user_id
    WHERE users.userid = :userid AND bindings.property = :property AND bindings.bind_id = :bind_id
""")
_KNOWN = text("""
    SELECT DISTINCT person FROM identities WHERE channel_id = :channel_id AND address IN :addresses
""").bindparams(bindparam("addresses", expanding=True))
_AMONG = text("""
    SELECT address FROM identities WHERE channel_id = :channel_id AND address IN :addresses
""").bindparams(bindparam("addresses", expanding=True))
_ANY = text("SELECT EXISTS (SELECT 1 FROM identities)")
_CHANNELS = text("SELECT id, code, type FROM channels WHERE state <> 'deleted'")
_FORGET = text("DELETE FROM identities WHERE channel_id = :channel_id AND address = :address")


def place_of(channel_id: int, code: str, type_: str, address: str) -> Place:
    """Where an address of a channel is bound."""
    name = CHANNEL_TYPES[type_].property
    bind_id = code if name.scope is BindScope.CHANNEL else EVERYONE
    return Place(channel_id, code, name.wire, bind_id, address)


def note(session: Session, channel_id: int, address: str, union: str, now: float, *, asked: bool = True) -> str:
    """Keep that there is this address, and by what the provider joins it (empty: it hasn't said); its person.

    Those of one union are one person. Not `asked`, the provider is still to be asked who it is.
    """
    where = {"channel_id": channel_id, "address": address}
    found = rows_of(session, _FIND, where)
    if not found:
        person = _by_union(session, union) or new_person()
        asked_at = now if asked else None
        values = {**where, "joined": union, "person": person, "asked_at": asked_at, "at": now}
        run(session, _ADD, values)
        return person
    person, joined = found[0]
    if asked:
        run(session, _ASKED, {**where, "now": now})
    if not union or union == joined:
        return str(person)
    other = _by_union(session, union)
    if joined:
        # another union than before: what was joined by the former one is somebody else now
        person = other or new_person()
        run(session, _TELL, {**where, "joined": union, "person": person})
        return str(person)
    run(session, _TELL, {**where, "joined": union, "person": person})
    return merge(session, other, person) if other else str(person)


def list_unasked(
    session: Session, channel_id: int, addresses: Iterable[str], now: float, *, since: float | None = None
) -> None:
    """Keep that there are these addresses, of which the provider is to be asked.

    Again where it has not told their union, and wasn't asked since `since` (None: only those not asked yet).
    """
    same = {"channel_id": channel_id, "now": now, "since": 0.0 if since is None else since}
    run_for_all(session, _LIST, [{**same, "address": one, "person": new_person()} for one in addresses])


def unasked(session: Session, channel_id: int, most: int) -> list[str]:
    """Addresses of a channel of which the provider is still to be asked."""
    return [address for (address,) in rows_of(session, _UNASKED, {"channel_id": channel_id, "most": most})]


def left_to_ask(session: Session, channel_id: int) -> int:
    """How many addresses of a channel are still to be asked about."""
    return int(rows_of(session, _LEFT, {"channel_id": channel_id})[0][0])


def channels_to_ask(session: Session, now: float) -> list[int]:
    """The channels that have such addresses, and are due."""
    return [channel_id for (channel_id,) in rows_of(session, _WITH_UNASKED, {"now": now})]


def known_among(session: Session, channel_id: int, addresses: Sequence[str]) -> set[str]:
    """Those of the addresses that are kept."""
    return {
        address
        for some in chunks(addresses)
        for address in session.execute(_AMONG, {"channel_id": channel_id, "addresses": list(some)}).scalars()
    }


def merge(session: Session, into: str, person: str) -> str:
    """Make two persons one; the one that is left."""
    if into != person:
        run(session, _MERGE, {"into": into, "person": person})
    return into


def may_be_one(session: Session, one: str, other: str) -> bool:
    """Whether two persons can be one: the provider tells them apart by their unions, and by channels they share."""
    first, second = (rows_of(session, _OF_PERSON, {"person": person}) for person in (one, other))
    unions = {row[2] for row in (*first, *second)} - {""}
    return len(unions) < 2 and not {row[0] for row in first} & {row[0] for row in second}


def places(session: Session, person: str) -> list[Place]:
    """The addresses of a person."""
    rows = rows_of(session, _OF_PERSON, {"person": person})
    return [place_of(channel_id, code, type_, address) for channel_id, address, _, code, type_ in rows]


def owners(session: Session, of: Iterable[Place]) -> dict[Place, list[Owner]]:
    """Whose these addresses are, whether or not they are in use."""
    found: dict[Place, list[Owner]] = {}
    for place in of:
        where = {"property": place.property, "bind_id": place.bind_id, "value": place.address}
        found[place] = [Owner(userid, since) for userid, since in rows_of(session, _OWNERS, where)]
    return found


def held(session: Session, userid: str, place: Place) -> list[str]:
    """What a user has where this address would be bound."""
    where = {"userid": userid, "property": place.property, "bind_id": place.bind_id}
    return [value for (value,) in rows_of(session, _HELD, where)]


def persons_among(session: Session, addresses: Mapping[int, Sequence[str]]) -> list[str]:
    """The persons of those of the addresses, by channel, that are known; costs little where none are."""
    if not addresses or not is_any(session):
        return []
    found: dict[str, None] = {}
    for channel_id, listed in addresses.items():
        for some in chunks(listed):
            rows = session.execute(_KNOWN, {"channel_id": channel_id, "addresses": list(some)})
            found.update(dict.fromkeys(rows.scalars()))
    return list(found)


def is_any(session: Session) -> bool:
    """Whether any address is known at all."""
    return bool(rows_of(session, _ANY, {})[0][0])


def channels_by_place(session: Session) -> dict[tuple[str, str], list[int]]:
    """The channels whose addresses stand under a property and a binding identifier."""
    found: dict[tuple[str, str], list[int]] = {}
    for channel_id, code, type_ in rows_of(session, _CHANNELS, {}):
        if type_ in CHANNEL_TYPES:
            place = place_of(channel_id, code, type_, "")
            found.setdefault((place.property, place.bind_id), []).append(channel_id)
    return found


def forget(session: Session, channel_id: int, address: str) -> None:
    """Drop what is known of an address."""
    run(session, _FORGET, {"channel_id": channel_id, "address": address})


def new_person() -> str:
    return in_base_32(secrets.token_bytes(16), 26)


def _by_union(session: Session, union: str) -> str:
    found = rows_of(session, _BY_UNION, {"joined": union}) if union else ()
    return str(found[0][0]) if found else ""
