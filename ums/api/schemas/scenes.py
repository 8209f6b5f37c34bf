"""Pictures to scan: for whom, for how long; and the answer."""

from __future__ import annotations

from marshmallow import Schema, fields

from ums.api.schemas.strict import StrictSchema, Text, Whole
from ums.domain.address import LONGEST_USERID
from ums.domain.bind_ticket import LIFETIME
from ums.services.binding.scenes import LONGEST_LIFE, SHORTEST_LIFE


class SceneSchema(StrictSchema):
    """For whom a picture is made."""

    userid = Text(
        shortest=1,
        longest=LONGEST_USERID,
        required=True,
        metadata={"description": "To whom whoever scans it first is bound."},
    )
    channel = Text(
        shortest=1,
        longest=64,
        metadata={
            "description": "The channel code; left out, the only channel of the application's that has pictures."
        },
    )
    expires_in = Whole(
        SHORTEST_LIFE,
        LONGEST_LIFE,
        load_default=int(LIFETIME),
        metadata={"description": "Seconds that it serves; left out, 300. For printed letters up to 30 days."},
    )


class DrawnSchema(Schema):
    """A picture that serves once."""

    code = fields.Constant(0)
    picture_url = fields.String(metadata={"description": "The picture itself, for an img element."})
    url = fields.String(metadata={"description": "What it says, for those who draw it themselves."})
    expires_in = fields.Integer(attribute="seconds", metadata={"description": "Seconds that it serves."})
