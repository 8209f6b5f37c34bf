"""`/v1/admin/templates`."""

from __future__ import annotations

from collections.abc import Mapping

from ums.api.auth import needs_operator
from ums.api.blueprint import ApiBlueprint
from ums.api.context import current_gateway
from ums.api.schemas.health import DoneSchema
from ums.api.schemas.message_templates import (
    MessageTemplateBody,
    MessageTemplateRequest,
    MessageTemplateSchema,
    MessageTemplatesSchema,
    MessageTemplateVersionsSchema,
    PreviewBody,
    PreviewSchema,
    PreviewWanted,
    VersionQuery,
    VersionWanted,
    template_document,
)
from ums.api.schemas.strict import check_same_id
from ums.api.schemas.users import PageQuery, PageWanted
from ums.domain.operator import LOOKS, RUNS_CHANNELS, Operator
from ums.domain.views import Page
from ums.services import message_templates
from ums.services.message_templates import Preview
from ums.store.message_templates import KeptTemplate

api = ApiBlueprint("admin_templates", "Message templates: what is said on every channel", prefix="/v1/admin")


@api.get("/templates")
@needs_operator(LOOKS)
@api.takes_query(PageQuery)
@api.gives(MessageTemplatesSchema)
def list_(_: Operator, query: PageWanted) -> Page[Mapping[str, object]]:
    """Message templates by id."""
    return _documents(message_templates.list_all(current_gateway(), **query))


@api.post("/templates")
@needs_operator(RUNS_CHANNELS)
@api.takes(MessageTemplateBody)
@api.gives(MessageTemplateSchema)
def add(_: Operator, body: MessageTemplateRequest) -> Mapping[str, object]:
    """Make a message template, under an id of your choice or the next free one."""
    return _document(message_templates.add(current_gateway(), body.name, body.template, body.id))


@api.get("/templates/<int:template_id>")
@needs_operator(LOOKS)
@api.takes_query(VersionQuery)
@api.gives(MessageTemplateSchema)
def show(_: Operator, query: VersionWanted, template_id: int) -> Mapping[str, object]:
    """One message template."""
    return _document(message_templates.show(current_gateway(), template_id, query.get("version")))


@api.put("/templates/<int:template_id>")
@needs_operator(RUNS_CHANNELS)
@api.takes(MessageTemplateBody)
@api.gives(MessageTemplateSchema)
def change(_: Operator, body: MessageTemplateRequest, template_id: int) -> Mapping[str, object]:
    """Make another version, which counts from now on; messages already sent stay as they are."""
    check_same_id(body.id, template_id)
    return _document(message_templates.change(current_gateway(), template_id, body.name, body.template))


@api.delete("/templates/<int:template_id>")
@needs_operator(RUNS_CHANNELS)
@api.gives(DoneSchema)
def remove(_: Operator, template_id: int) -> None:
    """Forget a message template with all its versions; sends that name it are refused from now on."""
    message_templates.remove(current_gateway(), template_id)


@api.get("/templates/<int:template_id>/versions")
@needs_operator(LOOKS)
@api.takes_query(PageQuery)
@api.gives(MessageTemplateVersionsSchema)
def versions(_: Operator, query: PageWanted, template_id: int) -> Page[Mapping[str, object]]:
    """A message template's versions by number."""
    return _documents(message_templates.versions(current_gateway(), template_id, **query))


@api.post("/templates/<int:template_id>/preview")
@needs_operator(LOOKS)
@api.takes(PreviewBody)
@api.gives(PreviewSchema)
def preview(_: Operator, body: PreviewWanted, template_id: int) -> Preview:
    """What a send with these values would say on each channel; nothing is sent."""
    return message_templates.preview(current_gateway(), template_id, body.get("values"))


def _document(kept: KeptTemplate) -> Mapping[str, object]:
    return template_document(kept, message_templates.findings(current_gateway(), kept))


def _documents(page: Page[KeptTemplate]) -> Page[Mapping[str, object]]:
    return Page(items=tuple(map(template_document, page.items)), next=page.next)
