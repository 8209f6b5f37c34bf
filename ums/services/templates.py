"""The providers' template lists: fetched on demand and by the clock, kept, compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ums.domain.commands import Caller
from ums.domain.errors import Conflict, InvalidRequest, Problem
from ums.domain.outcome import BadChannel, Fault, SendError, Transient
from ums.domain.template import RemoteTemplate, compare
from ums.domain.views import TemplateCount, TemplateList, TemplateRefresh, TemplateView
from ums.registry import AnyPlugin
from ums.sdk.plugin import HasTemplates
from ums.services.accounts import Account, explained, found, load
from ums.services.gateway import Gateway
from ums.services.probing import refusal
from ums.services.template_uses import broken_by
from ums.store import channels as channel_store
from ums.store import template_refreshes as refresh_store
from ums.store import templates as store

PAGES = 100
"""No account has that many pages of templates: a provider that goes on is answering in circles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fetched:
    """The lists that could be fetched, by kind, and what kept the others from it."""

    lists: Mapping[str, tuple[RemoteTemplate, ...]]
    errors: Mapping[str, SendError]


def refresh(gateway: Gateway, code: str, caller: Caller | None = None) -> TemplateRefresh:
    """Fetch the channel's template lists from the provider and keep them, with what that changes and breaks.

    A list that can't be fetched stays as it was, and its kind is noted with the reason. Where none can:
    Unavailable if it passes by itself (the provider is busy, silent, or its quota is used up); Conflict
    if an operator must act, and then the channel is parked if its credentials, IP or account are refused.
    Raises NotFound for a channel the caller can't see, and InvalidRequest for a type that has no templates.
    """
    account = _account(gateway, code, caller)
    fetched = _fetch(gateway, account)
    if not fetched.lists:
        raise _refused(gateway, account, fetched.errors)
    notes = {kind: explained(account.plugin, error) for kind, error in fetched.errors.items()}
    return _seen(_keep(gateway, account, fetched.lists, notes), caller)


def refreshes(gateway: Gateway, code: str, caller: Caller | None = None) -> tuple[TemplateRefresh, ...]:
    """The last refreshes that found the channel's list changed, the newest first.

    Raises NotFound for a channel the caller can't see.
    """
    with gateway.database.read() as session:
        application_id = caller.application_id if caller else None
        channel = found(channel_store.by_code(session, code, application_id), code)
        kept = refresh_store.of_channel(session, channel.id)
    return tuple(_seen(refresh, caller) for refresh in kept)


def list_for(gateway: Gateway, code: str, caller: Caller | None = None) -> TemplateList:
    """The channel's templates as last fetched. Raises NotFound for a channel the caller can't see."""
    with gateway.database.read() as session:
        application_id = caller.application_id if caller else None
        channel = found(channel_store.by_code(session, code, application_id), code)
        listed = store.of_channel(session, channel.id)
    return TemplateList(
        templates=listed,
        counts=_counts(gateway.registry.by_type.get(channel.type), listed),
        refreshed_at=channel.refreshed_at,
        notes=channel.refresh_notes,
    )


def _counts(plugin: AnyPlugin | None, listed: Iterable[TemplateView]) -> tuple[TemplateCount, ...]:
    """Of each list that the channel's type has, or had when its plugin was still installed."""
    used = Counter(view.template.kind for view in listed)
    kinds: tuple[str, ...] = ()
    limits: Mapping[str, int] = {}
    if isinstance(plugin, HasTemplates):
        kinds, limits = plugin.template_kinds, plugin.template_limits
    return tuple(
        TemplateCount(kind=kind, used=used[kind], allowed=limits.get(kind))
        for kind in dict.fromkeys((*kinds, *used))
    )


def _account(gateway: Gateway, code: str, caller: Caller | None) -> Account:
    with gateway.database.read() as session:
        application_id = caller.application_id if caller else None
        return load(gateway, found(channel_store.by_code(session, code, application_id), code))


def _fetch(gateway: Gateway, account: Account) -> _Fetched:
    lists: dict[str, tuple[RemoteTemplate, ...]] = {}
    errors: dict[str, SendError] = {}
    plugin = _lister(account)
    for kind in plugin.template_kinds:
        try:
            lists[kind] = tuple(_pages(gateway, account, plugin, kind))
        except BadChannel as error:
            errors[kind] = error
            if error.scope is Fault.CHANNEL:
                # the others would be refused alike, and each refused token call brings a lock nearer
                break
        except SendError as error:
            errors[kind] = error
    return _Fetched(lists=lists, errors=errors)


def _lister(account: Account) -> HasTemplates[object]:
    if not isinstance(account.plugin, HasTemplates):
        raise InvalidRequest(f"Channels of the type {account.type!r} have no templates to refresh.")
    return account.plugin


def _pages(gateway: Gateway, account: Account, plugin: HasTemplates[object], kind: str) -> list[RemoteTemplate]:
    templates: list[RemoteTemplate] = []
    cursor = ""
    for _ in range(PAGES):
        exchange = plugin.templates(account.settings, kind, cursor)
        page = gateway.provider.run(account.plugin, account.settings, exchange)
        templates += page.templates
        cursor = page.next
        if not cursor:
            return templates
    raise Transient("endless_list", provider_message=f"more than {PAGES} pages")


def _seen(refresh: TemplateRefresh, caller: Caller | None) -> TemplateRefresh:
    """What of a refresh the caller may see: an application learns of no other one."""
    if caller is None or caller.application_id is None:
        return refresh
    return replace(refresh, breaks=refresh.breaks.of(caller.application_id))


def _keep(
    gateway: Gateway, account: Account, lists: Mapping[str, tuple[RemoteTemplate, ...]], notes: Mapping[str, str]
) -> TemplateRefresh:
    with gateway.database.write() as session:
        channel = found(channel_store.by_id(session, account.id), account.code)
        if channel.version != account.version:
            raise Conflict(
                f"The settings of channel {account.code} have just been changed; refresh its list again."
            )
        known = [view.template for view in store.of_channel(session, account.id)]
        wanted = _merged(_lister(account).template_kinds, known, lists)
        store.replace(session, account.id, wanted)
        now = gateway.clock.now()
        channel_store.note_refresh(session, account.id, now, notes)
        diff = compare(known, wanted)
        # in this transaction, though others who write wait for it: a diff is seen once, and mustn't lose these
        breaks = broken_by(session, account, diff, now)
        refresh = TemplateRefresh(at=now, diff=diff, breaks=breaks, notes=notes)
        if diff.changes:
            refresh_store.add(session, account.id, refresh)
    return refresh


def _merged(
    kinds: Iterable[str], known: Iterable[RemoteTemplate], lists: Mapping[str, tuple[RemoteTemplate, ...]]
) -> list[RemoteTemplate]:
    """The new lists, and the known templates of the kinds that have none, each id once."""
    kept = tuple(known)
    merged: dict[str, RemoteTemplate] = {}
    for kind in kinds:
        for template in lists.get(kind) or ():
            merged.setdefault(template.template_id, template)
        if kind not in lists:
            for template in kept:
                if template.kind == kind:
                    merged.setdefault(template.template_id, template)
    return list(merged.values())


def _refused(gateway: Gateway, account: Account, errors: Mapping[str, SendError]) -> Problem:
    """The problem to raise where no list came; parks the channel if it is the channel that is refused."""
    told = (f"{kind}: {explained(account.plugin, error).rstrip('.')}." for kind, error in errors.items())
    text = f"The template list of channel {account.code} could not be fetched. {' '.join(told)}"
    return refusal(gateway, account, errors.values(), f"{text} The list stays as it was.")
