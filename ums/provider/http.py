"""What every transport puts on the wire and takes from it, whichever library carries it."""

from __future__ import annotations

import zlib
from importlib.metadata import version
from urllib.parse import urlencode

from ums.provider.losses import Unreadable
from ums.sdk.call import Call

LARGEST_ANSWER = 1024 * 1024
"""Bytes of a body, after decoding; more is no answer of a messaging provider."""

HEADERS = {
    "User-Agent": f"ums/{version('ums')}",
    "Accept": "*/*",
    # Answers are small; compressed ones would only need guarding against bombs.
    "Accept-Encoding": "identity",
}

PROXY_AUTHENTICATION = 407

_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


def url_of(call: Call, token: str | None) -> str:
    """The call's URL with its query and, where there is one, the access token."""
    query = dict(call.query) if token is None else {**call.query, call.token_name: token}
    return f"{call.url}?{urlencode(query)}" if query else call.url


def plain_url(url: str, token_name: str, token: str | None) -> str:
    """The URL of a call that has no query of its own."""
    return url_of(Call("", url, token_name=token_name), token)


def is_of_proxy(call: Call, status: int) -> bool:
    """Whether the call's proxy answered for itself: 407 says so, unless a tunnel led to the provider by then."""
    return call.proxy is not None and status == PROXY_AUTHENTICATION and not call.url.startswith("https:")


def decoded(body: bytes, encoding: str) -> bytes:
    """The body of an answer, decompressed if a server did so unasked. Raises Unreadable."""
    if len(body) > LARGEST_ANSWER:
        raise Unreadable("answer_too_large")
    if not body or encoding.lower() in {"", "identity"}:
        return body
    if encoding.lower() not in {"gzip", "x-gzip", "deflate"}:
        raise Unreadable("answer_malformed")
    return _inflated(body)


def _inflated(body: bytes) -> bytes:
    inflater = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        plain = inflater.decompress(body, LARGEST_ANSWER + 1)
    except zlib.error:
        raise Unreadable("answer_malformed") from None
    if len(plain) > LARGEST_ANSWER:
        raise Unreadable("answer_too_large")
    if not inflater.eof:
        raise Unreadable("answer_cut")
    return plain
