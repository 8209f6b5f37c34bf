"""Reading settings: what wins, what is refused, and how it is said."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path

import pytest

from ums.settings import Settings, SettingsError, environment

EXAMPLE = Path(__file__).parents[1] / "config" / "ums.example.toml"


def faults(environ: dict[str, str], config: Path | None = None) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        Settings.load(environ, config)
    return caught.value.faults


def written(directory: Path, text: str) -> Path:
    path = directory / "ums.toml"
    path.write_text(text, "utf-8")
    return path


def test_nothing_set_gives_the_defaults(tmp_path: Path) -> None:
    settings = Settings.load({"UMS_HOME": str(tmp_path)})
    assert settings == Settings(home=tmp_path)
    assert settings.database == f"sqlite:///{tmp_path / 'ums.db'}"
    assert settings.address == "http://127.0.0.1:8080"


def test_data_lies_in_the_users_home_unless_told_otherwise() -> None:
    assert Settings.load({}).home == Path.home() / ".local" / "share" / "ums"


def test_the_example_names_every_setting_with_its_true_default(tmp_path: Path) -> None:
    lines = [line.removeprefix("# ") for line in EXAMPLE.read_text("utf-8").splitlines() if " = " in line]
    assert {line.split(" = ")[0] for line in lines} == {item.name for item in fields(Settings)}
    assert Settings.load({}, written(tmp_path, "\n".join(lines))) == Settings(web_processes=2)


@pytest.mark.parametrize(("processors", "processes"), [(None, 1), (1, 1), (2, 2), (64, 2)])
def test_a_second_web_process_needs_a_second_processor(
    monkeypatch: pytest.MonkeyPatch, processors: int | None, processes: int
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: processors)
    assert Settings().web_processes == processes


def test_the_example_can_be_used_as_it_is() -> None:
    assert Settings.load({}, EXAMPLE) == Settings()


def test_the_file_in_the_home_directory_is_read(tmp_path: Path) -> None:
    written(tmp_path, 'port = 9000\ntrusted_proxies = ["10.0.0.0/8"]\nlease_seconds = 20')
    settings = Settings.load({"UMS_HOME": str(tmp_path)})
    assert (settings.port, settings.trusted_proxies, settings.lease_seconds) == (9000, ("10.0.0.0/8",), 20.0)


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    config = written(tmp_path, 'port = 9000\nhost = "::1"')
    settings = Settings.load({"UMS_PORT": "9001", "UMS_CONFIG": str(config)})
    assert (settings.port, settings.host) == (9001, "::1")


def test_an_empty_variable_counts_as_unset(tmp_path: Path) -> None:
    config = written(tmp_path, "port = 9000")
    assert Settings.load({"UMS_PORT": "", "UMS_CONFIG": str(config)}).port == 9000


def test_a_list_in_the_environment_has_commas() -> None:
    settings = Settings.load({"UMS_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8,"})
    assert settings.trusted_proxies == ("127.0.0.1/32", "10.0.0.0/8")


def test_a_secret_comes_from_a_file_and_is_never_shown(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("correct horse battery staple\n", "utf-8")
    settings = Settings.load({"UMS_SECRET_KEY_FILE": str(tmp_path / "key")})
    assert settings.secret_key == "correct horse battery staple"
    assert "horse" not in repr(settings)


def test_a_wrong_secret_is_named_but_not_shown() -> None:
    (key, url) = sorted(faults({"UMS_SECRET_KEY": "swordfish", "UMS_DATABASE_URL": "mysql://u:hidden@db/ums"}))[
        ::-1
    ]
    assert key.startswith("UMS_SECRET_KEY: It must be at least 16 characters")
    assert url.startswith("UMS_DATABASE_URL: It must be postgresql://")
    assert "swordfish" not in key
    assert "hidden" not in url


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_a_postgresql_database_is_named_as_everybody_names_it(scheme: str) -> None:
    settings = Settings.load({"UMS_DATABASE_URL": f"{scheme}://ums:right@db.example.com/ums?sslmode=require"})
    assert settings.database == "postgresql+psycopg://ums:right@db.example.com/ums?sslmode=require"
    assert "right" not in repr(settings)


def test_a_brokers_password_is_not_shown() -> None:
    settings = Settings.load({"UMS_BROKER_URL": "amqp://ums:swordfish@mq.example.com:5672/ums"})
    assert "swordfish" not in repr(settings)
    (fault,) = faults({"UMS_BROKER_URL": "kafka://ums:swordfish@mq.example.com/ums"})
    assert fault.startswith("UMS_BROKER_URL: It must be amqp://")
    assert "swordfish" not in fault


def test_a_secret_given_twice_is_refused(tmp_path: Path) -> None:
    environ = {"UMS_SECRET_KEY": "correct horse battery", "UMS_SECRET_KEY_FILE": str(tmp_path / "key")}
    assert faults(environ) == ["UMS_SECRET_KEY: It is set beside UMS_SECRET_KEY_FILE. Set one of them."]


def test_a_missing_secret_file_is_named(tmp_path: Path) -> None:
    (fault,) = faults({"UMS_SECRET_KEY_FILE": str(tmp_path / "none")})
    assert fault.startswith("UMS_SECRET_KEY_FILE: It can't be read:")
    assert "none" in fault


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    config = written(tmp_path, 'log_level = "loud"\nrefresh_hour = 24')
    found = faults({"UMS_PORT": "http", "UMS_WEB_THREADS": "0"}, config)
    assert sorted(found) == [
        "UMS_PORT: 'http' won't do. It must be a port, from 0 (any free one) to 65535.",
        "UMS_WEB_THREADS: '0' won't do. It must be a number from 1 to 256.",
        f"log_level in {config}: 'loud' won't do. It must be one of debug, info, warning, error.",
        f"refresh_hour in {config}: 24 won't do. It must be an hour from 0 to 23, or -1 for never.",
    ]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("port = true", "port"),
        ("port = 1.5", "port"),
        ("port = 65536", "port"),
        ('port = ["8080"]', "port"),
        ("host = 1", "host"),
        ('host = ""', "host"),
        ('home = ""', "home"),
        ("home = 1", "home"),
        ("trusted_proxies = 1", "trusted_proxies"),
        ('trusted_proxies = ["proxy.example"]', "trusted_proxies"),
        ("trusted_proxies = [1]", "trusted_proxies"),
        ("lease_seconds = nan", "lease_seconds"),
        ("lease_seconds = inf", "lease_seconds"),
        ('quota_timezone = "Mars/Olympus"', "quota_timezone"),
        ('quota_timezone = "../etc"', "quota_timezone"),
        ('database_url = "sqlite://"', "database_url"),
        ('database_url = "sqlite:///:memory:"', "database_url"),
        ('public_url = "ums.example.com"', "public_url"),
        ('public_url = "http://ums.example.com"', "public_url"),
        ('public_url = "https://"', "public_url"),
        ('public_url = "https://[::1"', "public_url"),
        ('public_url = "https://ums.example.com:99999"', "public_url"),
        ('public_url = "https://ums.example.com/?a=b"', "public_url"),
        ('public_url = "https://who@ums.example.com"', "public_url"),
        ('public_url = "ftp://localhost"', "public_url"),
        ('public_url = "https://ums example.com"', "public_url"),
        ('material_store = "s3:bucket"', "material_store"),
        ('material_store = "s3://Bucket"', "material_store"),
        ('s3_endpoint_url = "s3.example.com"', "s3_endpoint_url"),
        ('s3_addressing = "host"', "s3_addressing"),
    ],
)
def test_a_value_that_is_not_allowed_is_named(tmp_path: Path, line: str, name: str) -> None:
    config = written(tmp_path, line)
    (fault,) = faults({}, config)
    assert fault.startswith(f"{name} in {config}: ")


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://ums.example.com/", "https://ums.example.com"),
        ("https://example.com:8443/ums", "https://example.com:8443/ums"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_the_public_url_is_the_address(url: str, address: str) -> None:
    assert Settings.load({"UMS_PUBLIC_URL": url}).address == address


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("", "http://127.0.0.1:8080"),
        ("::", "http://127.0.0.1:8080"),
        ("::1", "http://[::1]:8080"),
        ("[::1]", "http://[::1]:8080"),
        ("[::]", "http://127.0.0.1:8080"),
    ],
)
def test_a_host_becomes_an_address_that_can_be_opened(host: str, address: str) -> None:
    assert Settings(host=host).address == address


def test_an_unknown_name_in_the_file_is_refused_with_a_hint(tmp_path: Path) -> None:
    config = written(tmp_path, "prot = 80\n[bucket]\nport = 80")
    near, far = faults({}, config)
    assert near == f"prot in {config}: There is no such setting. Is port meant?"
    assert far.startswith(f"bucket in {config}: There is no such setting. The settings are home, database_url,")


def test_a_misspelt_variable_is_refused_and_a_foreign_one_is_left_alone() -> None:
    assert faults({"UMS_PROT": "80"}) == ["UMS_PROT: There is no such setting. Is UMS_PORT meant?"]
    assert Settings.load({"UMS_SERVICE_HOST": "10.0.0.1", "UMS_CI": "1"}) == Settings()


def test_a_file_that_is_not_toml_is_named(tmp_path: Path) -> None:
    config = written(tmp_path, "port: 80")
    (fault,) = faults({}, config)
    assert fault.startswith(f"{config}: It is not TOML: ")


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    (fault,) = faults({"UMS_CONFIG": str(tmp_path / "none.toml")})
    assert "none.toml" in fault
    assert "can't be read" in fault


def test_a_child_process_is_given_settings_over_those_of_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UMS_LOG_LEVEL", "debug")
    monkeypatch.setenv("UMS_PORT_FILE", "/run/port")
    settings = Settings.load(environment({"port": "9000"}))
    assert (settings.port, settings.log_level) == (9000, "debug")


def test_a_child_process_can_be_kept_from_its_parents_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UMS_LOG_LEVEL", "debug")
    monkeypatch.setenv("LANG", "C.UTF-8")
    environ = environment({"port": "9000"}, alone=True)
    assert Settings.load(environ) == Settings(port=9000)
    assert environ["LANG"] == "C.UTF-8"
