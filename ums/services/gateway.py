"""The opened gateway: what every service needs, made once for a process."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from ums.clock import Clock
from ums.domain.template import RemoteTemplate
from ums.materials.choosing import shelf_for
from ums.materials.shelf import Shelf
from ums.provider.forwarder import Forwarder
from ums.provider.guard import Guard
from ums.provider.provider import Provider
from ums.provider.receivers import Receivers
from ums.registry import Registry
from ums.services.crowd import Crowd
from ums.services.idempotency import UnderWay
from ums.services.rates import Rates
from ums.services.remembered import Remembered, Snapshot
from ums.services.word_list import WordList
from ums.settings import Settings
from ums.store.channels import Seal
from ums.store.db import Database, open_database
from ums.store.sealing import Sealer, secret_key
from ums.store.site_files import SiteFile
from ums.store.spool import Spool

if TYPE_CHECKING:
    from ums.services.accounts import Account


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """Everything a service reaches the world through."""

    settings: Settings
    registry: Registry
    clock: Clock
    database: Database
    sealer: Sealer
    provider: Provider
    materials: Shelf
    receivers: Receivers
    forwarder: Forwarder
    rates: Rates
    crowd: Crowd
    spool: Spool
    last_accounts: dict[str, tuple[Seal | None, Account]] = field(default_factory=dict)
    """The channels that were pushed to, by code, as they were when the database last told, each with its seal."""
    last_platform: dict[str, object] = field(default_factory=dict)
    """The third-party platform's settings (under no name) and its accounts' doors, as the database last told."""
    word_list: WordList = field(default_factory=WordList)
    under_way: UnderWay = field(default_factory=UnderWay)
    channel_settings: Remembered[int, object] = field(default_factory=Remembered)
    """What its plugin makes of a channel's settings, by channel."""
    templates: Remembered[tuple[int, str], RemoteTemplate | None] = field(default_factory=Remembered)
    """What a channel's list, as last fetched, holds under a template's id."""

    site_files: Snapshot[tuple[SiteFile, ...]] = field(default_factory=Snapshot)
    """The files at the root of our domain."""

    @classmethod
    def open(
        cls,
        settings: Settings,
        registry: Registry,
        clock: Clock,
        *,
        database: Database | None = None,
        checkpoints: bool = False,
        gives_way: bool = False,
    ) -> Self:
        """Open the database (or use the one given) and read, or make, the installation's key.

        Raises Conflict where the store of materials can't be had here.
        """
        materials = shelf_for(settings)
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        opened = database or open_database(settings.database, checkpoints=checkpoints, gives_way=gives_way)
        receivers = Receivers(Guard(settings.allowed_networks))
        sealer = Sealer(secret_key(settings.secret_key, settings.home))
        return cls(
            settings=settings,
            registry=registry,
            clock=clock,
            database=opened,
            sealer=sealer,
            provider=Provider.open(opened, sealer, clock, registry.platform),
            materials=materials,
            receivers=receivers,
            # the other threads go on taking pushes while people's words are being answered
            forwarder=Forwarder(receivers, most_asked=max(settings.web_threads // 2, 1)),
            rates=Rates(opened, clock),
            crowd=Crowd(clock),
            spool=Spool(settings.home / "spool"),
        )

    def close(self) -> None:
        self.forwarder.close()
        self.receivers.close()
        self.provider.close()
        self.database.close()
