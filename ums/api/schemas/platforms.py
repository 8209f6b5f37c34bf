"""The third-party platform as operators write and read it, links to authorise, and who has."""

from __future__ import annotations

from typing import TypedDict

from marshmallow import Schema, fields, post_load

from ums.api.schemas.admin_channels import SettingsByName
from ums.api.schemas.strict import Seconds, StrictSchema, Text, WordList
from ums.domain.authorisation import AuthorisationState, Wanted
from ums.services.names import LONGEST_NAME


class PlatformGiven(TypedDict):
    """What `PlatformBody` reads."""

    settings: dict[str, str]


class PlatformBody(StrictSchema):
    """Settings of the third-party platform."""

    settings = SettingsByName(
        required=True,
        metadata={"description": "Laid over those kept; an empty text takes one back. Secrets not given stay."},
    )


class PlatformSchema(Schema):
    """The third-party platform; of its secrets only which are set."""

    code = fields.Constant(0)
    title = fields.String()
    name = fields.String(metadata={"description": "Its AppID."})
    settings = fields.Dict(metadata={"description": "Those that aren't secret."})
    secrets_set = fields.List(fields.String(), metadata={"description": "The names of the secrets that are set."})
    ticket_at = Seconds(
        allow_none=True, metadata={"description": "When its last component_verify_ticket was made; null for never."}
    )
    event_url = fields.String(metadata={"description": "Enter it at the provider, for authorisation events."})
    message_url = fields.String(metadata={"description": "Enter it at the provider, for messages and events."})
    return_url = fields.String(metadata={"description": "The address that people start from and come back to."})


class _AuthorisedSchema(Schema):
    """An account that has authorised the platform."""

    account = fields.String(metadata={"description": "Its AppID."})
    name = fields.String()
    state = fields.String(metadata={"enum": list(AuthorisationState)})
    permissions = fields.List(fields.Integer(), metadata={"description": "The permission sets granted."})
    channel = fields.String(metadata={"description": "The channel that its pushes go to; empty for none."})
    facts = fields.Dict(metadata={"description": "What the provider tells of it."})
    at = Seconds(metadata={"description": "When the provider last told of a change."})


class AuthorisedAccountsSchema(Schema):
    """Every account that has ever authorised the platform."""

    code = fields.Constant(0)
    accounts = fields.List(fields.Nested(_AuthorisedSchema))


class _LinkMembers(TypedDict, total=False):
    channel: str
    type: str
    name: str
    grants: list[str]


class LinkBody(StrictSchema):
    """For which channel an account is to authorise the platform."""

    channel = Text(required=True, metadata={"description": "Its code; it is made when the account has authorised."})
    type = Text(metadata={"description": "Such as wechatoa; left out, the account decides."})
    name = Text(longest=LONGEST_NAME, metadata={"description": "What operators call a new channel; else its code."})
    grants = WordList(Text(), metadata={"description": "The applications that may send on a new channel."})

    @post_load
    def make(self, data: _LinkMembers, **_: object) -> Wanted:
        return Wanted(
            code=data["channel"],
            type=data.get("type", ""),
            name=data.get("name", ""),
            grants=tuple(data.get("grants", ())),
        )


class LinkSchema(Schema):
    """A link for an account's administrator; whoever has it can authorise."""

    code = fields.Constant(0)
    start_url = fields.String(metadata={"description": "Our page; the provider wants people to come from it."})
    desktop_url = fields.String(metadata={"description": "The provider's page with the QR code."})
    mobile_url = fields.String(metadata={"description": "The provider's page for a phone."})
    expires_at = Seconds(metadata={"description": "Until then it can be used, once."})
