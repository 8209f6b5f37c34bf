"""What the command line says."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

DEFAULT_SIGNING = "sandbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to start. ``token`` and ``encoding_aes_key`` sign the pushes of accounts that set no own ones."""

    host: str = "127.0.0.1"
    port: int = 0
    latency_ms: float = 0.0
    callbacks: Mapping[str, str] = field(default_factory=dict)
    token: str = DEFAULT_SIGNING
    encoding_aes_key: str = ""
    push_delay_ms: float = 20.0
    keep_calls: int = 1_000_000
    as_json: bool = False
    die_with_parent: bool = False
    lean: bool = False

    @classmethod
    def parse(cls, arguments: Sequence[str]) -> Options:
        """Reads the command line; leaves the process with a usage message where it makes no sense."""
        parser = _parser()
        given = parser.parse_args(arguments)
        if given.lean and given.callback:
            parser.error("--lean pushes no events; leave --callback out")
        return cls(
            host=given.host,
            port=given.port,
            latency_ms=given.latency_ms,
            callbacks=dict(given.callback),
            token=given.token,
            encoding_aes_key=given.encoding_aes_key,
            push_delay_ms=given.push_delay_ms,
            keep_calls=given.keep_calls,
            as_json=given.json,
            die_with_parent=given.die_with_parent,
            lean=given.lean,
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="A stand-in for the WeChat platform.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=_port, default=0, help="port to listen on; 0 takes a free one (default)")
    parser.add_argument("--latency-ms", type=_amount, default=0.0, help="how long every answer takes")
    parser.add_argument(
        "--callback",
        type=_callback,
        action="append",
        default=[],
        metavar="APPID=URL",
        help="where event pushes of this account go; may be given several times",
    )
    parser.add_argument("--token", default=DEFAULT_SIGNING, help="signs the pushes (default: sandbox)")
    parser.add_argument("--encoding-aes-key", type=_aes_key, default="", help="43 characters: encrypts them")
    parser.add_argument("--push-delay-ms", type=_amount, default=20.0, help="from the answer to the push")
    parser.add_argument("--keep-calls", type=_keep, default=1_000_000, help="how many calls to remember")
    parser.add_argument("--json", action="store_true", help='print one line {"url": …} instead of a sentence')
    parser.add_argument("--die-with-parent", action="store_true", help="end when standard input (a pipe) closes")
    parser.add_argument("--lean", action="store_true", help="tokens and sends only, counted: to measure senders")
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: give a number from 0 to 65535")
    return int(text)


def _amount(text: str) -> float:
    try:
        amount = float(text)
    except ValueError:
        amount = -1.0
    if not 0 <= amount < 1e7:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of milliseconds of 0 or more")
    return amount


def _keep(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of calls of 1 or more")
    return int(text)


def _callback(text: str) -> tuple[str, str]:
    appid, _, url = text.partition("=")
    if not appid or not url.startswith(("http://", "https://")):
        raise argparse.ArgumentTypeError(f"{text!r} is not APPID=URL with an http:// or https:// URL")
    return appid, url


def _aes_key(text: str) -> str:
    from channels._wechat.crypto import PushCipher

    if text:
        try:
            PushCipher([text], "any")
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None
    return text
