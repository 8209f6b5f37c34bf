from __future__ import annotations

import re

import pytest

from tests.factories import create_application, create_channel
from ums.domain.errors import (
    ApplicationClosed,
    Conflict,
    InvalidRequest,
    NotAuthenticated,
    NotFound,
    Unavailable,
)
from ums.services import applications
from ums.services.gateway import Gateway
from ums.store.models import ApplicationRow


def test_it_makes_credentials_of_24_hexadecimal_digits(gateway: Gateway) -> None:
    made = applications.add(gateway, "shop")
    assert re.fullmatch(r"[0-9a-f]{24}", made.key)
    assert re.fullmatch(r"[0-9a-f]{24}", made.master_secret)
    assert made.master_secret not in repr(made)


def test_it_authenticates_an_application(gateway: Gateway) -> None:
    made = applications.add(gateway, "shop")
    caller = applications.authenticate(gateway, made.key, made.master_secret)
    assert caller.key == made.key
    assert caller.application_id == applications.by_name(gateway, "shop").id
    assert not caller.is_access_key


def test_it_authenticates_an_access_key(gateway: Gateway) -> None:
    made = applications.add_access_key(gateway)
    caller = applications.authenticate(gateway, made.key, made.master_secret)
    assert caller.is_access_key
    assert caller.key == made.key


@pytest.mark.parametrize("secret", ["", "wrong", "0" * 24, "密钥", "\udc80"])
def test_it_refuses_a_wrong_secret(gateway: Gateway, secret: str) -> None:
    made = applications.add(gateway, "shop")
    with pytest.raises(NotAuthenticated):
        applications.authenticate(gateway, made.key, secret)


@pytest.mark.parametrize("key", ["", "0" * 24, "密钥", "\udc80", "a\0b"])
def test_an_unknown_key_is_refused_in_the_same_words_as_a_wrong_secret(gateway: Gateway, key: str) -> None:
    made = applications.add(gateway, "shop")
    with pytest.raises(NotAuthenticated) as wrong_secret:
        applications.authenticate(gateway, made.key, "wrong")
    with pytest.raises(NotAuthenticated) as unknown_key:
        applications.authenticate(gateway, key, made.master_secret)
    assert unknown_key.value.message == wrong_secret.value.message


def test_one_applications_secret_does_not_open_another(gateway: Gateway) -> None:
    shop, bank = applications.add(gateway, "shop"), applications.add(gateway, "bank")
    with pytest.raises(NotAuthenticated):
        applications.authenticate(gateway, shop.key, bank.master_secret)


def test_a_secret_copied_to_another_applications_row_does_not_open_it(gateway: Gateway) -> None:
    shop, bank = applications.add(gateway, "shop"), applications.add(gateway, "bank")
    with gateway.database.write() as session:
        rows = [
            session.get_one(ApplicationRow, applications.by_name(gateway, name).id) for name in ("shop", "bank")
        ]
        rows[0].sealed_secret = rows[1].sealed_secret
    with pytest.raises(Unavailable, match="secret key"):
        applications.authenticate(gateway, shop.key, bank.master_secret)


def test_the_database_holds_no_secret_in_the_clear(gateway: Gateway) -> None:
    made = applications.add(gateway, "shop")
    with gateway.database.read() as session:
        row = session.get_one(ApplicationRow, applications.by_name(gateway, "shop").id)
    assert made.master_secret.encode() not in row.sealed_secret


def test_a_closed_application_is_told_so_only_with_its_right_secret(gateway: Gateway) -> None:
    made = applications.add(gateway, "shop")
    applications.close(gateway, "shop")
    with pytest.raises(ApplicationClosed) as refused:
        applications.authenticate(gateway, made.key, made.master_secret)
    assert (refused.value.code, refused.value.status) == (1015005, 403)
    with pytest.raises(NotAuthenticated):
        applications.authenticate(gateway, made.key, "wrong")


def test_a_reopened_application_is_let_in_again(gateway: Gateway) -> None:
    made = applications.add(gateway, "shop")
    applications.close(gateway, "shop")
    assert applications.by_name(gateway, "shop").state == "closed"
    applications.reopen(gateway, "shop")
    assert applications.authenticate(gateway, made.key, made.master_secret).key == made.key


def test_it_refuses_a_name_already_taken(gateway: Gateway) -> None:
    applications.add(gateway, "shop")
    with pytest.raises(Conflict, match="'shop'"):
        applications.add(gateway, "shop")


@pytest.mark.parametrize("name", ["", " shop", "shop\n", "a\tb", "x" * 65])
def test_it_refuses_an_unusable_name(gateway: Gateway, name: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        applications.add(gateway, name)
    assert "1 to 64" in refused.value.errors["name"][0]


def test_it_takes_a_chinese_name(gateway: Gateway) -> None:
    applications.add(gateway, "商城 订单")
    assert applications.by_name(gateway, "商城 订单").name == "商城 订单"


def test_it_lists_applications_by_name_with_their_channels(gateway: Gateway) -> None:
    for name in ("shop", "bank"):
        create_application(gateway, name=name)
    create_channel(gateway, code="app1", type="app", grants=["shop"])
    create_channel(gateway, code="mail1", type="email", grants=["shop", "bank"])
    listed = applications.list_all(gateway)
    assert [(view.name, dict(view.channels)) for view in listed] == [
        ("bank", {"email": "mail1"}),
        ("shop", {"app": "app1", "email": "mail1"}),
    ]
    assert all(view.state == "open" for view in listed)


def test_an_unknown_name_is_not_found(gateway: Gateway) -> None:
    with pytest.raises(NotFound, match="'nobody'"):
        applications.by_name(gateway, "nobody")
    with pytest.raises(NotFound):
        applications.close(gateway, "nobody")
