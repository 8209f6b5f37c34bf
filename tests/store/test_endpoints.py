"""What a channel's type has come to have since the channel was made."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import delete

from tests.factories import create_channel, create_gateway
from ums.dispatch.desk import Desk
from ums.services import channels
from ums.store.models import EndpointRow

pytestmark = pytest.mark.both_databases


def test_a_new_endpoint_of_a_type_is_opened_when_a_sending_process_begins(tmp_path: Path) -> None:
    gateway = create_gateway(home=tmp_path / "home")
    create_channel(gateway)
    with gateway.database.write() as session:
        session.execute(delete(EndpointRow).where(EndpointRow.name == "notice"))
    for _ in range(2):
        Desk(gateway).enlist()
    assert [(one.name, one.rate) for one in channels.show(gateway, "app1").endpoints] == [
        ("message", 50.0),
        ("notice", 0.5),
    ]
    gateway.close()
