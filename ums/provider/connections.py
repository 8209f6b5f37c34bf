"""Gives `requests` connections that keep a call's deadline, and keeps URLs out of urllib3's log lines."""

from __future__ import annotations

import logging
import re
import socket
import ssl

import certifi
from requests.adapters import HTTPAdapter
from urllib3 import ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.ssl_ import create_urllib3_context

from ums.provider import deadline
from ums.sdk.proxies import Proxy

_QUERY = re.compile(r"\?[^\s'\")]*")


class DeadlineAdapter(HTTPAdapter):
    """Carries a request once, over connections made by `ums.provider.deadline`, straight or through a proxy.

    `authorities` is a PEM file of the certificate authorities that vouch for proxies, by default certifi's.
    """

    def __init__(self, *, connections: int, authorities: str | None = None) -> None:
        self._authorities = authorities or certifi.where()
        super().__init__(pool_connections=32, pool_maxsize=connections, max_retries=0, pool_block=False)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **_: object) -> None:
        super().init_poolmanager(connections, maxsize, block, ssl_context=_context())
        self.poolmanager.pool_classes_by_scheme = _pools()

    def proxy_manager_for(self, proxy: str, **_: object) -> ProxyManager:
        """The pools of connections through one proxy; requests keeps none of them apart by itself."""
        manager: ProxyManager | None = self.proxy_manager.get(proxy)
        if manager is None:
            to_proxy = _context()
            to_proxy.verify_mode = ssl.CERT_REQUIRED
            to_proxy.load_verify_locations(self._authorities)
            manager = super().proxy_manager_for(proxy, ssl_context=_context(), proxy_ssl_context=to_proxy)
            assert isinstance(manager, ProxyManager)  # noqa: S101 - what it makes of an http or https proxy
            manager.pool_classes_by_scheme = _pools()
        return manager

    def proxy_headers(self, proxy: str) -> dict[str, str]:
        """What the proxy knows us by; UTF-8, where requests would refuse other than Western letters."""
        known = Proxy.parse(proxy).authorization
        return {"Proxy-Authorization": known} if known else {}


def _context() -> ssl.SSLContext:
    context = create_urllib3_context()
    context.sslsocket_class = deadline.SecureSocket
    return context


class _PlainConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return deadline.connect(self._dns_host, self.port, self.socket_options or ())


class _SecureConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return deadline.connect(self._dns_host, self.port, self.socket_options or ())

    def connect(self) -> None:
        """Connect, through the proxy if there is one: what that takes is no part of the request."""
        try:
            super().connect()
        finally:
            deadline.current().sent = False


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


def _pools() -> dict[str, type[HTTPConnectionPool]]:
    return {"http": _PlainPool, "https": _SecurePool}


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
