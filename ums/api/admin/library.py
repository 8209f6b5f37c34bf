"""`/v1/admin/channels/{code}/library`, and adding and deleting a channel's templates."""

from __future__ import annotations

from collections.abc import Mapping

from ums.api.auth import needs_operator
from ums.api.blueprint import ApiBlueprint
from ums.api.context import current_gateway
from ums.api.schemas.channels import RefreshesSchema
from ums.api.schemas.library import (
    AddedTemplateSchema,
    CategoriesSchema,
    DeletedTemplateSchema,
    KeywordsSchema,
    NewTemplateBody,
    TitlesQuery,
    TitlesSchema,
    TitlesWanted,
)
from ums.domain.errors import Conflict
from ums.domain.operator import LOOKS, RUNS_CHANNELS, Operator
from ums.domain.views import TemplateRefresh
from ums.sdk.templates import LibraryTitles, NewTemplate
from ums.services import template_library, templates
from ums.services.template_library import Added

api = ApiBlueprint("admin_library", "Providers' template libraries", prefix="/v1/admin")


@api.get("/channels/<code>/library/categories")
@needs_operator(LOOKS)
@api.gives(CategoriesSchema)
@api.refuses(Conflict)
def categories(_: Operator, code: str) -> Mapping[str, object]:
    """The categories that the account may choose templates of. Kept for six hours, as all of the library is."""
    return {"categories": template_library.categories(current_gateway(), code)}


@api.get("/channels/<code>/library/titles")
@needs_operator(LOOKS)
@api.takes_query(TitlesQuery)
@api.gives(TitlesSchema)
@api.refuses(Conflict)
def titles(_: Operator, query: TitlesWanted, code: str) -> LibraryTitles:
    """The library's templates of some categories."""
    wanted = tuple(filter(None, query.get("category", "").split(",")))
    return template_library.titles(current_gateway(), code, wanted, query.get("start", 0))


@api.get("/channels/<code>/library/titles/<tid>/keywords")
@needs_operator(LOOKS)
@api.gives(KeywordsSchema)
@api.refuses(Conflict)
def keywords(_: Operator, code: str, tid: str) -> Mapping[str, object]:
    """The keywords that may be chosen for one template of the library."""
    return {"keywords": template_library.keywords(current_gateway(), code, tid)}


@api.get("/channels/<code>/refreshes")
@needs_operator(LOOKS)
@api.gives(RefreshesSchema)
def refreshes(_: Operator, code: str) -> Mapping[str, tuple[TemplateRefresh, ...]]:
    """The last refreshes that found the channel's templates changed, the newest first; 20 are kept."""
    return {"refreshes": templates.refreshes(current_gateway(), code)}


@api.post("/channels/<code>/templates")
@needs_operator(RUNS_CHANNELS)
@api.takes(NewTemplateBody)
@api.gives(AddedTemplateSchema)
@api.refuses(Conflict)
def add(_: Operator, body: NewTemplate, code: str) -> Added:
    """Put a template of the library on the channel's list at the provider, and refresh the list."""
    return template_library.add(current_gateway(), code, body)


@api.delete("/channels/<code>/templates/<remote_id>")
@needs_operator(RUNS_CHANNELS)
@api.gives(DeletedTemplateSchema)
@api.refuses(Conflict)
def delete(_: Operator, code: str, remote_id: str) -> Mapping[str, object]:
    """Delete a template at the provider, and refresh the list."""
    return {"refresh": template_library.delete(current_gateway(), code, remote_id)}
