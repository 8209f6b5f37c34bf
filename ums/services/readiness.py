"""Whether the gateway can do its work, and what keeps it from it."""

from __future__ import annotations

from collections.abc import Mapping

from ums.domain.errors import Unavailable
from ums.services import installation_key
from ums.services.gateway import Gateway
from ums.store import breakers, schema, workers
from ums.store.faults import DATABASE_FAULTS
from ums.store.schema import SchemaState

_TABLES: Mapping[SchemaState, str] = {
    SchemaState.EMPTY: "it has no tables; run: ums db upgrade",
    SchemaState.BEHIND: "it was made by an older version; run: ums db upgrade",
    SchemaState.AHEAD: "it was made by a newer version, or is no database of ums",
}


def missing(gateway: Gateway) -> dict[str, str]:
    """What is missing, by part (`database`, `key`, `worker`), each with a sentence; empty when all is there."""
    try:
        state = schema.state(gateway.database.engine)
        if state is not SchemaState.CURRENT:
            return {"database": _TABLES[state]}
        if not installation_key.fits(gateway):
            return {"key": installation_key.HINT}
        if not _a_worker_lives(gateway):
            return {"worker": "no sending process is alive; start one with: ums serve, or ums worker"}
    except DATABASE_FAULTS:
        return {"database": "it does not answer"}
    except Unavailable as trouble:
        return {"database": trouble.message}
    return {}


def failing(gateway: Gateway) -> int:
    """How many channels' calls keep failing, so that only single ones try them."""
    with gateway.database.read() as session:
        return breakers.open_number(session)


def _a_worker_lives(gateway: Gateway) -> bool:
    """A process that ended without a word counts until its lease runs out."""
    now = gateway.clock.now()
    with gateway.database.read() as session:
        dead = workers.overdue(session, now, gateway.settings.lease_seconds)
        return bool(set(workers.alive(session)) - set(dead))
