"""What an operator may enter for an account."""

from __future__ import annotations

import pytest
from marshmallow import ValidationError

from channels._wechat.account import PLATFORM
from channels._wechat.tests.simulator import AES_KEY, APPID, SECRET, TOKEN
from channels.wechatmp import channel
from channels.wechatmp.settings import MiniProgramSettings, MiniProgramSettingsSchema
from ums.sdk.call import Json

LEAST: dict[str, Json] = {"appid": APPID, "secret": SECRET}


def loaded(**more: Json) -> MiniProgramSettings:
    made = MiniProgramSettingsSchema().load({**LEAST, **more})
    assert isinstance(made, MiniProgramSettings)
    return made


def test_an_appid_and_its_secret_are_enough() -> None:
    assert loaded() == MiniProgramSettings(appid=APPID, secret=SECRET, base_url=PLATFORM)


def test_a_new_key_stands_before_the_previous_one() -> None:
    account = loaded(token=TOKEN, encoding_aes_key=AES_KEY, previous_encoding_aes_key="b" * 43)
    assert account.encoding_aes_keys == (AES_KEY, "b" * 43)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("https://api2.weixin.qq.com", "https://api2.weixin.qq.com"),
        ("https://proxy.example/wechat/", "https://proxy.example/wechat"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("", PLATFORM),
    ],
)
def test_an_address_is_kept_without_its_last_slash(given: str, kept: str) -> None:
    assert loaded(base_url=given).base_url == kept


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("appid", "gh_0123456789ab"),
        ("appid", APPID + "\n"),
        ("appid", ""),
        ("appid", 7),
        ("secret", ""),
        ("secret", "two words"),
        ("secret", None),
        ("token", "ab"),
        ("token", "with blank"),
        ("encoding_aes_key", "short"),
        ("encoding_aes_key", "!" * 43),
        ("encoding_aes_key", AES_KEY + "="),
        ("base_url", "api.weixin.qq.com"),
        ("base_url", "ftp://api.weixin.qq.com"),
        ("base_url", "file:///etc/passwd"),
        ("base_url", "https://"),
        ("base_url", "https://[::1"),
        ("base_url", "https://host:99999"),
        ("base_url", "https://user:word@host"),
        ("base_url", "https://host/?a=1"),
        ("base_url", "https://host/#a"),
        ("base_url", "https://host/a b"),
        ("base_url", "https://host\r\nX: y"),
    ],
)
def test_a_wrong_value_is_refused_by_name(field: str, value: Json) -> None:
    with pytest.raises(ValidationError) as caught:
        MiniProgramSettingsSchema().load({**LEAST, field: value})
    assert list(caught.value.messages) == [field]


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"encoding_aes_key": AES_KEY}, "token"),
        ({"previous_encoding_aes_key": AES_KEY, "token": TOKEN}, "encoding_aes_key"),
    ],
)
def test_a_key_without_what_it_needs_is_refused(given: dict[str, Json], missing: str) -> None:
    with pytest.raises(ValidationError) as caught:
        MiniProgramSettingsSchema().load({**LEAST, **given})
    assert list(caught.value.messages) == [missing]


def test_what_is_secret_is_declared_so() -> None:
    fields = MiniProgramSettingsSchema().fields
    secret = {name for name, field in fields.items() if field.metadata.get("secret")}
    assert secret == {"secret", "token", "encoding_aes_key", "previous_encoding_aes_key", "proxy"}


def test_receipts_come_only_where_a_push_token_is_set() -> None:
    content = channel.message_schema().load({"template_id": "T", "data": {"thing1": {"value": "1"}}})
    assert not channel.reports(loaded(), content)
    assert channel.reports(loaded(token=TOKEN), content)


def test_a_token_is_shared_by_the_channels_of_one_account_at_one_address() -> None:
    here, there = loaded(), loaded(base_url="http://127.0.0.1:8080")
    assert channel.token_key(here) == channel.token_key(loaded(token=TOKEN))
    assert channel.token_key(here) != channel.token_key(there)


@pytest.mark.parametrize("value", ["o", "oABCD1234efgh5678ijkl9012mno", "o_-9" * 7])
def test_an_openid_is_letters_digits_and_two_signs(value: str) -> None:
    assert channel.address.pattern.fullmatch(value)


@pytest.mark.parametrize("value", ["", "o 1", "o/1", 'o"1', "o1\n", "茶", "o" * 129])
def test_anything_else_is_no_openid(value: str) -> None:
    assert not channel.address.pattern.fullmatch(value)
