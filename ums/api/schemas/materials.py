"""Materials: the form they come in, and the answer."""

from __future__ import annotations

from marshmallow import Schema, fields

from ums.api.schemas.strict import OneOfWords, StrictSchema, WholeInQuery
from ums.domain.material import DEFAULT_HOURS, LONGEST_HOURS

ATTACHMENT = "attachment"


class MaterialForm(StrictSchema):
    """The fields beside the file."""

    type = OneOfWords((ATTACHMENT,), required=True, metadata={"description": "What it is for."})
    time_to_live = WholeInQuery(
        1,
        LONGEST_HOURS,
        load_default=DEFAULT_HOURS,
        metadata={"description": f"Hours that it is kept, 1 to {LONGEST_HOURS}."},
    )


class MaterialSchema(Schema):
    """Where a material is kept."""

    code = fields.Constant(0)
    url = fields.String(metadata={"description": "For `msg_email.files`; nobody can download it."})
