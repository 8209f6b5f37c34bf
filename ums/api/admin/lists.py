"""`/v1/admin/blacklists` and `/v1/admin/whitelists`: the same paths for each."""

from __future__ import annotations

from marshmallow import Schema

from ums.api.auth import needs_operator
from ums.api.blueprint import ApiBlueprint
from ums.api.context import current_gateway
from ums.api.schemas.health import DoneSchema
from ums.api.schemas.lists import (
    BlacklistsSchema,
    ListBody,
    ListRequest,
    ListSchema,
    ListUseridsSchema,
    UseridsBody,
    UseridsRequest,
    WhitelistsSchema,
)
from ums.api.schemas.strict import check_same_id
from ums.api.schemas.users import PageQuery, PageWanted
from ums.domain.errors import Conflict
from ums.domain.operator import LOOKS, RUNS_CHANNELS, Operator
from ums.domain.user_list import ListKind
from ums.domain.views import Page
from ums.services import lists
from ums.store.lists import KeptList


def _api(kind: ListKind, schema: type[Schema], description: str) -> ApiBlueprint:
    api = ApiBlueprint(f"admin_{kind}s", description, prefix=f"/v1/admin/{kind}s")
    _looking(api, kind, schema)
    _changing(api, kind)
    _filling(api, kind)
    return api


def _looking(api: ApiBlueprint, kind: ListKind, schema: type[Schema]) -> None:
    @api.get("")
    @needs_operator(LOOKS)
    @api.takes_query(PageQuery)
    @api.gives(schema)
    def list_(_: Operator, query: PageWanted) -> Page[KeptList]:
        """Lists by id."""
        return lists.list_all(current_gateway(), kind, **query)

    @api.get("/<int:list_id>")
    @needs_operator(LOOKS)
    @api.gives(ListSchema)
    def show(_: Operator, list_id: int) -> KeptList:
        """One list, with how many userids are on it."""
        return lists.show(current_gateway(), kind, list_id)

    @api.get("/<int:list_id>/userids")
    @needs_operator(LOOKS)
    @api.takes_query(PageQuery)
    @api.gives(ListUseridsSchema)
    def list_userids(_: Operator, query: PageWanted, list_id: int) -> Page[str]:
        """The userids on a list, in their order."""
        return lists.userids_of(current_gateway(), kind, list_id, **query)


def _changing(api: ApiBlueprint, kind: ListKind) -> None:
    @api.post("")
    @needs_operator(RUNS_CHANNELS)
    @api.takes(ListBody)
    @api.gives(ListSchema)
    def add(_: Operator, body: ListRequest) -> KeptList:
        """Make a list, under an id of your choice or the next free one."""
        return lists.add(current_gateway(), kind, body.name, body.userids or (), body.id)

    @api.put("/<int:list_id>")
    @needs_operator(RUNS_CHANNELS)
    @api.takes(ListBody)
    @api.gives(ListSchema)
    def change(_: Operator, body: ListRequest, list_id: int) -> KeptList:
        """Give a list another name and, where they are given, other userids."""
        check_same_id(body.id, list_id)
        return lists.change(current_gateway(), kind, list_id, body.name, body.userids)

    @api.delete("/<int:list_id>")
    @needs_operator(RUNS_CHANNELS)
    @api.gives(DoneSchema)
    @api.refuses(Conflict)
    def remove(_: Operator, list_id: int) -> None:
        """Forget a list; messages that name it are refused from now on."""
        lists.remove(current_gateway(), kind, list_id)


def _filling(api: ApiBlueprint, kind: ListKind) -> None:
    @api.post("/<int:list_id>/add")
    @needs_operator(RUNS_CHANNELS)
    @api.takes(UseridsBody)
    @api.gives(ListSchema)
    def add_userids(_: Operator, body: UseridsRequest, list_id: int) -> KeptList:
        """Set userids on a list; those that are there stay."""
        return lists.add_userids(current_gateway(), kind, list_id, body["userids"])

    @api.post("/<int:list_id>/remove")
    @needs_operator(RUNS_CHANNELS)
    @api.takes(UseridsBody)
    @api.gives(ListSchema)
    def remove_userids(_: Operator, body: UseridsRequest, list_id: int) -> KeptList:
        """Take userids off a list; those that aren't there are no fault."""
        return lists.remove_userids(current_gateway(), kind, list_id, body["userids"])


blacklists = _api(ListKind.BLACKLIST, BlacklistsSchema, "Blacklists: users who get nothing")
whitelists = _api(ListKind.WHITELIST, WhitelistsSchema, "Whitelists: users who alone get anything")
