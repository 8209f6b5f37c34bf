"""What is kept for a time, from the command line."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.cli.terminal import Ums, document
from ums.cli.opening import opened_gateway
from ums.domain.message import DAY
from ums.store.models import ApplicationRow, DeliveryRow, MessageRow

pytestmark = pytest.mark.both_databases


def sent_days_ago(days: float, msgid: str) -> None:
    """An application has sent a message that reached nobody."""
    with opened_gateway() as gateway:
        then = gateway.clock.now() - days * DAY
        with gateway.database.write() as session:
            if session.get(ApplicationRow, 1) is None:
                session.add(
                    ApplicationRow(
                        id=1, name="shop", channel_key="k", sealed_secret=b"", state="open", created_at=then
                    )
                )
                session.flush()
            message = MessageRow(
                msgid=msgid, application_id=1, status="done", rule_id=0, rule=[], contents={"app": {}}, priority=2,
                recipients=1, callback={}, created_at=then, expires_at=then, finished_at=then,
            )  # fmt: skip
            session.add(message)
            session.flush()
            session.add(
                DeliveryRow(
                    message_id=message.id,
                    userid="u",
                    endpoint="",
                    address="",
                    priority=2,
                    status="unreachable",
                    open=False,
                    reason="unknown_user",
                    expires_at=then,
                    updated_at=then,
                )
            )


def test_what_is_over_is_shown_and_taken_away(ums: Ums, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UMS_ARCHIVE_DIRECTORY", str(tmp_path / "archive"))
    sent_days_ago(91, "old")
    sent_days_ago(1, "young")
    over = document(ums("retention", "--json"))["kinds"]
    assert isinstance(over, dict)
    deliveries = over["deliveries"]
    assert isinstance(deliveries, dict)
    assert (deliveries["rows"], deliveries["days"]) == (1, 90)
    told = ums("retention", "show").stdout
    assert "90 days" in told
    assert f"What goes is written to {tmp_path / 'archive'} first." in told
    ran = ums("retention", "run")
    assert (ran.exit_code, ran.stdout) == (0, "Taken away: 1 deliveries.\n")
    assert "Taking away what is over: 1 of 1" in ran.stderr
    (path,) = (tmp_path / "archive").iterdir()
    assert b'"msgid":"old"' in gzip.decompress(path.read_bytes())
    assert document(ums("retention", "run", "--json")) == dict.fromkeys(over, 0)
    shown = document(ums("message", "show", "old", "--json"))
    assert shown["counts"] == {"unreachable": 1}
    assert shown["purged_at"] is not None
    assert "its deliveries are kept no more" in ums("message", "show", "old", "--deliveries").stdout


def test_a_wrong_number_of_days_is_refused(ums: Ums, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UMS_KEEP_DAYS", "3")
    refused = ums("retention", "show")
    assert refused.exit_code == 2
    assert (
        "UMS_KEEP_DAYS: '3' won't do. It must be a number of days from 7 to 36500, or 0 for ever." in refused.stderr
    )
