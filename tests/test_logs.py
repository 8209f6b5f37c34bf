"""What a log line looks like, and what never stands in one."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from ums import logs
from ums.logs import get_logger, hidden
from ums.settings import Settings

OPENID = "oABCdefghijklmnopqrstuvwxyz1"
Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.setLevel(logging.WARNING)  # as a process begins; what ran here before may have asked for less
    yield
    root.handlers = handlers
    root.setLevel(level)
    logging.captureWarnings(False)


def line(capsys: Capture) -> str:
    (found,) = capsys.readouterr().err.splitlines()
    return found


def as_json(capsys: Capture) -> dict[str, object]:
    found: dict[str, object] = json.loads(line(capsys))
    return found


def test_a_line_for_people_has_time_level_action_and_values(capsys: Capture) -> None:
    logs.set_up(Settings())
    get_logger("ums.x").warning(
        "a push was refused", action="hook_refused", channel="wechatmp123", words="no, thanks"
    )
    time, _, rest = line(capsys).partition(" ")
    assert time.endswith("Z")
    assert rest == 'WARNING hook_refused: a push was refused channel=wechatmp123 words="no, thanks"'


def test_a_line_for_programs_is_one_json_object(capsys: Capture) -> None:
    logs.set_up(Settings(log_format="json"))
    get_logger("ums.x").error("拒绝", action="hook_refused", count=3, cause="two\nlines")
    found = as_json(capsys)
    assert list(found) == ["at", "level", "logger", "action", "message", "count", "cause"]
    assert (found["message"], found["action"], found["level"], found["count"]) == (
        "拒绝",
        "hook_refused",
        "error",
        3,
    )


@pytest.mark.parametrize(("level", "seen"), [("debug", 4), ("info", 3), ("warning", 2), ("error", 1)])
def test_the_level_says_how_much_is_told(capsys: Capture, level: str, seen: int) -> None:
    logs.set_up(Settings(log_level=level))
    log = get_logger("ums.x")
    for tell in (log.debug, log.info, log.warning, log.error):
        tell("something", action="tested")
    assert len(capsys.readouterr().err.splitlines()) == seen


def test_setting_up_twice_does_not_tell_everything_twice(capsys: Capture) -> None:
    logs.set_up(Settings())
    logs.set_up(Settings())
    get_logger("ums.x").error("once", action="tested")
    assert "once" in line(capsys)


def test_lines_of_the_standard_library_go_the_same_way(capsys: Capture) -> None:
    logs.set_up(Settings(log_format="json"))
    logging.getLogger("ums.cli").error("ended with %s", 3, extra={"action": "worker.ended"})
    found = as_json(capsys)
    assert (found["action"], found["message"], found["logger"]) == ("worker.ended", "ended with 3", "ums.cli")


def test_a_strangers_words_do_not_look_like_a_line_of_their_own(capsys: Capture) -> None:
    logs.set_up(Settings())
    get_logger("ums.x").error("refused\n2026 ERROR forged: hello", action="tested", cause="a\r\nb\x1b[31m")
    assert "forged" in line(capsys)


@pytest.mark.parametrize("format_", ["text", "json"])
def test_secrets_and_openids_are_hidden_by_name_and_by_shape(capsys: Capture, format_: str) -> None:
    logs.set_up(Settings(log_format=format_, log_level="debug"))
    log = get_logger("ums.x")
    secret = "wJalrXUtnFEMI7"
    log.error("a", action="tested", secret=secret, password=secret, master_secret=secret, token=secret)
    log.error("b", action="tested", Authorization=secret, access_token=secret, encoding_aes_key=secret)
    log.error("c", action="tested", settings={"appid": "wx1", "secret": secret, "deep": {"token": [secret]}})
    log.error(
        "d", action="tested", url=f"https://x/y?access_token={secret}&a=1", body=f'{{"access_token":"{secret}"}}'
    )
    log.error("e", action="tested", headers=f"Authorization: Basic {secret}", link=f"/console/login/{secret * 2}")
    log.error("f", action="tested", address=OPENID, openids=[OPENID], words=f"invalid openid {OPENID} rid: 1")
    log.error(
        "i", action="tested", url=f"amqp://ums:{secret}@mq/ums", cause=f"redis://:{secret}@cache:6379/0 is away"
    )
    logging.getLogger("urllib3.connectionpool").debug("GET /token?grant_type=x&secret=%s HTTP/1.1", secret)
    logging.getLogger("aiohttp.access").info('{"errmsg":"hint","access_token":"%s"}', secret)
    try:
        raise ValueError(f"{OPENID} access_token={secret}")
    except ValueError:
        log.exception("g", action="tested")
        logging.getLogger("other").exception("h")
    found = capsys.readouterr().err
    assert secret not in found
    assert OPENID not in found
    assert found.count("oABC…xyz1") >= 4
    assert found.count("Traceback") == 2


@pytest.mark.parametrize(
    "text",
    [
        "01jz3k0q3v8e5x2w7t9r6p4m1n",
        "hook_refused",
        "token_key",
        "the template of a message",
        "code=0 msgid=01jz3k",
        "https://user@example.com:8080/a:b@c",
        "a-word-that-begins-with-o-and-is-longer-than-28-characters",
        "",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert hidden(text) == text


def test_what_is_logged_before_setting_up_hides_secrets_too(caplog: pytest.LogCaptureFixture) -> None:
    get_logger("ums.early").warning(
        "early", action="tested", secret="hunter2", url="https://x?access_token=hunter2"
    )
    assert "early" in caplog.text
    assert "hunter2" not in caplog.text
