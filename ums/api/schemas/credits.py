"""The ledger of credits as operators see it: addresses are shortened."""

from __future__ import annotations

from marshmallow import Schema, fields

from ums.api.schemas.strict import StrictSchema, Text
from ums.domain.commands import Json
from ums.domain.credit import Balance
from ums.domain.privacy import masked
from ums.services.credit_overview import AddressCredits, Change, Overview


class CreditsOverviewQuery(StrictSchema):
    """Which credits."""

    template = Text(metadata={"description": "Of this template alone."})


class _TemplateCreditsSchema(Schema):
    """How one template stands."""

    template_id = fields.String()
    title = fields.String(metadata={"description": "What the channel's list calls it; empty where it isn't there."})
    known = fields.Integer(metadata={"description": "Addresses of which anything is known."})
    holders = fields.Integer(metadata={"description": "Those of them with a credit left."})
    without = fields.Integer(metadata={"description": "Those of them with none."})
    credits = fields.Integer(metadata={"description": "How many messages may still be sent to them all."})
    reserved = fields.Integer(
        metadata={"description": "Further ones, for messages that are being sent or unconfirmed."}
    )


class OverviewSchema(Schema):
    """How the templates of a channel stand."""

    code = fields.Constant(0)
    templates = fields.List(fields.Nested(_TemplateCreditsSchema))
    saved_calls = fields.Integer(
        metadata={"description": "Calls in the last 30 days that were not made: no credit was left."}
    )


def overview_item(found: Overview) -> dict[str, Json]:
    """How the templates of a channel stand, each with what it is called."""
    return {
        "templates": [
            {
                "template_id": each.template_id,
                "title": found.titles.get(each.template_id, ""),
                "known": each.known,
                "holders": each.holders,
                "without": each.without,
                "credits": each.available,
                "reserved": each.reserved,
            }
            for each in found.templates
        ],
        "saved_calls": found.saved_calls,
    }


def balance_item(balance: Balance) -> dict[str, Json]:
    """One balance, its address shortened."""
    return {
        "openid": masked(balance.address),
        "userid": balance.userid,
        "template_id": balance.template_id,
        "credits": balance.available,
        "reserved": balance.reserved,
        "updated_at": int(balance.updated_at),
    }


def change_item(change: Change) -> dict[str, Json]:
    """One change of a balance; `source` is who told of it, `msgid` the message that it was for."""
    moved = change.movement
    return {
        "template_id": moved.template_id,
        "change": moved.change,
        "credits": moved.balance,
        "cause": moved.cause.value,
        "source": moved.source and moved.source.value,
        "msgid": change.msgid,
        "at": int(moved.at),
    }


def address_item(found: AddressCredits) -> dict[str, Json]:
    """All that is known of one address."""
    return {
        "openid": masked(found.address),
        "userid": found.userid,
        "subscriptions": [balance_item(each) for each in found.balances],
        "changes": [change_item(each) for each in found.changes],
    }
