"""`ums sandbox`: the stand-in for the WeChat platform, in place of this process."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="Port; 0 takes any free one."
)
@click.option("--latency-ms", type=click.FloatRange(0), default=0, help="How long every answer takes.")
@click.option(
    "--callback",
    "callbacks",
    multiple=True,
    metavar="APPID=URL",
    help="Where the events of an account are pushed to.",
)
@click.option("--token", help="Signs the pushed events.")
@click.option("--encoding-aes-key", help="Encrypts the pushed events: 43 characters.")
@click.option("--lean", is_flag=True, help="Tokens and sends only, counted: to measure how fast a sender is.")
@click.option("--json", "as_json", is_flag=True, help='Print one line {"url": …} when it is ready.')
def sandbox(
    host: str,
    port: int,
    latency_ms: float,
    callbacks: Sequence[str],
    token: str | None,
    encoding_aes_key: str | None,
    lean: bool,
    as_json: bool,
) -> None:
    """Run the sandbox: WeChat's paths, habits and errors on this machine, controlled under /_sandbox/.

    \b
    Examples:
      ums sandbox --port 9100
      ums sandbox --port 9100 --token abc --callback wx0123456789abcdef=http://127.0.0.1:8080/hooks/wechatmp123
    """
    given = {
        "--host": host,
        "--port": port,
        "--latency-ms": latency_ms,
        "--token": token,
        "--encoding-aes-key": encoding_aes_key,
    }
    arguments = [sys.executable, "-m", "sandbox"]
    arguments += [f"{name}={value}" for name, value in given.items() if value is not None]
    arguments += [f"--callback={callback}" for callback in callbacks]
    arguments += [flag for flag, is_given in {"--lean": lean, "--json": as_json}.items() if is_given]
    sys.stdout.flush()
    os.execv(sys.executable, arguments)  # noqa: S606 - our own program
