from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ums.domain.delivery import FINAL, MOVES, DeliveryStatus, advance, is_open

statuses = st.sampled_from(DeliveryStatus)


def test_every_status_has_a_row_in_the_table_of_moves() -> None:
    assert set(MOVES) == set(DeliveryStatus)


@given(statuses, statuses)
def test_a_delivery_moves_only_through_the_table(current: DeliveryStatus, target: DeliveryStatus) -> None:
    after = advance(current, target)
    assert after == (target if target in MOVES[current] else current)


@given(statuses, st.lists(statuses))
def test_reports_never_bring_a_finished_delivery_back_to_life(
    start: DeliveryStatus, reports: list[DeliveryStatus]
) -> None:
    status = start
    finished = False
    for report in reports:
        finished = finished or status in FINAL
        status = advance(status, report)
        assert not (finished and status in {DeliveryStatus.QUEUED, DeliveryStatus.SENDING})


@pytest.mark.parametrize(
    ("status", "report", "after"),
    [
        ("accepted", "delivered", "delivered"),
        ("accepted", "rejected", "rejected"),
        ("accepted", "failed", "failed"),
        ("unconfirmed", "delivered", "delivered"),
        ("delivered", "clicked", "clicked"),
        ("delivered", "rejected", "delivered"),
        ("rejected", "delivered", "rejected"),
        ("expired", "sending", "expired"),
        ("cancelled", "queued", "cancelled"),
    ],
)
def test_a_receipt_moves_a_delivery_as_the_table_says(status: str, report: str, after: str) -> None:
    assert advance(DeliveryStatus(status), DeliveryStatus(report)) == after


@pytest.mark.parametrize(
    ("status", "awaits_receipt", "expected"),
    [
        ("queued", False, True),
        ("sending", False, True),
        ("accepted", True, True),
        ("accepted", False, False),
        ("unconfirmed", True, False),
        ("delivered", True, False),
    ],
)
def test_accepted_is_final_at_once_only_where_no_receipt_can_come(
    status: str, awaits_receipt: bool, expected: bool
) -> None:
    assert is_open(DeliveryStatus(status), awaits_receipt=awaits_receipt) is expected
