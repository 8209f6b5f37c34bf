"""Telling the gateway's receipts from forged ones; the signatures are made by the standard's own library."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from ums.client import ForgedCallback, verify_callback

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOW = 1_800_000_000
BODY = '[{"type": 4, "msgid": "m1"}]'


def signed(body: str = BODY, at: int = NOW) -> dict[str, str]:
    signature = Webhook(SECRET).sign("msg_1", datetime.fromtimestamp(at, UTC), body)
    return {"Webhook-Id": "msg_1", "Webhook-Timestamp": str(at), "Webhook-Signature": f"v1,bm8= {signature}"}


@pytest.mark.parametrize("secret", [SECRET, SECRET.removeprefix("whsec_")])
@pytest.mark.parametrize("late", [-300, 0, 300])
def test_what_is_signed_is_taken(secret: str, late: int) -> None:
    verify_callback(signed(), BODY.encode(), secret, now=NOW + late)


@pytest.mark.parametrize(
    ("changes", "body", "late"),
    [
        ({}, BODY + " ", 0),
        ({}, BODY, 301),
        ({}, BODY, -301),
        ({"Webhook-Id": "msg_2"}, BODY, 0),
        ({"Webhook-Timestamp": str(NOW + 1)}, BODY, 0),
        ({"Webhook-Timestamp": "soon"}, BODY, 0),
        ({"Webhook-Timestamp": "²"}, BODY, 0),
        ({"Webhook-Signature": ""}, BODY, 0),
        ({"Webhook-Signature": "v1,\xff"}, BODY, 0),
    ],
)
def test_what_was_changed_made_up_or_kept_is_not(changes: dict[str, str], body: str, late: int) -> None:
    with pytest.raises(ForgedCallback):
        verify_callback({**signed(), **changes}, body.encode(), SECRET, now=NOW + late)


def test_a_request_without_a_signature_is_forged() -> None:
    with pytest.raises(ForgedCallback):
        verify_callback({}, BODY.encode(), SECRET, now=NOW)
