from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ums.dispatch.flight_record import from_text, to_text
from ums.dispatch.recorder import ROOM, FlightRecorder, abandoned, owner_of, read
from ums.domain.outcome import (
    Accepted,
    AddressFault,
    BadAddress,
    BadChannel,
    BadContent,
    Fault,
    Resumption,
    SendError,
    Throttled,
    Transient,
    Uncertain,
    kind,
)

OUTCOMES: list[Accepted | Exception] = [
    Accepted(provider_id="2918131553548107776"),
    Accepted(),
    Transient("busy", provider_code=-1, provider_message="system busy"),
    Transient("wait", after=3.5),
    Throttled("day_quota", until=Resumption.NEXT_DAY, provider_code=45009, provider_message="reach max"),
    BadChannel("bad_secret", provider_code=40125),
    BadChannel("no_permission", scope=Fault.ENDPOINT),
    BadAddress("no_credit", scope=AddressFault.TEMPLATE, provider_code=43101, provider_message="refuse"),
    BadContent("bad_value", field="thing1", provider_code=47003),
    Uncertain("answer_lost"),
]


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda outcome: kind(outcome))
def test_an_outcome_survives_the_recorder(outcome: Accepted | Exception) -> None:
    again = from_text(to_text(outcome, ROOM))
    assert type(again) is type(outcome)
    if isinstance(outcome, SendError):
        assert vars(again) == vars(outcome)
    else:
        assert again == outcome


def test_a_defect_stays_a_defect_without_its_words() -> None:
    again = from_text(to_text(ValueError("secret=hunter2"), ROOM))
    assert (kind(again), str(again)) == ("defect", "ValueError")


@given(st.text(max_size=600), st.text(max_size=600))
def test_whatever_a_provider_says_fits_a_slot(reason: str, words: str) -> None:
    text = to_text(BadContent(reason, field=words, provider_code=2**63, provider_message=words), ROOM)
    assert len(text) <= ROOM
    assert kind(from_text(text)) in {"bad_content", "uncertain"}


def test_a_recorder_tells_called_from_answered_from_never_called(tmp_path: Path) -> None:
    recorder = FlightRecorder(tmp_path, "w1", slots=8)
    recorder.called(1, 1, at=10.0)
    recorder.called(2, 5, at=11.0)
    recorder.answered(2, 5, called_at=11.0, at=12.0, outcome=Accepted(provider_id="77"))
    found = read(recorder.path)
    assert found[1, 1].outcome is None
    assert found[2, 5] == (11.0, 12.0, Accepted(provider_id="77"))
    assert set(found) == {(1, 1), (2, 5)}
    recorder.close()


def test_a_settled_call_is_forgotten_and_its_slot_used_again(tmp_path: Path) -> None:
    recorder = FlightRecorder(tmp_path, "w1", slots=1)
    for delivery in range(5):
        recorder.called(delivery, 1, at=1.0)
        assert set(read(recorder.path)) == {(delivery, 1)}
        recorder.settled(delivery, 1)
    assert read(recorder.path) == {}
    recorder.close()


def test_a_living_process_is_not_taken_for_dead(tmp_path: Path) -> None:
    recorder = FlightRecorder(tmp_path, "w1", slots=1)
    assert list(abandoned(tmp_path)) == []
    recorder.close()
    assert list(tmp_path.iterdir()) == []


def test_a_dead_process_leaves_its_recorder_behind(tmp_path: Path) -> None:
    (tmp_path / "w9.flight").write_bytes(b"\0" * 768)
    assert [owner_of(path) for path in abandoned(tmp_path)] == ["w9"]


def test_a_recorder_has_its_room_on_the_disk_from_the_start(tmp_path: Path) -> None:
    recorder = FlightRecorder(tmp_path, "w1", slots=1000)
    found = recorder.path.stat()
    assert found.st_blocks * 512 >= found.st_size == 768 * 1000
    recorder.close()


ANSWERING = """
import sys
from pathlib import Path
from ums.dispatch.recorder import FlightRecorder
from ums.domain.outcome import Accepted
recorder = FlightRecorder(Path(sys.argv[1]), "busy", 1)
recorder.called(7, 1, 1.0)
print("called", flush=True)
while True:
    recorder.answered(7, 1, 1.0, 2.0, Accepted(provider_id="42"))
"""


def test_a_call_that_left_is_there_at_every_moment_while_its_answer_is_noted(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ANSWERING, tmp_path], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"called\n"
        seen = [(7, 1) in read(tmp_path / "busy.flight") for _ in range(20_000)]
        process.kill()
    assert seen.count(False) == 0
