"""The `standardwebhooks` package, which others verify with, believes what is signed and nothing else."""

from __future__ import annotations

import random
import time

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from ums.domain.signature import secret_of, signature

BODIES = 10_000
LONGEST = 6_000
"""Characters; most bodies have few."""


def alphabet(dice: random.Random) -> list[str]:
    """Characters of all planes, without surrogates."""
    return [chr(dice.choice((dice.randrange(0xD800), dice.randrange(0xE000, 0x110000)))) for _ in range(5000)]


def test_random_bodies_are_verified_and_refused_when_one_bit_is_changed() -> None:
    dice = random.Random(20_261_130)
    letters = alphabet(dice)
    for number in range(BODIES):
        secret = secret_of(dice.randbytes(32))
        body = "".join(dice.choices(letters, k=int(LONGEST ** dice.random()))).encode()
        now = int(time.time())
        headers = {
            "webhook-id": f"ums_{number}",
            "webhook-timestamp": str(now),
            "webhook-signature": signature([secret], f"ums_{number}", now, body),
        }
        verifier = Webhook(secret)
        verifier.verify(body, headers, json_parse=False)
        place = dice.randrange(len(body))
        # the lowest bit of an ASCII character, so that it stays a text
        changed = body[:place] + bytes((body[place] ^ 1,)) + body[place + 1 :]
        with pytest.raises((WebhookVerificationError, UnicodeDecodeError)):
            verifier.verify(changed, headers, json_parse=False)


def test_while_a_secret_is_replaced_both_verify() -> None:
    secrets = [secret_of(bytes([number]) * 32) for number in (1, 2, 3)]
    now = int(time.time())
    headers = {
        "webhook-id": "ums_1",
        "webhook-timestamp": str(now),
        "webhook-signature": signature(secrets[:2], "ums_1", now, b"[]"),
    }
    for secret in secrets[:2]:
        assert Webhook(secret).verify(b"[]", headers) == []
    with pytest.raises(WebhookVerificationError):
        Webhook(secrets[2]).verify(b"[]", headers)
