"""Access tokens: which one is asked for, and the answer."""

from __future__ import annotations

from marshmallow import Schema, fields

from ums.api.schemas.strict import OneOfWords, StrictSchema
from ums.domain.wire import TOKEN_TYPES


class TokenQuery(StrictSchema):
    """Which token."""

    type = OneOfWords(
        tuple(TOKEN_TYPES), required=True, metadata={"description": "The type of the channel whose token it is."}
    )


class TokenSchema(Schema):
    """An access token of the provider's."""

    code = fields.Constant(0)
    token = fields.String(attribute="value")
    expires_in = fields.Function(
        lambda given: str(given.seconds),
        metadata={"type": "string", "description": "Whole seconds that it stays good, as a text."},
    )
