"""An application that listens: a gateway whose clock stands still, and receivers on loopback."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import text

from tests.factories import create_application, create_channel, create_user
from tests.fakes import FrozenClock
from tests.receiver import Receiver
from ums.domain.audience import Audience
from ums.domain.callback import ReceiptType
from ums.domain.commands import CallbackChoice, Json, SendMessage, SentMessage
from ums.domain.delivery import DeliveryStatus
from ums.services import callbacks, messages, posting, sending
from ums.services.callbacks import CallbackDetail, CallbackWanted
from ums.services.gateway import Gateway
from ums.services.telling import Move, tell
from ums.store.callback_attempts import Attempt


@dataclass(slots=True, kw_only=True)
class Listening:
    """`shop` has the channel app1; `told` posts whatever is due to the URLs given."""

    gateway: Gateway
    clock: FrozenClock
    application_id: int = 0
    channel_key: str = ""
    known: set[str] = field(default_factory=set)

    def set_up(self) -> None:
        application = create_application(self.gateway)
        create_channel(self.gateway, grants=[application.name])
        self.application_id, self.channel_key = application.id, application.channel_key

    def url(
        self, receiver: Receiver, *, path: str = "", types: Sequence[int] = range(9), verified: bool = True
    ) -> CallbackDetail:
        """Another callback URL of the shop."""
        wanted = CallbackWanted(url=receiver.url + path, types=tuple(map(ReceiptType, types)))
        made = callbacks.add(self.gateway, "shop", wanted)
        if verified:
            callbacks.verify(self.gateway, made.callback.id)
        return made

    def send(self, *userids: str, url: str | None = None, params: dict[str, Json] | None = None) -> SentMessage:
        """A message to users, who are made known unless their name begins with `no`."""
        for userid in userids:
            if not userid.startswith("no") and userid not in self.known:
                create_user(self.gateway, userid=userid, bindings=[("app", "app1", f"fake-{userid}")])
                self.known.add(userid)
        return sending.send(
            self.gateway,
            SendMessage(
                application_id=self.application_id,
                audience=Audience(userids=userids),
                contents={"app": {"text": "ready"}},
                callback=None if url is None and params is None else CallbackChoice(url=url, params=params or {}),
            ),
        )

    def move(self, msgid: str, before: DeliveryStatus, after: DeliveryStatus) -> None:
        """Move every delivery of a message, as a sending process does."""
        deliveries = messages.deliveries(self.gateway, None, msgid, limit=1000).items
        with self.gateway.database.write() as session:
            (message_id,) = session.execute(text("SELECT id FROM messages WHERE msgid = :it"), {"it": msgid}).one()
            session.execute(
                text("UPDATE deliveries SET status = :status WHERE message_id = :message_id"),
                {"status": after.value, "message_id": message_id},
            )
            moves = [Move(message_id, delivery.id, before, after) for delivery in deliveries]
            tell(session, moves, self.clock.now())

    def post(self, *callback_ids: int) -> int:
        """Make every post that is due; how many were made."""
        made = 0
        for callback_id in callback_ids:
            while posting.post_next(self.gateway, callback_id):
                made += 1
        return made

    def after(self, seconds: float, *callback_ids: int) -> int:
        """Make every post that is due `seconds` later; how many were made."""
        self.clock.advance(seconds)
        return self.post(*callback_ids)

    def attempts(self, callback_id: int) -> tuple[Attempt, ...]:
        """The tries, in the order in which they were made."""
        return callbacks.attempts(self.gateway, callback_id, limit=1000).items[::-1]

    def posts(self, callback_id: int) -> dict[str, int]:
        """How many posts stand where; states without any are left out."""
        return {state: count for state, count in callbacks.show(self.gateway, callback_id).posts.items() if count}
