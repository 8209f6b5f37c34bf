"""`/v1/admin/applications`."""

from __future__ import annotations

from collections.abc import Mapping

from ums.api.auth import needs_operator
from ums.api.blueprint import ApiBlueprint
from ums.api.context import current_gateway
from ums.api.schemas.applications import (
    ApplicationRequest,
    ApplicationSchema,
    ApplicationsSchema,
    ChangedApplicationBody,
    DeletedQuery,
    DeletedWanted,
    MadeApplicationSchema,
    NewApplicationBody,
    SecretBody,
    SecretGiven,
    application_document,
    made_document,
)
from ums.api.schemas.health import DoneSchema
from ums.domain.errors import Conflict
from ums.domain.operator import LOOKS, RUNS_EVERYTHING, Operator
from ums.domain.views import Page
from ums.services import applications
from ums.services.applications import ApplicationChange

api = ApiBlueprint("admin_applications", "Applications: the upstream systems that may call", prefix="/v1/admin")


@api.get("/applications")
@needs_operator(LOOKS)
@api.takes_query(DeletedQuery)
@api.gives(ApplicationsSchema)
def list_(_: Operator, query: DeletedWanted) -> Page[Mapping[str, object]]:
    """Applications by id."""
    page = applications.page(current_gateway(), **query)
    return Page(items=tuple(map(application_document, page.items)), next=page.next)


@api.post("/applications")
@needs_operator(RUNS_EVERYTHING)
@api.takes(NewApplicationBody)
@api.gives(MadeApplicationSchema)
def add(_: Operator, body: ApplicationRequest) -> Mapping[str, object]:
    """Make an application; its MasterSecret is shown this once."""
    gateway = current_gateway()
    made = applications.add(
        gateway,
        body.name,
        channel_key=body.channel_key,
        master_secret=body.master_secret,
        policy=body.policy,
        preference=body.preference,
    )
    return made_document(applications.by_name(gateway, body.name), made)


@api.get("/applications/<int:application_id>")
@needs_operator(LOOKS)
@api.gives(ApplicationSchema)
def show(_: Operator, application_id: int) -> Mapping[str, object]:
    """One application, also where it is deleted."""
    return application_document(applications.show(current_gateway(), application_id))


@api.put("/applications/<int:application_id>")
@needs_operator(RUNS_EVERYTHING)
@api.takes(ChangedApplicationBody)
@api.gives(ApplicationSchema)
def change(_: Operator, body: ApplicationChange, application_id: int) -> Mapping[str, object]:
    """Change what is given: the name, the state, the policy, the preference, the channels, the linking."""
    return application_document(applications.change(current_gateway(), application_id, body))


@api.post("/applications/<int:application_id>/secret")
@needs_operator(RUNS_EVERYTHING)
@api.takes(SecretBody)
@api.gives(MadeApplicationSchema)
def renew_secret(_: Operator, body: SecretGiven, application_id: int) -> Mapping[str, object]:
    """Renew the MasterSecret; the old one opens nothing from now on."""
    gateway = current_gateway()
    made = applications.renew_secret(gateway, application_id, body.get("master_secret"))
    return made_document(applications.show(gateway, application_id), made)


@api.delete("/applications/<int:application_id>")
@needs_operator(RUNS_EVERYTHING)
@api.gives(DoneSchema)
@api.refuses(Conflict)
def remove(_: Operator, application_id: int) -> None:
    """Forget an application; one that has sent messages is kept for their sake as `deleted`."""
    applications.remove(current_gateway(), application_id)
