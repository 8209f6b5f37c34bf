"""Jobs out of claimed rows, and whose fault it is where none can be made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.dispatch.stage import Stage
from ums.dispatch.preparing import Preparer
from ums.domain.errors import Unavailable
from ums.store.db import open_database
from ums.store.outbox import Claimed

FIRST = Claimed(
    id=1, message_id=1, userid="u1", channel_id=1, endpoint="push", address="fake-1", step=0, attempt=1, tries=0,
    calls=0, first_called_at=None, expires_at=0.0,
)  # fmt: skip


def test_a_database_that_cannot_be_read_is_no_fault_of_the_channel(stage: Stage, tmp_path: Path) -> None:
    stage.send([stage.user("u1", app="fake-1")])
    lost = replace(stage.gateway, database=open_database(f"sqlite:///{tmp_path / 'nowhere' / 'ums.db'}"))
    with stage.gateway.database.read() as session, pytest.raises(Unavailable):
        Preparer(lost).job(session, FIRST, 0, 0.0)
