"""QR codes with a scene: which account made them, what scanning one says, and a picture that stands for them."""

from __future__ import annotations

import hashlib
import secrets
import struct
import zlib
from base64 import b64encode
from dataclasses import dataclass, field
from typing import NamedTuple

CELLS = 33
"""On each side; a cell is eight dots wide, so that a byte of one-bit dots is one cell."""
DOTS = 8


class QrCode(NamedTuple):
    """``expires_at`` (seconds since the epoch) is None for those that stay."""

    appid: str
    scene: str
    expires_at: float | None


@dataclass(slots=True)
class QrCodes:
    """All of them, by ticket."""

    issued: dict[str, QrCode] = field(default_factory=dict)

    def issue(self, code: QrCode) -> str:
        """A ticket, in base64 with all its signs: it has to be escaped in an address."""
        ticket = "gQ" + b64encode(secrets.token_bytes(70)).decode()
        self.issued[ticket] = code
        return ticket

    def find(self, ticket: str, now: float) -> QrCode | None:
        code = self.issued.get(ticket)
        if code is None or (code.expires_at is not None and now >= code.expires_at):
            return None
        return code

    def expire(self, appid: str, now: float) -> int:
        """Ends an account's before their time. The number ended."""
        ended = [ticket for ticket, code in self.issued.items() if code.appid == appid and self.find(ticket, now)]
        for ticket in ended:
            self.issued[ticket] = self.issued[ticket]._replace(expires_at=now)
        return len(ended)


def picture(ticket: str) -> bytes:
    """A PNG of black and white cells, another one for each ticket. No reader makes anything of it."""
    drawn = hashlib.shake_256(ticket.encode()).digest(CELLS * CELLS)
    rows = [
        bytes(0xFF * (cell & 1) for cell in drawn[start : start + CELLS]) for start in range(0, len(drawn), CELLS)
    ]
    lines = b"".join((b"\0" + row) * DOTS for row in rows)
    head = struct.pack(">IIBBBBB", CELLS * DOTS, CELLS * DOTS, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
