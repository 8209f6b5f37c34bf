"""`python -m benchmarks.api`: sends and uploads a second over real HTTP, each committed before it is answered.

`ums web` in a process of its own, on a scratch SQLite database, with the rate limit off, and a few kept-alive
connections from one thread of this process. A bare answer (`GET /healthz`) is measured in the same run: what the
web server and this client cost by themselves.
"""

from __future__ import annotations

import argparse
import base64
import json
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.figures import tell
from benchmarks.load import Measured, measure, request
from benchmarks.serving import prepared, served
from ums.domain.commands import Json
from ums.domain.policy import Policy
from ums.services import applications, channels, users
from ums.services.gateway import Gateway

CONTENT: Json = {
    "template_id": "sandbox_mp_appointment_00000000000000000002",
    "data": {"thing1": {"value": "Check-up"}, "date2": {"value": "2026-12-01"}, "number3": {"value": "7"}},
}
PEOPLE = 1000


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.api", description=__doc__)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--processes", type=int, default=2, help="web processes")
    parser.add_argument("--threads", type=int, default=8, help="threads in each")
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--json", action="store_true", help="for programs")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, prepared(Path(home)) as gateway:
        pair = base64.b64encode(":".join(_set_up(gateway)).encode()).decode()
        headers = {"Authorization": f"Basic {pair}", "Content-Type": "application/json"}
        with served(Path(home), given.processes, given.threads) as url:
            figures = _figures(url, headers, given)
    tell(figures, as_json=given.json)


def _figures(url: str, headers: dict[str, str], given: argparse.Namespace) -> dict[str, float]:
    def measured(method: str, path: str, body: Callable[[int], bytes], connections: int) -> Measured:
        def ask(number: int) -> bytes:
            return request(method, path, headers, body(number))

        return measure(url, ask, connections=connections, seconds=given.seconds)

    measured("POST", "/v1/sent", _send, given.processes * 4)  # so that every process has begun
    bare = measured("GET", "/healthz", lambda _: b"", given.connections)
    sends = measured("POST", "/v1/sent", _send, given.connections)
    uploads = measured("POST", "/v1/user/opt", _upload, 1)
    return {
        "bare_answers_per_second": round(bare.per_second),
        "sends_per_second": round(sends.per_second),
        "sends_to_bare": round(sends.per_second / bare.per_second, 2),
        "send_p50_ms": round(sends.percentile(50), 1),
        "send_p99_ms": round(sends.percentile(99), 1),
        "users_uploaded_per_second": round(uploads.per_second * PEOPLE),
        "upload_of_1000_p50_ms": round(uploads.percentile(50), 1),
    }


def _send(number: int) -> bytes:
    return json.dumps({"aud_userid": [f"u{number % PEOPLE}"], "msg_wechatmp": [CONTENT]}).encode()


def _upload(number: int) -> bytes:
    return json.dumps(_people(number * PEOPLE)).encode()


def _people(first: int) -> list[Json]:
    return [
        {"userid": f"u{one}", "set": {"wechatmp": {"wechatmp123": f"o{one:027d}"}}}
        for one in range(first, first + PEOPLE)
    ]


def _set_up(gateway: Gateway) -> tuple[str, str]:
    """An application without a limit and its people: its credentials."""
    made = applications.add(gateway, "bench", policy=Policy(rate_limit=0))
    given = {"appid": "wx0123456789abcdef", "secret": "s" * 32}
    channels.add(gateway, "wechatmp123", "wechatmp", given, ["bench"])
    users.opt(gateway, None, _people(0))
    return made.key, made.master_secret


if __name__ == "__main__":
    main()
