"""Somebody has shown one of his addresses: it is kept whose it may be, and bound where that is known.

Everything here happens within the transaction of whoever calls.
"""

from __future__ import annotations

from typing import NamedTuple

from ums.domain.person import Cause, Place
from ums.sdk.people import Person
from ums.services.accounts import Account
from ums.services.binding import bindings, joining
from ums.services.gateway import Gateway
from ums.store import identities
from ums.store.db import Session


class Met(NamedTuple):
    """Who was here: the person he is to us, and where his address stands."""

    person: str
    place: Place

    def bind(self, gateway: Gateway, session: Session, userid: str, cause: Cause) -> None:
        """Bind his address to a userid, and what else is his. Raises AddressTaken."""
        bindings.bind(session, userid, self.place, cause, gateway.clock.now())
        joining.settle(gateway, session, self.person)

    def owners(self, session: Session) -> list[str]:
        """To whom his address is bound."""
        return [owner.userid for owner in identities.owners(session, [self.place])[self.place]]


def meet(gateway: Gateway, session: Session, account: Account, person: Person, *, asked: bool = True) -> Met:
    """Keep that somebody was here; not `asked`, the provider is still to be asked what joins his addresses."""
    key = joining.meet(gateway, session, account.id, person, asked=asked)
    return Met(key, identities.place_of(account.id, account.code, account.type, person.address))
