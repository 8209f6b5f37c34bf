"""Forty people scan one picture at once: one of them is bound, and only he is told so."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.factories import create_application, create_channel, create_gateway
from tests.services.binding.test_logins import ROUNDS, THREADS, at_once, held, made
from ums.domain.bind_ticket import Purpose
from ums.domain.person import Gesture, GestureKind
from ums.services.accounts import account
from ums.services.binding import gestures


def test_a_picture_scanned_by_forty_at_once_binds_one(tmp_path: Path) -> None:
    gateway = create_gateway(home=tmp_path)
    create_application(gateway)
    create_channel(gateway, grants=["shop"])
    asked = account(gateway, "app1")
    for number in range(ROUNDS):
        scene = made(gateway, Purpose.SCENE, f"user{number}")
        told: Counter[str | None] = Counter()

        def scans(thread: int, number: int = number, scene: str = scene, told: Counter[str | None] = told) -> bool:
            # each push comes twice
            address = f"fake-{number}-{thread // 2}"
            gesture = Gesture(kind=GestureKind.SCAN, address=address, text=scene, at=0.0)
            words = gestures.answer(gateway, asked, gesture)
            told[words] += 1
            return words == "bound"

        assert at_once(scans) == 2
        assert told == {"bound": 2, "expired": THREADS - 2}
        assert len(held(gateway, f"user{number}")) == 1
    gateway.close()
