from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import create_channel, create_gateway
from ums.domain.template import RemoteTemplate
from ums.services import channels
from ums.store import templates
from ums.store.models import RemoteTemplateRow

pytestmark = pytest.mark.both_databases


def template(template_id: str, title: str = "Shipped") -> RemoteTemplate:
    return RemoteTemplate(template_id=template_id, title=title, kind="message", content="")


def row_id(session: Session, channel_id: int, template_id: str) -> int:
    return session.scalars(
        select(RemoteTemplateRow.id).filter_by(channel_id=channel_id, template_id=template_id)
    ).one()


def test_a_replaced_list_keeps_the_rows_of_templates_that_stay_and_other_channels_lists(tmp_path: Path) -> None:
    with closing(create_gateway(home=tmp_path)) as gateway:
        create_channel(gateway, code="app1")
        create_channel(gateway, code="app2")
        ours, theirs = (channels.account(gateway, code).id for code in ("app1", "app2"))
        with gateway.database.write() as session:
            templates.replace(session, theirs, [template("A")])
            templates.replace(session, ours, [template("A"), template("B")])
            before = row_id(session, ours, "B")
            templates.replace(session, ours, [template("C"), template("B", "Paid")])
            after = row_id(session, ours, "B")
        with gateway.database.read() as session:
            listed = [[view.template for view in templates.of_channel(session, each)] for each in (ours, theirs)]
    assert after == before
    assert listed == [[template("C"), template("B", "Paid")], [template("A")]]
