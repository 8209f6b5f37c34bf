"""A Celery task for each recipient, as it is mostly written."""

from __future__ import annotations

import json
import threading

import requests
from celery import Celery

from benchmarks.stand_in import MESSAGE, SEND, TIMEOUT

app = Celery("benchmarks")
app.conf.update(task_ignore_result=True, broker_connection_retry_on_startup=True)

TABLE = "CREATE TABLE sends (openid text PRIMARY KEY, sent boolean NOT NULL DEFAULT false)"
NOTE = "UPDATE sends SET sent = true WHERE openid = %s"

_own = threading.local()
"""What a thread of a worker keeps: its connections."""


@app.task(name="bench.send")
def send(url: str, token: str, openid: str, *, keeps_connection: bool = False) -> None:
    """One message. Raises RuntimeError where it is refused."""
    post = _session().post if keeps_connection else requests.post
    body = json.dumps({"touser": openid, **MESSAGE})
    reply = post(f"{url}{SEND}", params={"access_token": token}, data=body, timeout=TIMEOUT)
    if reply.json()["errcode"] != 0:
        raise RuntimeError(reply.text)


@app.task(name="bench.send_and_note")
def send_and_note(url: str, token: str, openid: str, database: str, *, keeps_connection: bool = False) -> None:
    """One message, and a committed note that it was sent."""
    send(url, token, openid, keeps_connection=keeps_connection)
    if not hasattr(_own, "database"):
        import psycopg

        _own.database = psycopg.connect(database, autocommit=True)
    _own.database.execute(NOTE, (openid,))


def _session() -> requests.Session:
    kept = getattr(_own, "session", None)
    session: requests.Session = kept or requests.Session()
    _own.session = session
    return session
