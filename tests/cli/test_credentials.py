"""Applications, access keys and operators from the command line."""

from __future__ import annotations

from tests.cli.terminal import Ums, document


def test_the_first_command_makes_the_tables(ums: Ums) -> None:
    made = document(ums("application", "add", "shop", "--json"))
    assert set(made) == {"channel_key", "master_secret"}
    assert document(ums("application", "list", "--json"))["applications"] == [
        document(ums("application", "show", "shop", "--json"))
    ]
    shown = document(ums("application", "show", "shop", "--json"))
    assert (shown["name"], shown["channel_key"], shown["state"]) == ("shop", made["channel_key"], "open")
    assert (shown["channels"], shown["preference"]) == ({}, [])


def test_a_person_sees_the_secret_and_that_it_is_shown_once(ums: Ums) -> None:
    result = ums("application", "add", "shop")
    assert result.exit_code == 0
    assert "master_secret" in result.stdout
    assert "shown this once" in result.stdout
    assert "shop" in ums("application", "list").stdout


def test_a_taken_name_is_a_refusal_in_the_shape_of_the_api(ums: Ums) -> None:
    ums("application", "add", "shop")
    refused = document(ums("application", "add", "shop", "--json"), status=1)
    assert refused["code"] == 4090
    plain = ums("application", "add", "shop")
    assert (plain.exit_code, plain.stdout) == (1, "")
    assert plain.stderr.startswith("ums: There already is an application named 'shop'")


def test_an_access_key_is_made(ums: Ums) -> None:
    assert set(document(ums("access-key", "create", "--json"))) == {"access_key", "master_secret"}


def test_an_operator_gets_a_link_and_on_request_a_token(ums: Ums) -> None:
    made = document(ums("operator", "add", "zhangsan", "--role", "admin", "--json"))
    assert set(made) == {"name", "role", "login_url"}
    assert str(made["login_url"]).startswith("http://127.0.0.1:8080/console/login/")
    robot = document(ums("operator", "add", "robot", "--role", "sender", "--token", "--json"))
    assert robot["token"]


def test_an_operator_gets_a_fresh_link_each_time(ums: Ums) -> None:
    first = document(ums("operator", "add", "zhangsan", "--role", "viewer", "--json"))
    second = document(ums("operator", "login", "zhangsan", "--json"))
    assert second["name"] == "zhangsan"
    assert second["login_url"] != first["login_url"]


def test_an_unknown_role_is_a_fault_of_the_command_line(ums: Ums) -> None:
    result = ums("operator", "add", "zhangsan", "--role", "boss")
    assert result.exit_code == 2
    assert "admin" in result.stderr
