"""The database server and the broker that measurements use, where they answer."""

from __future__ import annotations

import importlib.util
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

PORTS: Mapping[str, int] = {"amqp": 5672, "redis": 6379, "postgresql": 5432}
PACKAGES: Mapping[str, str] = {"amqp": "celery", "redis": "redis", "postgresql": "psycopg"}
EXTRA = "pip install 'ums[scale]'"
CONNECT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Services:
    """URLs of a PostgreSQL server (any database on it) and of a broker."""

    postgresql: str
    broker: str

    def lacking(self, *, postgresql: bool = False, broker: bool = False) -> str:
        """Why a measurement that needs these can't be made; empty where it can."""
        wanted = [url for url, is_wanted in ((self.postgresql, postgresql), (self.broker, broker)) if is_wanted]
        return "; ".join(filter(None, map(_missing, wanted)))


@cache
def _missing(url: str) -> str:
    """Why the service at `url` can't be used, as far as a connection shows it; asked once."""
    parts = urlsplit(url)
    scheme = parts.scheme.partition("+")[0]
    package = PACKAGES.get(scheme, "celery")
    if importlib.util.find_spec(package) is None:
        return f"the package {package} is not installed: {EXTRA}"
    place = parts.hostname or "127.0.0.1", parts.port or PORTS.get(scheme, 0)
    try:
        socket.create_connection(place, CONNECT_SECONDS).close()
        (_enter_database if scheme == "postgresql" else _enter_broker)(url)
    except OSError as error:
        return f"nothing answers on {place[0]}:{place[1]} ({error.strerror or error})"
    except Exception as error:  # the services' drivers have errors of their own
        return f"{place[0]}:{place[1]} lets nobody in with this URL ({str(error).strip().splitlines()[0]})"
    return ""


def _enter_database(url: str) -> None:
    import psycopg

    psycopg.connect(url.replace("+psycopg", "", 1), connect_timeout=int(CONNECT_SECONDS)).close()


def _enter_broker(url: str) -> None:
    from kombu import Connection

    with Connection(url, connect_timeout=CONNECT_SECONDS) as connection:
        connection.connect()
