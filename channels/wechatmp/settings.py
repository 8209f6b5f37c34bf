"""A mini program as an operator enters it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from marshmallow import fields, post_load, validate

from channels._wechat.account import OFF, Account, AccountSchema, members_of

ON = "on"


@dataclass(frozen=True, slots=True, kw_only=True)
class MiniProgramSettings(Account):
    """A mini program; with `phone_numbers` its pages may ask people for theirs, which costs the account money."""

    phone_numbers: bool = False


class MiniProgramSettingsSchema(AccountSchema):
    """Makes `MiniProgramSettings`."""

    phone_numbers = fields.String(
        load_default=OFF,
        validate=validate.OneOf((OFF, ON), error="Must be one of: {choices}."),
        metadata={
            "label": "Phone numbers",
            "label_zh": "手机号",
            "help": "on: pages of the mini program may hand over the phone number that a person agrees to tell; "
            "WeChat charges the account for each. off, the default: none is asked for.",
            "help_zh": "on：小程序页面可提交用户同意提供的手机号，微信按次向该账号收费；off（默认）不获取手机号。",
        },
    )

    @post_load
    def make(self, values: Mapping[str, object], **_: object) -> MiniProgramSettings:
        """The frozen value that the plugin works with."""
        return MiniProgramSettings(**members_of(values), phone_numbers=values["phone_numbers"] == ON)
