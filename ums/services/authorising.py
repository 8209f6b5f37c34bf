"""Channels made by authorisation: a link for the account's administrator, and what follows when he comes back.

A link is signed, serves once, and lives as long as the provider's own code in it. It leads to a page of ours whose
button leads to the provider's, because the provider wants people to come from the domain they go back to. What came
of a link is kept, so that a reload shows it again and changes nothing.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ums.domain.authorisation import LINK_LIFETIME, Remark, Wanted, Weight
from ums.domain.channel import code_faults
from ums.domain.commands import Json
from ums.domain.errors import Conflict, InvalidRequest, NotAllowed, Problem
from ums.domain.json import written
from ums.domain.outcome import SendError
from ums.registry import AnyPlugin
from ums.sdk.platform import AuthorisedAccount, HasPlatform
from ums.services import channels, consents, granting
from ums.services.accounts import Account, account, account_by_id
from ums.services.consents import Consent, digest
from ums.services.gateway import Gateway
from ums.services.third_party import plugins, refusal, return_base, settings_in_use
from ums.store import applications as application_store
from ums.store import authorisations
from ums.store import channels as channel_store

TAKEN = 60.0
"""Seconds for which one visit holds a link; after that another may use it."""
EXPIRED = "This link has expired or was never made; ask for a new one."


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLink:
    """A link to give to an account's administrator; `expires_at` in unix seconds.

    `start_url` is our page, from which the provider's are reached by a click, as it wants.
    """

    start_url: str = field(repr=False)
    desktop_url: str = field(repr=False)
    mobile_url: str = field(repr=False)
    expires_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A link that may be used: for which channel, and the provider's pages."""

    wanted: Wanted
    desktop_url: str = field(repr=False)
    mobile_url: str = field(repr=False)
    expires_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a link: whether the channel `code` is the account's now, and what must be known of that."""

    ok: bool
    code: str
    type: str
    account: str
    name: str
    remarks: tuple[Remark, ...]


def invite(gateway: Gateway, wanted: Wanted) -> NewLink:
    """A new link for the channel `wanted.code`, made when its account has authorised, if there is none yet.

    Raises InvalidRequest naming what is wrong with `channel`, `type` or `grants`; NotFound where there is no
    platform; Conflict where an application has another channel of the type; Conflict and Unavailable where the
    provider gives no code.
    """
    checked = _checked(gateway, wanted)
    desk = gateway.provider.platform
    settings = settings_in_use(gateway)
    nonce = secrets.token_urlsafe(24)
    start = f"{return_base(gateway)}/authorise/{nonce}.{_signature(gateway, nonce)}"
    kinds = frozenset({checked.type} if checked.type else plugins(gateway))
    try:
        made = desk.run(desk.platform.invite(settings, kinds, f"{start}/done"))
    except SendError as error:
        raise refusal(gateway, "No link could be made.", error) from error
    expires_at = gateway.clock.now() + min(made.lifetime, LINK_LIFETIME)
    pages = {"desktop": made.desktop_url, "mobile": made.mobile_url}
    with gateway.database.write() as session:
        sealed = gateway.sealer.seal(written(pages), _place(digest(nonce)))
        authorisations.add_link(session, digest(nonce), checked, sealed, expires_at)
    return NewLink(start_url=start, desktop_url=made.desktop_url, mobile_url=made.mobile_url, expires_at=expires_at)


def offered(gateway: Gateway, state: str) -> Offered | Outcome:
    """What a link offers, or what came of it. Raises NotAllowed for one that is forged, or too old."""
    key = _key(gateway, state)
    with gateway.database.read() as session:
        link = authorisations.link(session, key)
    if link is None or (link.outcome is None and link.expires_at <= gateway.clock.now()):
        raise NotAllowed(EXPIRED)
    if link.outcome is not None:
        return outcome_of(link.outcome)
    pages = json.loads(gateway.sealer.open(link.pages, _place(key)))
    return Offered(
        wanted=link.wanted,
        desktop_url=pages["desktop"],
        mobile_url=pages["mobile"],
        expires_at=link.expires_at,
    )


def finish(gateway: Gateway, state: str, code: str) -> Outcome:
    """The administrator came back with a code: make the channel, or authorise it anew.

    Raises NotAllowed as `offered` does, Conflict while another visit uses the link or where the code has served
    another one, and Conflict and Unavailable where the provider doesn't tell what was authorised; the link can be
    used again then.
    """
    found = offered(gateway, state)
    if isinstance(found, Outcome):
        return found
    key, now = _key(gateway, state), gateway.clock.now()
    with gateway.database.write() as session:
        if not authorisations.take_link(session, key, now, now + TAKEN):
            raise Conflict("This link is being used just now; reload this page in a minute.")
    try:
        consent = consents.redeem(gateway, code, now - consents.SKEW)
        described = consents.describe(gateway, consent.account)
        consents.spend(gateway, code)
    except Problem:
        with gateway.database.write() as session:
            authorisations.release_link(session, key)
        raise
    outcome = _adopted(gateway, found.wanted, consent, described)
    with gateway.database.write() as session:
        authorisations.close_link(session, key, outcome_item(outcome))
    return outcome


def _adopted(gateway: Gateway, wanted: Wanted, consent: Consent, described: AuthorisedAccount) -> Outcome:
    """The channel that was wanted, made of the account if it can be."""
    type_, remarks = _fitting(gateway, wanted, described, consent.permissions)
    if not any(remark.weight is Weight.REFUSED for remark in remarks):
        try:
            channel_id = _channel_of(gateway, wanted, type_, consent.account)
        except Problem as problem:
            remarks = (Remark(weight=Weight.REFUSED, text=problem.message, text_zh=problem.message),)
        else:
            consents.settle(gateway, channel_id, consent, remarks)
    return Outcome(
        ok=not any(remark.weight is Weight.REFUSED for remark in remarks),
        code=wanted.code,
        type=type_,
        account=consent.account,
        name=described.name,
        remarks=remarks,
    )


def _fitting(
    gateway: Gateway, wanted: Wanted, described: AuthorisedAccount, permissions: frozenset[int]
) -> tuple[str, tuple[Remark, ...]]:
    """The type of channel for an account, and what must be known of it; where any will do, the first that fits."""
    found = plugins(gateway)
    judged = {
        type_: plugin.remarks(described, permissions)
        for type_, plugin in found.items()
        if isinstance(plugin, HasPlatform) and wanted.type in ("", type_)
    }
    fits = [type_ for type_, remarks in judged.items() if all(one.weight is not Weight.REFUSED for one in remarks)]
    chosen = fits[0] if fits else next(iter(judged))
    return chosen, judged[chosen]


def _channel_of(gateway: Gateway, wanted: Wanted, type_: str, account_id: str) -> int:
    """The id of the wanted channel, made or changed so that the platform acts for it. Raises Problem."""
    before = _existing(gateway, wanted.code)
    if before is None:
        settings = _settings(gateway, gateway.registry[type_], account_id, {})
        channels.add(gateway, wanted.code, type_, settings, wanted.grants, wanted.name or None)
    else:
        _check_same(before, type_, account_id)
        for name in wanted.grants:
            granting.grant(gateway, wanted.code, name)
        kept = {name: str(value) for name, value in channels.show(gateway, wanted.code).settings.items()}
        channels.change(gateway, wanted.code, _settings(gateway, before.plugin, account_id, kept))
    return account(gateway, wanted.code).id


def _settings(gateway: Gateway, plugin: AnyPlugin, account_id: str, kept: Mapping[str, str]) -> Mapping[str, str]:
    assert isinstance(plugin, HasPlatform)  # noqa: S101 - only such types are asked for
    return plugin.authorised_settings(settings_in_use(gateway), account_id, kept)


def _check_same(before: Account, type_: str, account_id: str) -> None:
    """Raises Conflict where a channel that exists is another account's: its users' addresses are that one's."""
    plugin: Any = before.plugin
    if before.type != type_:
        raise Conflict(
            f"Channel {before.code} is of the type {before.type}, and this account is none of that kind."
        )
    if plugin.account_of(before.settings) != account_id:
        raise Conflict(
            f"Channel {before.code} is the account {plugin.account_of(before.settings)}, and {account_id} has "
            "authorised. Let the channel's own account authorise, or make another channel for this one."
        )


def _checked(gateway: Gateway, wanted: Wanted) -> Wanted:
    """The wish with the type of the channel that there is. Raises InvalidRequest and Conflict."""
    known = plugins(gateway)
    before = _existing(gateway, wanted.code)
    if before is None:
        faults = code_faults(wanted.code)
        if faults:
            raise _wrong("channel", faults[0])
        with gateway.database.read() as session:
            if channel_store.has_code(session, wanted.code) or application_store.has_key(session, wanted.code):
                raise _wrong("channel", f"{wanted.code!r} is, or was, something else's name; choose another code.")
    type_ = wanted.type or (before.type if before else "")
    if type_ and type_ not in known:
        raise _wrong("type", f"Only {', '.join(sorted(known))} can be authorised; leave it out to take either.")
    if before is not None and type_ != before.type:
        raise _wrong("type", f"Channel {before.code} is of the type {before.type}.")
    _check_grants(gateway, wanted.grants, type_, wanted.code)
    return Wanted(code=wanted.code, type=type_, name=wanted.name, grants=wanted.grants)


def _check_grants(gateway: Gateway, names: tuple[str, ...], type_: str, code: str) -> None:
    """Raises InvalidRequest and Conflict now, rather than when the administrator has agreed."""
    with gateway.database.read() as session:
        for name in names:
            application = application_store.by_name(session, name)
            if application is None:
                raise _wrong(
                    "grants", f"There is no application named {name!r}; make it with: ums application add NAME"
                )
            granting.check_room(application, type_, code)


def _existing(gateway: Gateway, code: str) -> Account | None:
    with gateway.database.read() as session:
        found = channel_store.by_code(session, code)
    return None if found is None else account_by_id(gateway, found.id)


def outcome_item(outcome: Outcome) -> dict[str, Json]:
    """The outcome as JSON."""
    remarks: list[Json] = [
        {"weight": one.weight.value, "text": one.text, "text_zh": one.text_zh, "endpoint": one.endpoint}
        for one in outcome.remarks
    ]
    return {
        "ok": outcome.ok,
        "code": outcome.code,
        "type": outcome.type,
        "account": outcome.account,
        "name": outcome.name,
        "remarks": remarks,
    }


def outcome_of(item: Mapping[str, Any]) -> Outcome:
    """The outcome that `outcome_item` wrote."""
    remarks = tuple(Remark(**{**one, "weight": Weight(one["weight"])}) for one in item["remarks"])
    return Outcome(**{**item, "remarks": remarks})


def _key(gateway: Gateway, state: str) -> str:
    """Under what a link is kept. Raises NotAllowed for one that we haven't signed."""
    nonce, _, signature = state.partition(".")
    if not hmac.compare_digest(signature.encode(), _signature(gateway, nonce).encode()):
        raise NotAllowed(EXPIRED)
    return digest(nonce)


def _signature(gateway: Gateway, nonce: str) -> str:
    key = gateway.sealer.signing_key.encode()
    return hmac.new(key, b"authorise\0" + nonce.encode(errors="replace"), "sha256").hexdigest()


def _place(key: str) -> str:
    return f"authorisation_links:{key}"


def _wrong(path: str, text: str) -> InvalidRequest:
    return InvalidRequest(f"{path}: {text}", errors={path: [text]})
