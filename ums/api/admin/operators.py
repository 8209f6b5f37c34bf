"""`/v1/admin/operators`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from ums.api.auth import needs_operator
from ums.api.blueprint import ApiBlueprint
from ums.api.context import current_gateway
from ums.api.schemas.health import DoneSchema
from ums.api.schemas.operators import (
    ChangedOperatorBody,
    MadeOperatorSchema,
    NewOperatorBody,
    NewOperatorGiven,
    OperatorChangeGiven,
    OperatorSchema,
    OperatorsSchema,
    OperatorTokenSchema,
)
from ums.api.schemas.users import PageQuery, PageWanted
from ums.domain.errors import Conflict
from ums.domain.operator import LOOKS, RUNS_EVERYTHING, Operator
from ums.domain.views import OperatorView, Page
from ums.services import operators

api = ApiBlueprint("admin_operators", "Operators: who looks after the gateway", prefix="/v1/admin")


@api.get("/operators")
@needs_operator(LOOKS)
@api.takes_query(PageQuery)
@api.gives(OperatorsSchema)
def list_(_: Operator, query: PageWanted) -> Page[OperatorView]:
    """Operators by id."""
    return operators.page(current_gateway(), **query)


@api.post("/operators")
@needs_operator(RUNS_EVERYTHING)
@api.takes(NewOperatorBody)
@api.gives(MadeOperatorSchema)
def add(_: Operator, body: NewOperatorGiven) -> Mapping[str, object]:
    """Make an operator; his link and his token are shown this once."""
    gateway = current_gateway()
    made = operators.add(gateway, body["name"], body["role"], with_token=body.get("token", False))
    return {**asdict(operators.by_name(gateway, made.name)), "login_url": made.login_url, "token": made.token}


@api.get("/operators/<int:operator_id>")
@needs_operator(LOOKS)
@api.gives(OperatorSchema)
def show(_: Operator, operator_id: int) -> OperatorView:
    """One operator."""
    return operators.show(current_gateway(), operator_id)


@api.put("/operators/<int:operator_id>")
@needs_operator(RUNS_EVERYTHING)
@api.takes(ChangedOperatorBody)
@api.gives(OperatorSchema)
@api.refuses(Conflict)
def change(_: Operator, body: OperatorChangeGiven, operator_id: int) -> OperatorView:
    """Give an operator another role; it counts at once."""
    return operators.change(current_gateway(), operator_id, body["role"])


@api.post("/operators/<int:operator_id>/token")
@needs_operator(RUNS_EVERYTHING)
@api.gives(OperatorTokenSchema)
def renew_token(_: Operator, operator_id: int) -> Mapping[str, object]:
    """Make a new API token; the old one opens nothing from now on."""
    gateway = current_gateway()
    token = operators.renew_token(gateway, operator_id)
    return {**asdict(operators.show(gateway, operator_id)), "token": token}


@api.delete("/operators/<int:operator_id>")
@needs_operator(RUNS_EVERYTHING)
@api.gives(DoneSchema)
@api.refuses(Conflict)
def remove(_: Operator, operator_id: int) -> None:
    """Remove an operator: his sessions, links and token end at once."""
    operators.remove(current_gateway(), operator_id)
