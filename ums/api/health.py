"""For those who watch: is the process alive, can it do its work, what does its API look like."""

from __future__ import annotations

from ums.api.auth import open_to_all
from ums.api.blueprint import ApiBlueprint
from ums.api.context import current_gateway
from ums.api.schemas.health import HealthSchema, ReadySchema
from ums.domain.errors import Unavailable
from ums.services import readiness

api = ApiBlueprint("health", "For those who watch", prefix="")

RETRY_SECONDS = 5


@api.get("/healthz")
@open_to_all
@api.gives(HealthSchema)
def healthz() -> dict[str, str]:
    """The process is alive."""
    return {"status": "ok"}


@api.get("/readyz")
@open_to_all
@api.gives(ReadySchema)
@api.refuses(Unavailable)
def readyz() -> dict[str, str | int]:
    """The database answers, its tables are this version's, and a sending process is alive.

    A channel whose calls keep failing is told, and no reason to send callers elsewhere.
    """
    missing = readiness.missing(current_gateway())
    if missing:
        told = "; ".join(f"{part}: {text}" for part, text in missing.items())
        raise Unavailable(
            f"Not ready. {told}.",
            errors={part: [text] for part, text in missing.items()},
            retry_after=RETRY_SECONDS,
        )
    failing = readiness.failing(current_gateway())
    return {"status": "ready", "channels_failing": failing} if failing else {"status": "ready"}
