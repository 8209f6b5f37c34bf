from __future__ import annotations

from contextlib import closing
from pathlib import Path

from tests.factories import create_gateway
from ums.domain.views import ApplicationState
from ums.store import applications, routes
from ums.store.routes import Credential


def test_one_statement_tells_channel_keys_and_access_keys_apart(tmp_path: Path) -> None:
    with closing(create_gateway(home=tmp_path)) as gateway, gateway.database.write() as session:
        application_id = applications.add(session, "shop", "c" * 24, b"sealed shop", 1.0)
        applications.add_access_key(session, "a" * 24, b"sealed key", 1.0)
        shop, whole, unknown = (routes.credential(session, key * 24) for key in "ca0")
        assert shop == Credential(b"sealed shop", ApplicationState.OPEN, routes.sender(session, application_id))
    assert whole == Credential(b"sealed key", ApplicationState.OPEN, None)
    assert unknown is None
