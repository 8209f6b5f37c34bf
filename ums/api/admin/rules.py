"""`/v1/admin/rules`."""

from __future__ import annotations

from collections.abc import Mapping

from ums.api.auth import needs_operator
from ums.api.blueprint import ApiBlueprint
from ums.api.context import current_gateway
from ums.api.schemas.health import DoneSchema
from ums.api.schemas.rules import RuleBody, RuleRequest, RuleSchema, RulesSchema, rule_document
from ums.api.schemas.strict import check_same_id
from ums.api.schemas.users import PageQuery, PageWanted
from ums.domain.operator import LOOKS, RUNS_CHANNELS, Operator
from ums.domain.views import Page
from ums.services import rules

api = ApiBlueprint("admin_rules", "Rules: how the channels of a message follow one another", prefix="/v1/admin")


@api.get("/rules")
@needs_operator(LOOKS)
@api.takes_query(PageQuery)
@api.gives(RulesSchema)
def list_(_: Operator, query: PageWanted) -> Page[Mapping[str, object]]:
    """Rules by id."""
    page = rules.list_all(current_gateway(), **query)
    return Page(items=tuple(map(rule_document, page.items)), next=page.next)


@api.post("/rules")
@needs_operator(RUNS_CHANNELS)
@api.takes(RuleBody)
@api.gives(RuleSchema)
def add(_: Operator, body: RuleRequest) -> Mapping[str, object]:
    """Make a rule, under an id of your choice or the next free one."""
    return rule_document(rules.add(current_gateway(), body.name, body.rule, body.id))


@api.get("/rules/<int:rule_id>")
@needs_operator(LOOKS)
@api.gives(RuleSchema)
def show(_: Operator, rule_id: int) -> Mapping[str, object]:
    """One rule."""
    return rule_document(rules.show(current_gateway(), rule_id))


@api.put("/rules/<int:rule_id>")
@needs_operator(RUNS_CHANNELS)
@api.takes(RuleBody)
@api.gives(RuleSchema)
def change(_: Operator, body: RuleRequest, rule_id: int) -> Mapping[str, object]:
    """Put another rule in its place; messages already sent keep the steps they were sent with."""
    check_same_id(body.id, rule_id)
    return rule_document(rules.change(current_gateway(), rule_id, body.name, body.rule))


@api.delete("/rules/<int:rule_id>")
@needs_operator(RUNS_CHANNELS)
@api.gives(DoneSchema)
def remove(_: Operator, rule_id: int) -> None:
    """Forget a rule; messages that name it are refused from now on."""
    rules.remove(current_gateway(), rule_id)
