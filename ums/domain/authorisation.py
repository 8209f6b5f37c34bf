"""An account that lets the installation's third-party platform act for it, as it is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ums.domain.commands import Json

ACCOUNT = re.compile(r"[0-9A-Za-z_-]{1,64}")
"""What an account's id at a provider may look like."""
LINK_LIFETIME = 1800.0
"""Seconds for which a link to authorise is good at most; a provider may allow less."""


class Weight(StrEnum):
    """How much a remark on an account weighs."""

    NOTE = "note"
    ENDPOINT = "endpoint"
    CHANNEL = "channel"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something an operator must know of an authorised account, in both languages.

    A NOTE keeps nothing from being sent; for want of something, an ENDPOINT is blocked, or the whole CHANNEL is
    parked. REFUSED means that no channel of the type can be made of the account at all.
    """

    weight: Weight
    text: str
    text_zh: str
    endpoint: str = ""


class AuthorisationState(StrEnum):
    """Whether the account still lets the platform act for it."""

    GRANTED = "granted"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorisation:
    """What is kept of an account's authorisation; times are unix seconds.

    `channel_id` is the channel that its pushes go to, None while there is none. `refresh_token` stays sealed; it is
    None where it was withdrawn. `address` is what its pushes are addressed to. `at` is when the provider last said
    that it was granted or withdrawn, `redeemed` the digest of the last code that told what was granted.
    """

    account: str
    state: AuthorisationState
    name: str
    address: str
    facts: Mapping[str, Json]
    permissions: tuple[int, ...]
    refresh_token: bytes | None = field(repr=False)
    channel_id: int | None
    redeemed: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPlatform:
    """The installation's third-party platform as it is kept; `ticket_at` is when its ticket was made."""

    key: str
    settings: Mapping[str, Json]
    sealed_settings: bytes = field(repr=False)
    version: int
    ticket: bytes | None = field(repr=False)
    ticket_at: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a link to authorise is for: the channel `code`, and what it is to be where there is none yet.

    `type` is empty where the account decides. `grants` are the names of applications.
    """

    code: str
    type: str
    name: str
    grants: tuple[str, ...]


def wanted_item(wanted: Wanted) -> dict[str, Json]:
    """The wish as JSON."""
    return {"code": wanted.code, "type": wanted.type, "name": wanted.name, "grants": list(wanted.grants)}


def wanted_of(item: Mapping[str, Any]) -> Wanted:
    """The wish that `wanted_item` wrote."""
    return Wanted(code=item["code"], type=item["type"], name=item["name"], grants=tuple(item["grants"]))


def newer(kept: Authorisation | None, at: float) -> bool:
    """Whether news made at `at` is not older than what is kept: pushes come in any order."""
    return kept is None or at >= kept.at
