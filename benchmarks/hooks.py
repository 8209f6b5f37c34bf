"""`python -m benchmarks.hooks`: receipts a second over real HTTP, each kept before it is answered.

`ums web` in a process of its own, on a scratch SQLite database with as many deliveries that wait for their receipt
as receipts are pushed, by a few kept-alive connections from one thread of this process. With `--blocked` somebody
holds the database's write lock for so many seconds meanwhile, and the pushes go to the spool. Every receipt must
have moved its delivery in the end. The burst on record is 73,000 in five minutes, 243 a second.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
import threading
import time
from pathlib import Path

from sqlalchemy import func, select, text

from benchmarks.figures import tell
from benchmarks.load import measure, request
from benchmarks.serving import prepared, served
from channels._wechat.crypto import signature
from ums.domain.audience import Audience
from ums.domain.commands import Json, SendMessage
from ums.services import applications, channels, pushes, sending, users
from ums.services.gateway import Gateway
from ums.store.models import DeliveryRow

TOKEN = "PushToken4711"  # noqa: S105 - of this measurement only
CONTENT: dict[str, Json] = {
    "type": 0,
    "template_id": "sandbox_oa_order_shipped_000000000000000001",
    "data": {"character_string1": {"value": "1"}, "thing2": {"value": "2"}, "time3": {"value": "2026-12-01"}},
}
A_MESSAGE = 1000
FIRST_NUMBER = 2918131553548000000


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.hooks", description=__doc__)
    parser.add_argument("--receipts", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--processes", type=int, default=2, help="web processes")
    parser.add_argument("--threads", type=int, default=8, help="threads in each")
    parser.add_argument("--blocked", type=float, default=0.0, help="seconds for which the database takes nothing")
    parser.add_argument("--json", action="store_true", help="for programs")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, prepared(Path(home)) as gateway:
        _set_up(gateway, given.receipts)
        with served(Path(home), given.processes, given.threads) as url:
            figures = _figures(gateway, url, given)
    tell(figures, as_json=given.json)


def _figures(gateway: Gateway, url: str, given: argparse.Namespace) -> dict[str, float]:
    holder = threading.Thread(target=_block, args=(gateway.database.path, given.blocked))
    holder.start()
    time.sleep(given.blocked and 0.1)
    pushed = measure(url, _push, connections=given.connections, requests=given.receipts)
    holder.join()
    stored_at_once = _delivered(gateway)
    start = time.perf_counter()
    pushes.drain(gateway)
    drained = time.perf_counter() - start
    return {
        "receipts": given.receipts,
        "answered_per_second": round(pushed.per_second),
        "answer_p50_ms": round(pushed.percentile(50), 1),
        "answer_p99_ms": round(pushed.percentile(99), 1),
        "answer_longest_ms": round(max(pushed.taken) * 1000, 1),
        "stored_at_once": stored_at_once,
        "seconds_to_drain": round(drained, 1),
        "lost": given.receipts - _delivered(gateway),
    }


def _push(number: int) -> bytes:
    stamp, nonce = str(int(time.time())), str(number)
    query = f"signature={signature(TOKEN, stamp, nonce)}&timestamp={stamp}&nonce={nonce}"
    body = (
        f"<xml><ToUserName>gh_0</ToUserName><FromUserName>{_openid(number)}</FromUserName><CreateTime>{stamp}"
        "</CreateTime><MsgType>event</MsgType><Event>TEMPLATESENDJOBFINISH</Event>"
        f"<MsgID>{FIRST_NUMBER + number}</MsgID><Status>success</Status></xml>"
    )
    return request("POST", f"/hooks/wechatoa1?{query}", {"Content-Type": "text/xml"}, body.encode())


def _openid(number: int) -> str:
    return f"o{number:027d}"


def _set_up(gateway: Gateway, receipts: int) -> None:
    """Deliveries that the platform has taken: number N is the one whose receipt has that number."""
    applications.add(gateway, "bench")
    given = {"appid": "wx0123456789abcdef", "secret": "s" * 32, "token": TOKEN}
    channels.add(gateway, "wechatoa1", "wechatoa", given, ["bench"])
    application_id = applications.by_name(gateway, "bench").id
    for first in range(0, receipts, A_MESSAGE):
        numbers = range(first, min(first + A_MESSAGE, receipts))
        people: list[Json] = [
            {"userid": f"u{number}", "set": {"wechatoa": {"wechatoa1": _openid(number)}}} for number in numbers
        ]
        users.opt(gateway, None, people)
        audience = Audience(userids=tuple(f"u{number}" for number in numbers))
        command = SendMessage(application_id=application_id, audience=audience, contents={"wechatoa": CONTENT})
        sending.send(gateway, command)
    with gateway.database.write() as session:
        session.execute(
            text(
                "UPDATE deliveries SET status = 'accepted', due = NULL, "
                "provider_id = CAST(:first + CAST(substr(address, 2) AS INTEGER) AS TEXT)"
            ),
            {"first": FIRST_NUMBER},
        )


def _block(path: str, seconds: float) -> None:
    """Hold the write lock, as a long transaction of another process would."""
    if seconds:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        time.sleep(seconds)
        other.close()


def _delivered(gateway: Gateway) -> int:
    with gateway.database.read() as session:
        return session.execute(select(func.count()).where(DeliveryRow.status == "delivered")).scalar_one()


if __name__ == "__main__":
    main()
