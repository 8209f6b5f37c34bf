"""Gives `requests` connections that keep a call's deadline, and keeps URLs out of urllib3's log lines."""

from __future__ import annotations

import logging
import re
import socket

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.ssl_ import create_urllib3_context

from ums.provider import deadline

_QUERY = re.compile(r"\?[^\s'\")]*")


class DeadlineAdapter(HTTPAdapter):
    """Carries a request once, over connections made by `ums.provider.deadline`."""

    def __init__(self, *, connections: int) -> None:
        super().__init__(pool_connections=32, pool_maxsize=connections, max_retries=0, pool_block=False)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **_: object) -> None:
        context = create_urllib3_context()
        context.sslsocket_class = deadline.SecureSocket
        super().init_poolmanager(connections, maxsize, block, ssl_context=context)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}


class _PlainConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return deadline.connect(self._dns_host, self.port, self.socket_options or ())


class _SecureConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return deadline.connect(self._dns_host, self.port, self.socket_options or ())


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _HideQueries(logging.Filter):
    """Cuts the query off every URL in a record: access tokens and secrets travel there."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = _QUERY.sub("?…", record.getMessage())
        record.args = ()
        return True


def hide_queries() -> None:
    """Make urllib3's loggers safe, at every level; repeating it changes nothing."""
    for module in ("connection", "connectionpool", "poolmanager", "response", "util.retry"):
        logger = logging.getLogger(f"urllib3.{module}")
        if not any(isinstance(known, _HideQueries) for known in logger.filters):
            logger.addFilter(_HideQueries())
