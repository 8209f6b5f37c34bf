"""Trying a channel's credentials: when an operator asks, and by the clock while the channel is parked."""

from __future__ import annotations

from collections.abc import Iterable

from ums.domain import breaker
from ums.domain.errors import Conflict, InvalidRequest, NotFound, Problem, Unavailable
from ums.domain.outcome import BadChannel, BadContent, Fault, SendError, Throttled, Transient, Uncertain
from ums.domain.views import ChannelCheck, ChannelState
from ums.sdk.call_log import RememberedCall
from ums.sdk.plugin import HasCallLog, HasToken
from ums.services.accounts import Account, account, account_by_id, explained
from ums.services.gateway import Gateway
from ums.store import breakers
from ums.store import channels as store

RETRY_SECONDS = 10
"""When a provider, or a database, that was busy may be asked again."""
LEFT_UNTRIED = 3.0
"""Seconds in which a sending process would have tried a channel, had it anything to try it with."""
NOTHING_TO_TRY = "The settings are complete. Channels of this type have no credentials to try before a send."


def test(gateway: Gateway, code: str) -> ChannelCheck:
    """Ask the provider for a token with the channel's credentials.

    Success resumes a parked channel; a refusal of the credentials, the IP or the account parks it.
    Raises NotFound, and Conflict where the settings can't be used.
    """
    tried = account(gateway, code)
    if not isinstance(tried.plugin, HasToken):
        return ChannelCheck(ok=True, detail=NOTHING_TO_TRY)
    try:
        gateway.provider.fetch_token(tried.plugin, tried.settings)
    except SendError as error:
        park(gateway, tried, error)
        return ChannelCheck(ok=False, detail=explained(tried.plugin, error), provider_code=error.provider_code)
    return ChannelCheck(ok=True, detail=f"The provider takes the credentials. {put_to_use(gateway, tried)}".strip())


def probe_due(gateway: Gateway) -> tuple[str, ...]:
    """Try the parked channels whose time has come, and put those to use that the provider takes again.

    The waits are `ums.domain.channel.PROBE_WAITS`. Safe when several processes do it: each probe is
    claimed first, and no transaction is open while the provider is asked. Gives the codes of the channels
    that came back.
    """
    now = gateway.clock.now()
    with gateway.database.read() as session:
        due = store.due_probes(session, now)
    return tuple(code for channel_id in due if (code := _probe(gateway, channel_id, now)) is not None)


def try_failing(gateway: Gateway) -> tuple[str, ...]:
    """Try the channels whose calls kept failing and for which nothing is queued that could try them.

    Their provider is asked for a token; where they need none they are called again with the next message. Safe when
    several processes do it, as `probe_due` is. Gives the codes of the channels that are called again.
    """
    before = gateway.clock.now() - LEFT_UNTRIED
    with gateway.database.read() as session:
        due = breakers.untried(session, before)
    return tuple(code for channel_id in due if (code := _try(gateway, channel_id, before)) is not None)


def _try(gateway: Gateway, channel_id: int, before: float) -> str | None:
    """The channel's code, if it is called again."""
    with gateway.database.write() as session:
        if not breakers.claim_try(session, channel_id, before, gateway.clock.now()):
            return None
    error = _token_error(gateway, channel_id)
    with gateway.database.write() as session:
        known, channel = breakers.of_channel(session, channel_id), store.by_id(session, channel_id)
        if known is None or known.opened_at is None or channel is None:
            return None
        has_failed = error is not None and breaker.failed(error, called=True)
        after = breaker.tried(known, has_failed, error.reason if error else "", gateway.clock.now())
        breakers.keep(session, channel_id, after)
    return channel.code if after is None else None


def _token_error(gateway: Gateway, channel_id: int) -> SendError | None:
    """What keeps the provider from giving a token; nothing where it gives one, or none is needed."""
    try:
        account = account_by_id(gateway, channel_id)
        if isinstance(account.plugin, HasToken):
            gateway.provider.fetch_token(account.plugin, account.settings)
    except SendError as error:
        return error
    except Conflict:  # the next call finds out, and parks it
        return None
    return None


def _probe(gateway: Gateway, channel_id: int, now: float) -> str | None:
    """The channel's code, if it came back."""
    with gateway.database.write() as session:
        if not store.claim_probe(session, channel_id, now):
            return None
    try:
        tried = account_by_id(gateway, channel_id)
    except Conflict as problem:
        with gateway.database.write() as session:
            store.park(session, channel_id, problem.message, now)
        return None
    if not isinstance(tried.plugin, HasToken):
        return None
    try:
        gateway.provider.fetch_token(tried.plugin, tried.settings)
    except SendError as error:
        park(gateway, tried, error)
        return None
    with gateway.database.write() as session:
        return tried.code if store.come_back(session, channel_id, tried.version) else None


def park(gateway: Gateway, tried: Account, error: SendError) -> bool:
    """Park the channel if `error` puts all of it out of use, and tell whether it does.

    Where its settings have changed since it was tried, that error is out of date and nothing is parked.
    """
    if not isinstance(error, BadChannel) or error.scope is not Fault.CHANNEL:
        return False
    with gateway.database.write() as session:
        channel = store.by_id(session, tried.id)
        if channel is None or channel.version != tried.version:
            return False
        store.park(session, tried.id, explained(tried.plugin, error), gateway.clock.now())
    return True


def refusal(gateway: Gateway, tried: Account, errors: Iterable[SendError], text: str) -> Problem:
    """The problem to raise where a provider was asked and gave nothing; `text` says what, and why.

    Conflict where an operator must act (and the channel is parked, if all of it is refused), Unavailable where
    it passes by itself.
    """
    met = tuple(errors)
    if any(park(gateway, tried, error) for error in met):
        return Conflict(f"{text} The channel is parked until this is put right.")
    if any(isinstance(error, Transient | Throttled | Uncertain) for error in met):
        return Unavailable(f"{text} Try again later.", retry_after=RETRY_SECONDS)
    return Conflict(text)


def look_up(gateway: Gateway, code: str, mark: str) -> RememberedCall:
    """A call of the channel as its provider remembers it, by the mark that its answer carried (WeChat: the rid).

    Raises NotFound for a channel or a call that there isn't, InvalidRequest for a type that keeps none, Conflict
    where an operator must act, Unavailable where it passes by itself.
    """
    tried = account(gateway, code)
    if not isinstance(tried.plugin, HasCallLog):
        raise InvalidRequest(f"The provider of channels of the type {tried.type!r} tells of no calls.")
    try:
        return gateway.provider.run(tried.plugin, tried.settings, tried.plugin.look_up(tried.settings, mark))
    except BadContent as error:
        raise NotFound(f"Channel {code}: {explained(tried.plugin, error)}") from error
    except SendError as error:
        raise refusal(gateway, tried, [error], f"Channel {code}: {explained(tried.plugin, error)}") from error


def put_to_use(gateway: Gateway, tried: Account) -> str:
    """Resume the channel if it is parked; a sentence about its state where that isn't plainly ready."""
    with gateway.database.write() as session:
        channel = store.by_id(session, tried.id)
        if channel is None or channel.state is ChannelState.READY:
            return ""
        if channel.state is ChannelState.PARKED:
            store.resume(session, tried.id)
            return "The channel is in use again."
        return f"The channel stays {channel.state} until it is resumed."
