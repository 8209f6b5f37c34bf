"""Template libraries: what is asked of them, and what they offer."""

from __future__ import annotations

from typing import TypedDict

from marshmallow import Schema, fields, post_load

from ums.api.schemas.channels import RefreshSchema
from ums.api.schemas.strict import StrictSchema, Text, WholeInQuery, WordList
from ums.sdk.templates import NewTemplate

FARTHEST = 100_000
"""The last template of a library that a page can begin at."""


class TitlesQuery(StrictSchema):
    """Which of a library's templates."""

    category = Text(
        metadata={"description": "Ids of categories, commas between them; left out, all of the account's."}
    )
    start = WholeInQuery(
        0, FARTHEST, load_default=0, metadata={"description": "How many templates of the list come before."}
    )


class TitlesWanted(TypedDict, total=False):
    """What `TitlesQuery` reads."""

    category: str
    start: int


class _NewMembers(TypedDict, total=False):
    kind: str
    tid: str
    keywords: list[str]
    scene: str


class NewTemplateBody(StrictSchema):
    """A template of the library that is to be put on a channel's list."""

    kind = Text(
        metadata={"description": "Which list; left out, the only one, or the last where there are several."}
    )
    tid = Text(required=True, shortest=1, longest=64, metadata={"description": "Its number in the library."})
    keywords = WordList(
        Text(shortest=1),
        longest=20,
        metadata={
            "description": "Ids of its keywords, in the order in which they are to stand (for the template "
            "messages of an official account their names)."
        },
    )
    scene = Text(metadata={"description": "What it is for, in the provider's few characters."})

    @post_load
    def make(self, data: _NewMembers, **_: object) -> NewTemplate:
        return NewTemplate(
            kind=data.get("kind", ""),
            tid=data["tid"],
            keywords=tuple(data.get("keywords", ())),
            scene=data.get("scene", ""),
        )


class _CategorySchema(Schema):
    """A category of a library."""

    id = fields.String()
    name = fields.String()


class CategoriesSchema(Schema):
    """The categories that an account may choose templates of."""

    code = fields.Constant(0)
    categories = fields.List(fields.Nested(_CategorySchema))


class _TitleSchema(Schema):
    """One template of a library."""

    tid = fields.String(metadata={"description": "Its number, by which it is chosen."})
    title = fields.String()
    type = fields.String(metadata={"description": "one_time, long_term, or the provider's own word."})
    category = fields.String(metadata={"description": "The id of its category."})


class TitlesSchema(Schema):
    """Some of a library's templates."""

    code = fields.Constant(0)
    titles = fields.List(fields.Nested(_TitleSchema))
    total = fields.Integer(metadata={"description": "How many there are; ask on with `start`."})


class _KeywordSchema(Schema):
    """A keyword that may be chosen."""

    id = fields.String()
    name = fields.String()
    example = fields.String()
    type = fields.String(metadata={"description": "What its values may be, as a template's fields tell it."})


class KeywordsSchema(Schema):
    """The keywords that may be chosen for one template."""

    code = fields.Constant(0)
    keywords = fields.List(fields.Nested(_KeywordSchema))


_REFRESHED = {"description": "What the refresh of the list found after it; null where it couldn't be fetched."}


class DeletedTemplateSchema(Schema):
    """A template has been deleted."""

    code = fields.Constant(0)
    refresh = fields.Nested(RefreshSchema, allow_none=True, metadata=_REFRESHED)


class AddedTemplateSchema(DeletedTemplateSchema):
    """A template has been added."""

    template_id = fields.String(metadata={"description": "Its id on the channel's list."})
