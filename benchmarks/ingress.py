"""`python -m benchmarks.ingress`: sends and uploads a second over real HTTP, each committed before it is answered.

`ums serve` in processes of its own, on a scratch SQLite database, with the rate limit off, and a few kept-alive
connections from one thread of this process. A bare answer (`GET /healthz`) is measured in the same run: what the
web server and this client cost by themselves. What is sent goes out meanwhile, to the provider's stand-in. At last
a broadcast to everybody goes out, and single sends beside it are timed, one every 10 ms.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import text

from benchmarks.figures import tell
from benchmarks.load import Measured, measure, request
from benchmarks.serving import prepared, served
from benchmarks.stand_in import MESSAGE, TEMPLATE, TYPE, standing_in
from ums.domain.commands import Json
from ums.domain.policy import Policy
from ums.services import applications, channels
from ums.services.gateway import Gateway
from ums.store import crowd

CHANNEL = "wechatmp123"
A_BATCH = 1000
PAUSE = 0.01
"""Seconds between two of the sends beside a broadcast."""
ENOUGH = 1000
"""Credits of each person for the template: nothing is left unsent for want of them."""
RATE = 1_000_000.0
"""Calls a second that the channel's pace allows: it is asked, and never holds anything back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How it is measured: for how many `seconds` each, with how many `people` to send to."""

    seconds: float = 8.0
    people: int = 100_000
    connections: int = 8
    processes: int = 2
    threads: int = 8
    latency_ms: float = 50.0


def main() -> None:
    usual = Shape()
    parser = argparse.ArgumentParser(prog="benchmarks.ingress", description=__doc__)
    parser.add_argument("--connections", type=int, default=usual.connections)
    parser.add_argument("--processes", type=int, default=usual.processes, help="web processes")
    parser.add_argument("--threads", type=int, default=usual.threads, help="threads in each")
    parser.add_argument("--seconds", type=float, default=usual.seconds, help="of each measurement")
    parser.add_argument("--people", type=int, default=usual.people, help="whom the broadcast goes to")
    parser.add_argument("--latency-ms", type=float, default=usual.latency_ms, help="of the provider's answers")
    parser.add_argument("--json", action="store_true", help="for programs")
    given = vars(parser.parse_args())
    as_json = given.pop("json")
    tell(measured_ingress(Shape(**given)), as_json=as_json)


def measured_ingress(shape: Shape) -> dict[str, float]:
    """The figures. Raises RuntimeError where a request is refused."""
    with (
        standing_in(shape.latency_ms) as stand_in,
        tempfile.TemporaryDirectory(prefix="ums-ingress-") as home,
        prepared(Path(home)) as gateway,
    ):
        pair = base64.b64encode(":".join(_set_up(gateway, stand_in.url, shape.people)).encode()).decode()
        headers = {"Authorization": f"Basic {pair}", "Content-Type": "application/json"}
        with served(Path(home), shape.processes, shape.threads, sends=True) as url:
            return _figures(url, headers, shape)


def _figures(url: str, headers: dict[str, str], shape: Shape) -> dict[str, float]:
    def measured(method: str, path: str, body: Callable[[int], bytes], connections: int) -> Measured:
        def ask(number: int) -> bytes:
            return request(method, path, headers, body(number))

        return measure(url, ask, connections=connections, seconds=shape.seconds)

    def send(number: int) -> bytes:
        return _send(number % shape.people)

    measured("POST", "/v1/sent", send, shape.processes * 4)  # so that every process has begun
    bare = measured("GET", "/healthz", lambda _: b"", shape.connections)
    sends = measured("POST", "/v1/sent", send, shape.connections)
    uploads = measured("POST", "/v1/user/opt", _upload, 1)
    return {
        "connections": shape.connections,
        "bare_answers_per_second": round(bare.per_second),
        "sends_per_second": round(sends.per_second),
        "sends_to_bare": round(sends.per_second / bare.per_second, 2),
        "send_p50_ms": round(sends.percentile(50), 1),
        "send_p99_ms": round(sends.percentile(99), 1),
        "users_uploaded_per_second": round(uploads.per_second * A_BATCH),
        "upload_of_1000_p50_ms": round(uploads.percentile(50), 1),
        "upload_of_1000_p99_ms": round(uploads.percentile(99), 1),
        **_beside_a_broadcast(url, headers, shape),
    }


def _beside_a_broadcast(url: str, headers: dict[str, str], shape: Shape) -> dict[str, float]:
    """How long single sends take while a broadcast goes out; timed until it has ended, for `seconds` at most."""
    line = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    body = json.dumps({f"msg_{TYPE}": [MESSAGE]}).encode()
    msgid = _asked(line, "POST", "/v1/broadcast", headers, body)["msgid"]
    taken: list[float] = []
    end = time.perf_counter() + shape.seconds
    while time.perf_counter() < end:
        # looked at now and then, so that the looking isn't what is measured
        if len(taken) % 50 == 0 and _asked(line, "GET", f"/v1/message/{msgid}", headers)["status"] == "done":
            break
        start = time.perf_counter()
        _asked(line, "POST", "/v1/sent", headers, _send(len(taken) % shape.people))
        taken.append(time.perf_counter() - start)
        time.sleep(PAUSE)
    line.close()
    if len(taken) < 2:
        return {"sends_beside_a_broadcast": len(taken)}
    cuts = statistics.quantiles(taken, n=100, method="inclusive")
    return {
        "sends_beside_a_broadcast": len(taken),
        "send_beside_a_broadcast_p50_ms": round(cuts[49] * 1000, 1),
        "send_beside_a_broadcast_p99_ms": round(cuts[98] * 1000, 1),
    }


def _asked(
    line: http.client.HTTPConnection, method: str, path: str, headers: dict[str, str], body: bytes = b""
) -> dict[str, Json]:
    line.request(method, path, body, headers)
    answer = line.getresponse()
    content = answer.read()
    if answer.status != 200:
        raise RuntimeError(content.decode("utf-8", "replace"))
    document: dict[str, Json] = json.loads(content)
    return document


def _send(number: int) -> bytes:
    return json.dumps({"aud_userid": [f"u{number + 1}"], f"msg_{TYPE}": [MESSAGE]}).encode()


def _upload(number: int) -> bytes:
    """A batch of people whom nobody knows yet."""
    first = number * A_BATCH
    people = [
        {"userid": f"new{one}", "set": {TYPE: {CHANNEL: f"o{one:018d}uploaded"}}}
        for one in range(first, first + A_BATCH)
    ]
    return json.dumps(people).encode()


def _set_up(gateway: Gateway, provider: str, people: int) -> tuple[str, str]:
    """An application without a limit, a channel that leads to the stand-in, and people: the credentials."""
    made = applications.add(gateway, "bench", policy=Policy(rate_limit=0))
    given = {"appid": "wx0123456789abcdef", "secret": "s" * 32, "base_url": provider}
    channels.add(gateway, CHANNEL, TYPE, given, ["bench"])
    with gateway.database.write() as session:
        crowd.fill(session, CHANNEL, TYPE, TEMPLATE, size=people, rate=RATE, now=gateway.clock.now())
        session.execute(text("UPDATE credits SET balance = :enough"), {"enough": ENOUGH})
    return made.key, made.master_secret


if __name__ == "__main__":
    main()
