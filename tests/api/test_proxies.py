"""Who is believed about where a request came from."""

from __future__ import annotations

import pytest

from ums.api.proxies import TrustedProxies


def seen(peer: str, **headers: str) -> tuple[str, str, str]:
    """The caller's address, the scheme and the host, behind proxies in 10.0.0.0/8 and on ::1."""
    environ: dict[str, object] = {"REMOTE_ADDR": peer, "wsgi.url_scheme": "http", "HTTP_HOST": "inside:8080"}
    environ.update({f"HTTP_X_FORWARDED_{name}": value for name, value in headers.items()})
    TrustedProxies(("10.0.0.0/8", "::1/128")).apply(environ)
    assert not [name for name in environ if name.startswith("HTTP_X_FORWARDED")]
    return str(environ["REMOTE_ADDR"]), str(environ["wsgi.url_scheme"]), str(environ["HTTP_HOST"])


def test_a_trusted_proxy_is_believed() -> None:
    assert seen("10.0.0.1", FOR="203.0.113.9", PROTO="https", HOST="ums.example.com") == (
        "203.0.113.9",
        "https",
        "ums.example.com",
    )


@pytest.mark.parametrize("peer", ["203.0.113.1", "", "unix", "::2"])
def test_a_stranger_is_not_believed(peer: str) -> None:
    assert seen(peer, FOR="10.0.0.9", PROTO="https", HOST="evil.example") == (peer, "http", "inside:8080")


@pytest.mark.parametrize(
    ("hops", "client"),
    [
        ("1.2.3.4, 203.0.113.9", "203.0.113.9"),
        ("1.2.3.4, 203.0.113.9, 10.0.0.7", "203.0.113.9"),
        ("10.0.0.6, 10.0.0.7", "10.0.0.6"),
        ("1.2.3.4, nonsense", "10.0.0.1"),
        ("", "10.0.0.1"),
        (" , ,", "10.0.0.1"),
        ("2001:db8::9", "2001:db8::9"),
    ],
)
def test_the_caller_is_the_nearest_hop_that_is_no_proxy_of_ours(hops: str, client: str) -> None:
    assert seen("10.0.0.1", FOR=hops)[0] == client


@pytest.mark.parametrize("host", ["a b", "evil/path", "", "x" * 300, "host:port", "<script>"])
def test_a_host_that_is_none_is_not_believed(host: str) -> None:
    assert seen("10.0.0.1", HOST=host)[2] == "inside:8080"


def test_a_scheme_that_is_none_is_not_believed() -> None:
    assert seen("10.0.0.1", PROTO="javascript")[1] == "http"
    assert seen("10.0.0.1", PROTO="http, https")[1] == "https"


def test_a_proxy_seen_through_ipv6_is_the_same_proxy() -> None:
    assert seen("::ffff:10.0.0.1", PROTO="https")[1] == "https"
    assert seen("::1", PROTO="https")[1] == "https"
