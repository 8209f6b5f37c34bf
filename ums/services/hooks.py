"""Taking a provider's push: verified and read by the plugin, kept before it is answered, handed on after that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus

from ums.domain.errors import NotAllowed, NotFound, Unavailable
from ums.domain.push import Push
from ums.logs import get_logger
from ums.provider.forwarder import Forwarded
from ums.provider.receivers import LARGEST_ANSWER
from ums.sdk.hook import Forward, HookRefused, HookReply, HookRequest
from ums.sdk.people import HasReplies
from ums.sdk.platform import HasPlatform
from ums.sdk.plugin import HasHook
from ums.services import accounts, pushes
from ums.services.accounts import Account
from ums.services.binding import gestures
from ums.services.gateway import Gateway
from ums.store import channels

log = get_logger(__name__)

PASSED_BACK = frozenset({"text/xml", "application/xml", "application/json", "text/plain"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapping:
    """What a push came in, for those it is handed on to: its query and its Content-Type as they stood.

    `is_forwarded` says that another gateway, or this one, has handed it on.
    """

    query: str = ""
    content_type: str = "text/xml"
    is_forwarded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Through:
    """The third-party platform by which a push came: its settings, and for which account, addressed to what."""

    platform: object
    account: str
    address: str


def receive(
    gateway: Gateway,
    code: str,
    method: str,
    query: Mapping[str, str],
    body: bytes,
    wrapping: Wrapping | None = None,
    through: Through | None = None,
) -> HookReply:
    """Take one push to the channel `code`; the answer goes out only after what it tells is kept.

    `through` says that it came by the third-party platform. Raises NotFound where no such channel takes pushes,
    NotAllowed for a push that is forged, stale or unreadable, and Unavailable where it can be kept nowhere; all
    change nothing.
    """
    account = _account(gateway, code)
    plugin = account.plugin
    if not isinstance(plugin, HasHook):
        raise NotFound(f"The channel {code!r} takes no pushes.")
    request = HookRequest(method=method, query=query, body=body, now=gateway.clock.now())
    try:
        reply = plugin.receive(_heard(account, through), request)
    except HookRefused as refusal:
        log.warning("a push was refused", action="hook_refused", channel=code, cause=str(refusal))
        raise NotAllowed("This push can't be believed; nothing was changed.") from refusal
    push = Push(
        channel_id=account.id,
        received_at=request.now,
        receipts=reply.receipts,
        events=reply.events,
        openings=reply.openings,
    )
    if not push.is_empty:
        pushes.store(gateway, push)
    reply = _answered(gateway, account, through, request, reply)
    if reply.forward is None or wrapping is None or wrapping.is_forwarded:
        return reply
    return _forwarded(gateway, code, reply, reply.forward, wrapping, body)


def _answered(
    gateway: Gateway, account: Account, through: Through | None, request: HookRequest, reply: HookReply
) -> HookReply:
    """The reply or, where somebody did what is ours to answer, our words to him; then nobody else is waited for.

    Raises Unavailable where the database can't tell what to say: what the push tells is kept by then, the provider
    pushes it again, and it counts once.
    """
    plugin = account.plugin
    if reply.gesture is None or not isinstance(plugin, HasReplies):
        return reply
    words = gestures.answer(gateway, account, reply.gesture)
    if words is None:
        return reply
    forward = reply.forward and replace(reply.forward, answers=False)
    return replace(plugin.saying(_heard(account, through), request, words), forward=forward)


def _heard(account: Account, through: Through | None) -> object:
    """The settings by which a push is judged. Raises NotFound where it is for another account.

    Raises HookRefused where it isn't known what the account's pushes are addressed to: its path proves nothing.
    """
    plugin = account.plugin
    if through is None:
        return account.settings
    if not isinstance(plugin, HasPlatform) or plugin.account_of(account.settings) != through.account:
        raise NotFound(f"The account {through.account!r} has no channel here.")
    if not through.address:
        raise HookRefused("what this account's pushes are addressed to is not known yet; have it authorise anew")
    settings: object = plugin.listening(account.settings, through.platform, through.address)
    return settings


def _forwarded(
    gateway: Gateway, code: str, reply: HookReply, forward: Forward, wrapping: Wrapping, body: bytes
) -> HookReply:
    """Hand a push on; the reply, or what was answered there in its place."""
    mark = "&" if "?" in forward.url else "?"
    one = Forwarded(
        channel=code, url=f"{forward.url}{mark}{wrapping.query}", content_type=wrapping.content_type, body=body
    )
    if not forward.answers:
        gateway.forwarder.tell(one)
        return reply
    answer = gateway.forwarder.ask(one)
    if answer is None or answer.status != HTTPStatus.OK or len(answer.body) >= LARGEST_ANSWER:
        return reply
    try:
        return replace(reply, body=answer.body.decode(), content_type=_media(answer.content_type))
    except UnicodeDecodeError:
        return reply


def _media(given: str) -> str:
    """The Content-Type of an answer that is passed back: text of a kind that no browser would run."""
    return given if given.partition(";")[0].strip().lower() in PASSED_BACK else "text/plain; charset=utf-8"


def _account(gateway: Gateway, code: str) -> Account:
    """A channel's account; where the database doesn't tell, as it last did. Raises as `accounts.account` does.

    Only the seal of its settings is asked for with every push, which costs little.
    """
    seal, last = gateway.last_accounts.get(code, (None, None))
    try:
        with gateway.database.read() as session:
            current = channels.seal_of(session, code)
        if last is None or current != seal:
            last = accounts.account(gateway, code)
    except Unavailable:
        if last is None:
            raise
        return last
    gateway.last_accounts[code] = current, last
    return last
