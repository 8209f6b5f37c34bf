"""What an installation can set, read once at start-up from the environment and a TOML file.

Every setting is a field of `Settings`. In the file it stands under its own name, in the environment as
`UMS_<NAME>`; the environment wins. `UMS_<NAME>_FILE` names a file that holds the value, which is how
secrets come in. An empty variable counts as unset. All faults are reported together.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Self

from marshmallow import Schema
from marshmallow import fields as values
from marshmallow.validate import Length, OneOf, Range, Regexp

from ums.setting_values import Days, Directory, Networks, Whole, check_public_url, check_zone

DISK = "disk"
"""The `material_store` that keeps materials in the home directory."""
LOCAL, CELERY = ENGINES = ("local", "celery")
"""What carries deliveries to sending processes: the database alone, or Celery between several machines."""
_PLAIN_POSTGRESQL = re.compile("^postgres(ql)?://")
"""A URL as everybody else writes it; SQLAlchemy wants the driver named."""
EVERY_ADDRESS = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - recognised, not bound to
LEVELS = ("debug", "info", "warning", "error")
NAMES_ALIKE = 0.87
"""How alike (0 to 1) an unknown `UMS_…` variable must be to a setting to be taken for a slip of the pen."""


class SettingsError(Exception):
    """One or more settings are wrong; `faults` names each, what is allowed, and what to do."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def _home() -> Path:
    return Path.home() / ".local" / "share" / "ums"


def _by_processors() -> int:
    """Two processes where there are processors for them: one does no more than one processor can."""
    return min(os.cpu_count() or 1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """An installation's settings; `config/ums.example.toml` explains each."""

    home: Path = field(default_factory=_home)
    database_url: str = field(default="", repr=False)
    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = ""
    trusted_proxies: tuple[str, ...] = ()
    allowed_networks: tuple[str, ...] = ()
    secret_key: str = field(default="", repr=False)
    max_body_bytes: int = 8 * 1024 * 1024
    max_material_bytes: int = 20 * 1024 * 1024
    max_materials_bytes: int = 1024 * 1024 * 1024
    material_store: str = DISK
    s3_endpoint_url: str = ""
    s3_region: str = ""
    s3_addressing: str = "auto"
    s3_access_key: str = ""
    s3_secret_key: str = field(default="", repr=False)
    web_processes: int = field(default_factory=_by_processors)
    web_threads: int = 8
    access_key_rate_limit: int = 600
    engine: str = LOCAL
    broker_url: str = field(default="", repr=False)
    senders: int = field(default_factory=_by_processors)
    page_rate_limit: int = 300
    in_flight: int = 512
    lease_seconds: float = 15.0
    grace_seconds: float = 10.0
    quota_timezone: str = "Asia/Shanghai"
    quota_reset_hour: int = 0
    refresh_hour: int = 3
    binding_preference: str = "none"
    keep_days: int = 90
    keep_attempts_days: int = 30
    keep_messages_days: int = 365
    archive_directory: str = ""
    log_level: str = "info"
    log_format: str = "text"

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None, config: Path | None = None) -> Self:
        """Read the environment (this process's by default) and the file.

        The file is `config`, else `UMS_CONFIG`, else `ums.toml` in the home directory where it exists.
        Raises SettingsError naming every setting that is wrong.
        """
        found = _Found(os.environ if environ is None else environ)
        found.read_file(config)
        found.read_environment()
        found.check()
        return cls(**_SettingsSchema().load(found.values))

    @property
    def database(self) -> str:
        """The database's URL, with the default filled in, and the driver named."""
        url = self.database_url or f"sqlite:///{self.home / 'ums.db'}"
        return on_postgresql(url)

    @property
    def address(self) -> str:
        """Where people and providers reach this installation, without a slash at the end."""
        bare = self.host.strip("[]")
        host = "127.0.0.1" if bare in EVERY_ADDRESS else bare
        return (self.public_url or f"http://{f'[{host}]' if ':' in host else host}:{self.port}").rstrip("/")


def on_postgresql(url: str) -> str:
    """A database's URL as SQLAlchemy wants it, where it is PostgreSQL's."""
    return _PLAIN_POSTGRESQL.sub("postgresql+psycopg://", url)


NAMES = tuple(item.name for item in fields(Settings))


def environment(settings: Mapping[str, str], *, alone: bool = False) -> dict[str, str]:
    """The environment of a child process: this one's, with `settings` (by their own names) laid over it.

    With `alone` the child is given no other setting of ours.
    """
    given = {f"UMS_{name.upper()}": value for name, value in settings.items()}
    hidden = {f"{variable}_FILE" for variable in given}
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in hidden and not (alone and name.startswith("UMS_"))
    }
    return {**kept, **given}


class _SettingsSchema(Schema):
    """Checks the values; each `hint` ends the sentence "It must be …"."""

    home = Directory(metadata={"hint": "a directory"})
    database_url = values.String(
        validate=Regexp(r"^$|^sqlite:///(?!:memory:).+|^postgres(ql)?(\+psycopg)?://[^/]*/.+"),
        metadata={
            "hint": "postgresql://user:password@host/database, or sqlite:/// and a file's path. "
            "Leave it out to keep ums.db in the home directory",
            "secret": True,
        },
    )
    host = values.String(validate=Length(min=1), metadata={"hint": "an address of this machine, such as 127.0.0.1"})
    port = Whole(validate=Range(0, 65535), metadata={"hint": "a port, from 0 (any free one) to 65535"})
    public_url = values.String(
        validate=check_public_url,
        metadata={
            "hint": "an address such as https://ums.example.com. It must be https, except on loopback: "
            "sign-in links and providers' pushes travel on it"
        },
    )
    trusted_proxies = Networks(metadata={"hint": "a list of addresses or networks, such as 10.0.0.0/8"})
    allowed_networks = Networks(metadata={"hint": "a list of addresses or networks, such as 10.0.0.0/8"})
    secret_key = values.String(
        validate=Regexp(r"^$|^.{16,}$"),
        metadata={
            "hint": "at least 16 characters, such as `openssl rand -base64 32` prints. "
            "Leave it out to keep one in the home directory",
            "secret": True,
        },
    )
    max_body_bytes = Whole(validate=Range(1024), metadata={"hint": "a number of bytes, 1024 or more"})
    max_material_bytes = Whole(validate=Range(1024), metadata={"hint": "a number of bytes, 1024 or more"})
    max_materials_bytes = Whole(validate=Range(1024), metadata={"hint": "a number of bytes, 1024 or more"})
    material_store = values.String(
        validate=Regexp(r"^disk$|^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[\w./-]*)?$"),
        metadata={"hint": "disk, or a bucket such as s3://bucket/prefix"},
    )
    s3_endpoint_url = values.String(
        validate=Regexp(r"^$|^https?://[^\s/]+/?$"), metadata={"hint": "an address such as https://s3.example.com"}
    )
    s3_region = values.String(metadata={"hint": "a region such as cn-north-1"})
    s3_addressing = values.String(
        validate=OneOf(("auto", "path", "virtual")), metadata={"hint": "one of auto, path, virtual"}
    )
    s3_access_key = values.String(metadata={"hint": "an access key"})
    s3_secret_key = values.String(metadata={"hint": "a secret key", "secret": True})
    access_key_rate_limit = Whole(
        validate=Range(0, 10**9), metadata={"hint": "a number of requests a minute, 0 for no limit"}
    )
    page_rate_limit = Whole(
        validate=Range(0, 10**9), metadata={"hint": "a number of requests a minute, 0 for no limit"}
    )
    web_processes = Whole(validate=Range(1, 64), metadata={"hint": "a number from 1 to 64"})
    web_threads = Whole(validate=Range(1, 256), metadata={"hint": "a number from 1 to 256"})
    engine = values.String(validate=OneOf(ENGINES), metadata={"hint": f"one of {', '.join(ENGINES)}"})
    broker_url = values.String(
        validate=Regexp(r"^$|^(amqps?|rediss?)://[^/\s]+(/\S*)?$"),
        metadata={
            "hint": "amqp://user:password@host:5672/vhost or redis://:password@host:6379/0, or amqps:// and rediss://",
            "secret": True,
        },
    )
    senders = Whole(validate=Range(1, 64), metadata={"hint": "a number from 1 to 64"})
    in_flight = Whole(validate=Range(1, 10_000), metadata={"hint": "a number of calls from 1 to 10000"})
    lease_seconds = values.Float(validate=Range(1, 3600), metadata={"hint": "a number of seconds from 1 to 3600"})
    grace_seconds = values.Float(validate=Range(0, 3600), metadata={"hint": "a number of seconds from 0 to 3600"})
    quota_timezone = values.String(validate=check_zone, metadata={"hint": "a time zone such as Asia/Shanghai"})
    quota_reset_hour = Whole(validate=Range(0, 23), metadata={"hint": "an hour from 0 to 23"})
    refresh_hour = Whole(validate=Range(-1, 23), metadata={"hint": "an hour from 0 to 23, or -1 for never"})
    binding_preference = values.String(
        validate=OneOf(("none", "newest", "oldest")), metadata={"hint": "one of none, newest, oldest"}
    )
    keep_days = Days(7)
    keep_attempts_days = Days(7)
    keep_messages_days = Days(40)
    archive_directory = values.String(metadata={"hint": "a directory, or empty for no archive"})
    log_level = values.String(validate=OneOf(LEVELS), metadata={"hint": f"one of {', '.join(LEVELS)}"})
    log_format = values.String(validate=OneOf(("text", "json")), metadata={"hint": "text or json"})


class _Found:
    """The values as they stand in the file and the environment, where each stood, and what is wrong."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = {name: value for name, value in environ.items() if value}
        self.values: dict[str, object] = {}
        self.places: dict[str, str] = {}
        self.faults: list[str] = []

    def read_file(self, config: Path | None) -> None:
        named = config or (Path(self.environ["UMS_CONFIG"]).expanduser() if "UMS_CONFIG" in self.environ else None)
        path = named or Path(self.environ.get("UMS_HOME") or _home()).expanduser() / "ums.toml"
        if named is None and not path.exists():
            return
        try:
            document = tomllib.loads(self._text(path, str(path)) or "")
        except tomllib.TOMLDecodeError as error:
            self.faults.append(f"{path}: It is not TOML: {error}.")
            return
        for name, value in document.items():
            if name in NAMES:
                self._put(name, value, f"{name} in {path}")
            else:
                self.faults.append(f"{name} in {path}: There is no such setting. {_meant(name)}")

    def read_environment(self) -> None:
        for name in NAMES:
            variable = f"UMS_{name.upper()}"
            held = f"{variable}_FILE"
            if variable in self.environ and held in self.environ:
                self.faults.append(f"{variable}: It is set beside {held}. Set one of them.")
            elif variable in self.environ:
                self._put(name, self.environ[variable], variable)
            elif held in self.environ:
                text = self._text(Path(self.environ[held]).expanduser(), held)
                if text is not None:
                    self._put(name, text.strip(), held)
        self._note_misspelt()

    def check(self) -> None:
        """Raises SettingsError."""
        schema = _SettingsSchema()
        self.faults += [self._fault(name, schema.fields[name].metadata) for name in schema.validate(self.values)]
        if self.faults:
            raise SettingsError(self.faults)

    def _fault(self, name: str, metadata: Mapping[str, object]) -> str:
        shown = "" if metadata.get("secret") else f"{self.values[name]!r} won't do. "
        return f"{self.places[name]}: {shown}It must be {metadata['hint']}."

    def _put(self, name: str, value: object, place: str) -> None:
        self.values[name] = value
        self.places[name] = place

    def _text(self, path: Path, place: str) -> str | None:
        try:
            return path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            self.faults.append(f"{place}: It can't be read: {error}.")
            return None

    def _note_misspelt(self) -> None:
        """Other programs may use the prefix too, so only what looks like a setting is refused."""
        known = {f"UMS_{name.upper()}{end}" for name in NAMES for end in ("", "_FILE")} | {"UMS_CONFIG"}
        for variable in sorted(name for name in self.environ if name.startswith("UMS_") and name not in known):
            alike = get_close_matches(variable, known, n=1, cutoff=NAMES_ALIKE)
            if alike:
                self.faults.append(f"{variable}: There is no such setting. Is {alike[0]} meant?")


def _meant(name: str) -> str:
    alike = get_close_matches(name, NAMES, n=1)
    return f"Is {alike[0]} meant?" if alike else f"The settings are {', '.join(NAMES)}."
