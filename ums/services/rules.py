"""Rules: made, changed, shown and removed by operators, named by messages."""

from __future__ import annotations

from ums.domain.rule import Rule
from ums.domain.views import Page
from ums.services.gateway import Gateway
from ums.services.names import check_id_free, check_name, check_name_free, known, unknown
from ums.services.paging import PAGE, after_id, check_limit, page_of
from ums.store import rules as store
from ums.store.rules import KeptRule

THING = "rule"


def add(gateway: Gateway, name: str, rule: Rule, rule_id: int | None = None) -> KeptRule:
    """Make a rule, under a number of one's own choice or the next free one.

    Raises InvalidRequest for an unusable name, Conflict for a name or a number that is taken.
    """
    check_name(name)
    with gateway.database.write() as session:
        check_name_free(THING, name, store.by_name(session, name))
        if rule_id is not None:
            check_id_free(THING, rule_id, store.by_id(session, rule_id))
        return store.add(session, name, rule, gateway.clock.now(), rule_id=rule_id)


def change(gateway: Gateway, rule_id: int, name: str, rule: Rule) -> KeptRule:
    """Put another rule in its place; messages already sent keep the steps they were sent with.

    Raises NotFound, and otherwise as `add` does.
    """
    check_name(name)
    with gateway.database.write() as session:
        before = known(THING, rule_id, store.by_id(session, rule_id))
        if before.name != name:
            check_name_free(THING, name, store.by_name(session, name))
        store.change(session, rule_id, name, rule, gateway.clock.now())
        return known(THING, rule_id, store.by_id(session, rule_id))


def remove(gateway: Gateway, rule_id: int) -> None:
    """Forget a rule; messages that name it are refused from now on. Raises NotFound."""
    with gateway.database.write() as session:
        if not store.remove(session, rule_id):
            raise unknown(THING, rule_id)


def show(gateway: Gateway, rule_id: int) -> KeptRule:
    """The rule with this number. Raises NotFound."""
    with gateway.database.read() as session:
        return known(THING, rule_id, store.by_id(session, rule_id))


def list_all(gateway: Gateway, cursor: str | None = None, limit: int = PAGE) -> Page[KeptRule]:
    """Rules by number. Raises InvalidRequest for a cursor that no answer gave, a limit out of 1 to 1,000."""
    check_limit(limit)
    with gateway.database.read() as session:
        found = store.page(session, after=after_id(cursor), limit=limit + 1)
    return page_of(found, limit, lambda rule: str(rule.id))
