"""`/v1/admin/audit`."""

from __future__ import annotations

from ums.api.auth import needs_operator
from ums.api.blueprint import ApiBlueprint
from ums.api.context import current_gateway
from ums.api.schemas.audits import AuditsSchema
from ums.api.schemas.users import PageQuery, PageWanted
from ums.domain.operator import LOOKS, Operator
from ums.domain.views import AuditView, Page
from ums.services import audits

api = ApiBlueprint("admin_audit", "Who changed what through the admin API", prefix="/v1/admin")


@api.get("/audit")
@needs_operator(LOOKS)
@api.takes_query(PageQuery)
@api.gives(AuditsSchema)
def list_(_: Operator, query: PageWanted) -> Page[AuditView]:
    """Changes, newest first."""
    return audits.page(current_gateway(), **query)
