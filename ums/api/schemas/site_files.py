"""Files at the root of the domain, as operators give them."""

from __future__ import annotations

from typing import TypedDict

from marshmallow import Schema, fields

from ums.api.schemas.strict import Seconds, StrictSchema, Text
from ums.domain.site_file import CONTENT_RULE, LONGEST, NAME_RULE


class SiteFileGiven(TypedDict):
    """What `SiteFileBody` reads."""

    file: str
    content: str


class SiteFileBody(StrictSchema):
    """A file as the provider gave it."""

    file = Text(required=True, metadata={"description": f"Its name: {NAME_RULE}."})
    content = Text(required=True, longest=LONGEST + 16, metadata={"description": f"What it holds: {CONTENT_RULE}."})


class SiteFileEntry(Schema):
    """A file that is served."""

    file = fields.String(attribute="name")
    content = fields.String()
    at = Seconds(metadata={"description": "When it was given, in unix seconds."})


class SiteFileSchema(SiteFileEntry):
    """One file."""

    code = fields.Constant(0)


class SiteFilesSchema(Schema):
    """All files that are served."""

    code = fields.Constant(0)
    files = fields.List(fields.Nested(SiteFileEntry))
