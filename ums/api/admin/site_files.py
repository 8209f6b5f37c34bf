"""`/v1/admin/domain-files`."""

from __future__ import annotations

from collections.abc import Mapping

from ums.api.auth import needs_operator
from ums.api.blueprint import ApiBlueprint
from ums.api.context import current_gateway
from ums.api.schemas.health import DoneSchema
from ums.api.schemas.site_files import SiteFileBody, SiteFileGiven, SiteFileSchema, SiteFilesSchema
from ums.domain.operator import LOOKS, RUNS_CHANNELS, Operator
from ums.services.binding import site_files
from ums.store.site_files import SiteFile

api = ApiBlueprint("admin_domain_files", "Files that prove a domain to a provider", prefix="/v1/admin")


@api.get("/domain-files")
@needs_operator(LOOKS)
@api.gives(SiteFilesSchema)
def list_(_: Operator) -> Mapping[str, tuple[SiteFile, ...]]:
    """The files that are served at the root of the gateway, by name."""
    return {"files": site_files.list_all(current_gateway())}


@api.post("/domain-files")
@needs_operator(RUNS_CHANNELS)
@api.takes(SiteFileBody)
@api.gives(SiteFileSchema)
def add(_: Operator, body: SiteFileGiven) -> SiteFile:
    """Serve a file at the root, in the place of one of the same name; within five seconds everywhere."""
    return site_files.add(current_gateway(), body["file"], body["content"])


@api.delete("/domain-files/<file>")
@needs_operator(RUNS_CHANNELS)
@api.gives(DoneSchema)
def remove(_: Operator, file: str) -> None:
    """Serve it no more."""
    site_files.remove(current_gateway(), file)
