"""A channel whose answers are long in coming leaves slots for the others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dispatch.stage import Stage
from tests.dispatch.turning import Process, staged
from tests.fakes import FrozenClock
from ums.dispatch.slots import Slots
from ums.domain.outcome import Accepted
from ums.services import channels


@pytest.fixture
def stage(tmp_path: Path, clock: FrozenClock) -> Iterator[Stage]:
    with staged(tmp_path / "home", clock, in_flight=8) as made:
        yield made


@pytest.mark.parametrize(
    ("slots", "channels", "most"), [(512, 1, 512), (512, 2, 448), (8, 2, 7), (4, 3, 3), (1, 2, 1), (1, 0, 1)]
)
def test_one_in_eight_is_kept_for_others_where_there_are_any(slots: int, channels: int, most: int) -> None:
    made = Slots(slots, {}, set())
    made.share_among(channels)
    assert made.left(5) == most
    made.take(5, most - 1)
    assert (made.left(5), made.left(6)) == (1, most)


def test_what_is_over_with_this_turn_is_free() -> None:
    made = Slots(8, {(1, 1): 5, (2, 1): 5, (3, 1): 6}, {(1, 1)})
    made.share_among(2)
    assert (made.left(5), made.left(6)) == (6, 6)


def test_a_channel_that_does_not_answer_does_not_hold_up_another(stage: Stage, clock: FrozenClock) -> None:
    process = Process(stage, clock)
    userids = [stage.user(f"u{n}", app=f"fake-{n}", email=f"fake-m{n}") for n in range(12)]
    stage.send(userids)
    silent = process.turn(room=8)
    assert len(silent) == 7
    stage.send(userids, types=("email",))
    (healthy,) = process.turn(room=1)
    assert healthy.claimed.address.startswith("fake-m")
    (again,) = process.turn(process.ended([healthy], Accepted()), room=1)
    assert again.claimed.address.startswith("fake-m")


def test_where_it_is_alone_it_may_have_all(stage: Stage, clock: FrozenClock) -> None:
    channels.close(stage.gateway, "email1")
    stage.send([stage.user(f"u{n}", app=f"fake-{n}") for n in range(12)])
    assert len(Process(stage, clock).turn(room=8)) == 8
