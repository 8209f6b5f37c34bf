"""An access token travels in a URL, and HTTP libraries like to talk about URLs: nobody must hear it."""

from __future__ import annotations

import logging
import traceback

import pytest

from tests.provider.conftest import Carrier
from tests.provider.fault_server import FaultServer, refusing_port
from ums.provider.requests_driver import RequestsDriver
from ums.sdk.call import Call, Exchange, Reply
from ums.sdk.errors import SendError

SECRET = "98_planted-token-XYZ"
FAULTS = (
    "ok",
    "500",
    "broken_header",
    "close_without_answer",
    "endless_headers",
    "gzip_bomb",
    "length_too_big",
    "no_http",
    "rst_mid_answer",
    "silence",
)


def secretive(url: str) -> Exchange[Reply]:
    return (yield Call("POST", url, query={"access_token": SECRET}, body=b"{}", seconds=0.5))


def told(carrier: Carrier, url: str) -> str:
    """All that the failure of a call tells a log."""
    try:
        carrier.run(secretive(url))
    except SendError as error:
        return "\n".join([repr(error), error.provider_message, *traceback.format_exception(error)])
    return ""


@pytest.mark.parametrize("fault", FAULTS)
def test_no_fault_tells_the_token(
    carrier: Carrier, server: FaultServer, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="urllib3")
    server.heads.clear()
    words = told(carrier, f"{server.url}/{fault}")
    assert SECRET in server.heads[0]
    assert SECRET not in words + caplog.text


@pytest.mark.parametrize("url", ["http://provider.invalid/", "http://[::1/", "https://localhost:{port}/"])
def test_no_call_that_never_left_tells_the_token(
    carrier: Carrier, caplog: pytest.LogCaptureFixture, url: str
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="urllib3")
    with refusing_port() as port:
        words = told(carrier, url.format(port=port))
    assert "Error" in words or "Transient" in words or "BadChannel" in words
    assert SECRET not in words + caplog.text


def test_what_urllib3_says_is_kept_without_the_query(server: FaultServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="urllib3")
    driver = RequestsDriver()
    driver.run(secretive(f"{server.url}/broken_header"))
    driver.close()
    assert '"POST /broken_header?… HTTP/1.1" 200' in caplog.text
    assert "Failed to parse headers" in caplog.text
    assert SECRET not in caplog.text
