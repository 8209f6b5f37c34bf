"""The log: one line for each event, for people or for programs, with nothing in it that mustn't leak.

A line has a sentence, a stable `action` to search for, and values by name::

    log = get_logger(__name__)
    log.warning("a push was refused", action="hook_refused", channel=code, cause=str(refusal))

Lines of other libraries go the same way. Last of all, whatever a line says, secrets are taken out of it and
openids are shortened: by the name of the value, and by their shape in any text, tracebacks included.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Mapping
from typing import cast

from ums.settings import Settings
from ums.structured import BoundLogger, EventDict, ExtraAdder, Processor, ProcessorFormatter, structlog

HIDDEN = "***"
QUIET = (
    "aiohttp.access",
    "apscheduler",
    "asyncio",
    "urllib3",
    "waitress",
    "werkzeug",
    "alembic",
    "celery",
    "kombu",
)
"""Libraries whose lines below a warning say nothing to an operator."""
SILENT = ("celery.worker.consumer",)
"""Libraries that say again and again what we say once; only what is critical is theirs to tell."""

_SECRET = re.compile(
    r"secret|password|passwd|authorization|cookie|credential|encoding_aes_key|(^|_)(token|ticket|key)$",
    re.IGNORECASE,
)
_OPEN = frozenset({"channel_key", "idempotency_key", "key"})
"""Names that look like a secret's and are none."""
_ADDRESS = re.compile(r"address|openid|unionid", re.IGNORECASE)

_NAMED_IN_TEXT = re.compile(
    r"""(?ix)
    \b ( [a-z0-9_]* (?: access_token | refresh_token | secret | password | encoding_aes_key | login_token
                      | session_key | echostr | msg_signature | signature | ticket | (?<![a-z0-9_]) token ) )
    ( ["']? \s* [=:] \s* ["']? ) ( [^\s"'&,;)}\]<>]+ )
    """
)
_AUTHORIZATION = re.compile(r"(?i)\b(basic|bearer)(\s+)[A-Za-z0-9+/=._~-]{8,}")
_LOGIN_LINK = re.compile(r"(/login/)[A-Za-z0-9_-]{16,}")
_PASSWORD_IN_URL = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://[^\s/:@]*:)[^\s@/]+(?=@)")
_OPENID = re.compile(r"(?<![A-Za-z0-9_-])o[A-Za-z0-9_-]{27}(?![A-Za-z0-9_-])")
"""WeChat's openids: 28 characters of the URL-safe base 64 alphabet, the first an o."""


def get_logger(name: str = "ums") -> BoundLogger:
    """A logger; give every line an `action`."""
    logger: BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def set_up(settings: Settings) -> None:
    """Send everything that is logged in this process to standard error, as the settings say."""
    handler = _StandardError()
    handler.setFormatter(_formatter(settings.log_format))
    root = logging.getLogger()
    root.handlers = [kept for kept in root.handlers if not isinstance(kept, _StandardError)] + [handler]
    root.setLevel(settings.log_level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.DEBUG if settings.log_level == "debug" else logging.WARNING)
    for name in SILENT:
        logging.getLogger(name).setLevel(logging.DEBUG if settings.log_level == "debug" else logging.CRITICAL)
    logging.captureWarnings(True)


class _StandardError(logging.Handler):
    """Writes to what standard error is at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()
        except Exception:
            self.handleError(record)


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        _hide_by_name,
    ]


def _formatter(format_: str) -> ProcessorFormatter:
    return ProcessorFormatter(
        foreign_pre_chain=[ExtraAdder(allow=["action"]), *_shared()],
        processors=[ProcessorFormatter.remove_processors_meta, _rendered_as(format_), _hide_in_text],
    )


def _rendered_as(format_: str) -> Processor:
    return _as_json if format_ == "json" else _as_text


def _as_json(_: object, __: str, event: EventDict) -> str:
    head = {name: event.pop(name) for name in ("at", "level", "logger", "action") if name in event}
    return json.dumps({**head, "message": event.pop("event", ""), **event}, ensure_ascii=False, default=str)


def _as_text(_: object, __: str, event: EventDict) -> str:
    trace = event.pop("exception", None)
    level = str(event.pop("level", "")).upper()
    action = event.pop("action", None) or event.get("logger", "")
    event.pop("logger", None)
    head = f"{event.pop('at', '')} {level:<7} {action}: {_plain(event.pop('event', ''))}"
    line = " ".join([head, *(f"{name}={_quoted(value)}" for name, value in event.items())])
    return line if trace is None else f"{line}\n{trace}"


def _plain(value: object) -> str:
    """On one line, whatever it holds: a stranger's words must not look like a line of their own."""
    text = str(value)
    return text if text.isprintable() else repr(text)[1:-1]


def _quoted(value: object) -> str:
    text = str(value)
    return text if text and text.isprintable() and not re.search(r'[\s"=]', text) else json.dumps(text)


def _hide_by_name(_: object, __: str, event: EventDict) -> EventDict:
    return {name: _shown(name, value) for name, value in event.items()}


def _shown(name: str, value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _shown(str(key), inner) for key, inner in value.items()}
    if name not in _OPEN and _SECRET.search(name):
        return HIDDEN
    if isinstance(value, list | tuple | set | frozenset):
        return [_shown(name, inner) for inner in value]
    if isinstance(value, str):
        return _shortened(value) if _ADDRESS.search(name) else hidden(value)
    return value


def _hide_in_text(_: object, __: str, line: EventDict) -> EventDict:
    # What the processors hand on is a line by now; structlog's type doesn't know.
    return cast("EventDict", hidden(str(line)))


def hidden(text: str) -> str:
    """`text` without secrets and whole openids.

    >>> hidden("GET /cgi-bin/user?access_token=68_abc&openid=oABCdefghijklmnopqrstuvwxyz1")
    'GET /cgi-bin/user?access_token=***&openid=oABC…xyz1'
    """
    text = _NAMED_IN_TEXT.sub(rf"\1\2{HIDDEN}", text)
    text = _AUTHORIZATION.sub(rf"\1\2{HIDDEN}", text)
    text = _PASSWORD_IN_URL.sub(rf"\1{HIDDEN}", text)
    text = _LOGIN_LINK.sub(rf"\1{HIDDEN}", text)
    return _OPENID.sub(lambda match: _shortened(match.group()), text)


def _shortened(address: str) -> str:
    # As `ums.domain.privacy.masked` does; the log lies below the domain and can't ask it.
    return f"{address[:4]}…{address[-4:]}" if len(address) >= 12 else "…"


# Done on import, so that what is logged before `set_up` goes the standard library's way too, and says no secret.
structlog.configure(
    processors=[structlog.stdlib.filter_by_level, *_shared(), ProcessorFormatter.wrap_for_formatter],
    wrapper_class=BoundLogger,
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=False,
)
