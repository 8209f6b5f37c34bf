"""What one run measures, and that it ends in time."""

from __future__ import annotations

import pytest

from benchmarks.gateway import Run, TooSlow, bench
from benchmarks.growth import Grower
from benchmarks.plan import Budget, Cell, full, quick
from benchmarks.services import Services

SERVICES = Services("postgresql://127.0.0.1:1/none", "amqp://127.0.0.1:1//")
CELL = Cell(engine="embedded", database="sqlite", processes=1, recipients=10)


def grower(minutes: float) -> Grower:
    return Grower(services=SERVICES, budget=Budget(minutes), latency_ms=50, told=lambda words: None)


def test_the_full_plan_has_every_number_of_processes_and_recipients_for_each_kind() -> None:
    cells = full().cells
    kinds = {(cell.engine, cell.database) for cell in cells}
    assert len(kinds) == 3
    for kind in kinds:
        of_kind = [cell for cell in cells if (cell.engine, cell.database) == kind]
        free = {(cell.processes, cell.recipients) for cell in of_kind if cell.in_flight is None}
        assert free == {(one, many) for one in (1, 2, 4) for many in (10_000, 100_000, 1_000_000)}
        assert {cell.processes for cell in of_kind if cell.in_flight == 64} == {1, 2, 4}
    assert {cell.in_flight for cell in cells} == {None, 64, 128, 256}


def test_capped_sends_take_equally_long_whatever_the_number_of_processes() -> None:
    capped = [cell for plan in (quick(), full()) for cell in plan.cells if cell.in_flight == 64]
    assert len({cell.recipients / cell.processes for cell in capped}) == 2


def test_what_matters_least_comes_last() -> None:
    recipients = [cell.recipients for cell in full().cells]
    assert recipients[-9:] == [1_000_000] * 9
    assert 1_000_000 not in recipients[:-9]
    assert (quick().minutes, full().minutes, quick(1).minutes) == (3, 25, 1)


def test_nothing_is_begun_without_time_for_it() -> None:
    assert Budget(1).lacking(50) == ""
    assert Budget(1).lacking(61) == "no time left of the 1 minutes for it"
    [grown] = grower(0.1).grow([CELL])
    assert grown.document()["left_out"] == "no time left of the 0.1 minutes for it"


def test_what_has_no_server_is_left_out() -> None:
    postgresql = Cell(engine="embedded", database="postgresql", processes=1, recipients=10)
    [grown] = grower(9).grow([postgresql])
    assert grown.left_out.startswith("nothing answers on 127.0.0.1:1")


def test_a_send_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(TooSlow, match="not done after 0 seconds"):
        bench(Run(recipients=1_000_000, processes=1), at_most=0.2)


@pytest.mark.postgresql
def test_a_server_that_lets_nobody_in_is_told_of() -> None:
    services = Services("postgresql://nobody_of_this_name@127.0.0.1:5432/no_database_of_this_name", "")
    assert services.lacking(postgresql=True).startswith("127.0.0.1:5432 lets nobody in with this URL (")


def test_an_engine_that_this_version_lacks_is_left_out() -> None:
    unknown = Cell(engine="pigeons", database="sqlite", processes=1, recipients=10)
    [grown] = grower(9).grow([unknown])
    assert grown.left_out == "this version has no engine pigeons"


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (Run(recipients=5, processes=2), ["--recipients=5", "--latency-ms=50", "--senders=2"]),
        (
            Run(recipients=5, processes=4, engine="celery", in_flight=64, database_url="postgresql://h/d"),
            [
                *("--recipients=5", "--latency-ms=50", "--workers=4", "--engine=celery", "--in-flight=64"),
                "--database-url=postgresql://h/d",
            ],
        ),
    ],
)
def test_a_send_is_asked_for_as_anybody_would(run: Run, words: list[str]) -> None:
    assert list(run.arguments()) == words
