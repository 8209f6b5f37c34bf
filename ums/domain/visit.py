"""What comes of somebody's visit to the provider's page and back, and what its page shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ums.domain.json import Json


class Ending(StrEnum):
    """How a visit ended."""

    BOUND = "bound"
    """The account is the user's now, or was before."""
    WAITING = "waiting"
    """Both accounts are known to be one person's, whoever that is."""
    RESULT = "result"
    """The browser goes on to the application's page with a result."""
    TAKEN = "taken"
    """The account is bound to somebody else."""
    APART = "apart"
    """The provider tells apart, or users are, what was to be brought together."""
    VIRTUAL = "virtual"
    """The provider showed a preview with somebody made up."""
    REFUSED = "refused"
    """The person didn't want the provider to tell."""
    STALE = "stale"
    """The provider doesn't know the code any more."""
    TROUBLE = "trouble"
    """The provider could not be asked."""
    NOT_HIS = "not_his"
    """The link was made for the person who asked for it, and somebody else has come by it."""
    OVER = "over"
    """Another phone was first, or the ticket's time was up."""


MAY_TRY_AGAIN = frozenset({Ending.VIRTUAL, Ending.REFUSED, Ending.STALE, Ending.TROUBLE, Ending.TAKEN})
"""After these the ticket can still be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a visit's page shows: `leave` is a ticket to undo it, `go_to` where the browser goes on to."""

    ending: Ending
    application_id: int
    channel: str
    name: str
    """What operators call the channel."""
    userid: str = ""
    go_to: str = field(default="", repr=False)
    leave: str = field(default="", repr=False)


def outcome_item(outcome: Outcome) -> dict[str, Json]:
    """The outcome as JSON."""
    return {
        "ending": outcome.ending.value,
        "application_id": outcome.application_id,
        "channel": outcome.channel,
        "name": outcome.name,
        "userid": outcome.userid,
        "go_to": outcome.go_to,
        "leave": outcome.leave,
    }


def outcome_of(item: Mapping[str, Json]) -> Outcome:
    """The outcome that `outcome_item` wrote."""
    application_id = item["application_id"]
    assert isinstance(application_id, int)  # noqa: S101 - `outcome_item` wrote one
    return Outcome(
        ending=Ending(str(item["ending"])),
        application_id=application_id,
        channel=str(item["channel"]),
        name=str(item["name"]),
        userid=str(item["userid"]),
        go_to=str(item["go_to"]),
        leave=str(item["leave"]),
    )
