"""Whether a user can be reached, looked at before anything is sent.

What a sender would do is asked of those who decide it: a plan is made for contents that stand for what could be
sent, and routed; lists, caps, quiet hours and the ledger of credits are asked as for a message.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from marshmallow import ValidationError

from ums.domain.audience import Audience
from ums.domain.channel import Channel
from ums.domain.commands import Caller, Json
from ums.domain.errors import Conflict
from ums.domain.policy import AtQuietHours
from ums.domain.quiet_hours import quiet_until
from ums.domain.reach import ChannelReach, Person, Quiet, Reach, Standing, hindrances
from ums.domain.rehearsal import ROLES
from ums.domain.routing import Bound, Leg, Plan
from ums.domain.rule import all_at_once
from ums.domain.sender import Granted, Sender
from ums.domain.views import BindingView, EndpointView
from ums.domain.wire import CHANNEL_TYPES, BindScope, bind_ids
from ums.registry import Registry
from ums.sdk.plugin import HasQuotas
from ums.services import users
from ums.services.accounts import Account, load
from ums.services.foreseeing import need_of, refused
from ums.services.gateway import Gateway
from ums.services.lists import check_lists
from ums.services.planning import bound_to, plan_for
from ums.store import audiences, channels, endpoints, routes, templates, user_sends
from ums.store.db import Session
from ums.store.users import RETIRED


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sample:
    """What stands for all that could be sent on a channel; `content` is None where nothing can.

    `listed`: its template is on the channel's list, or needn't be. `by_template`: it is by the template asked
    about; `by_consent`: it is of a kind that no list has templates for.
    """

    content: Mapping[str, Json] | None = None
    listed: bool = True
    by_template: bool = False
    by_consent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    """What was read for all channels of an application at once."""

    gateway: Gateway
    session: Session
    now: float
    sender: Sender
    samples: Mapping[str, _Sample]
    plan: Plan
    person: Person
    bindings: Sequence[BindingView]
    bound: Bound
    channels: Mapping[int, Channel]
    endpoints: Mapping[tuple[int, str], EndpointView]


def reach(
    gateway: Gateway,
    caller: Caller,
    userid: str,
    *,
    template: str = "",
    black_id: int | None = None,
    white_id: int | None = None,
) -> Reach:
    """On which of an application's channels a user can be reached now, and on the others all that hinders it.

    With a `template`, or what a consent is called, by messages of it; else by what each channel sends most. With a
    list, as a message that names it. What isn't the person's isn't looked at: approval, words, broadcasts of a day.
    Raises NotFound where there is no such user or the application may see nothing of him, ListUnknown.
    """
    audience = Audience(userids=(userid,), black_id=black_id, white_id=white_id)
    with gateway.database.read() as session:
        scene = _scene(session, gateway, caller, audience, template)
        found = tuple(
            ChannelReach(code=one.code, type=one.type, hindrances=hindrances(_standing(scene, one)))
            for one in scene.sender.granted
        )
    return Reach(userid=userid, channels=found)


def _scene(session: Session, gateway: Gateway, caller: Caller, audience: Audience, template: str) -> _Scene:
    assert caller.sender is not None  # noqa: S101 - needs_channel_key
    (userid,) = audience.userids or ()
    now = gateway.clock.now()
    sender = routes.sender(session, caller.sender.application_id)
    is_role = sender.policy.test_mode and userid in ROLES
    bindings = () if is_role else users.seen(session, caller, userid).bindings
    check_lists(session, audience, within="")
    samples = _samples(session, gateway.registry, sender, template)
    contents = {type_: sample.content for type_, sample in samples.items()}
    plan = plan_for(gateway.registry, sender, contents, all_at_once(contents), test=sender.policy.test_mode)
    ids = [one.channel_id for one in sender.granted]
    return _Scene(
        gateway=gateway,
        session=session,
        now=now,
        sender=sender,
        samples=samples,
        plan=plan,
        person=_person(session, sender, userid, audience, now),
        bindings=bindings,
        bound=bound_to(session, plan, sender, [userid]).get(userid, {}),
        channels=channels.by_ids(session, ids),
        endpoints=endpoints.of_channels(session, ids, now),
    )


def _samples(session: Session, registry: Registry, sender: Sender, template: str) -> dict[str, _Sample]:
    ids = [one.channel_id for one in sender.granted]
    kinds = templates.kinds(session, ids, template) if template else {}
    return {
        one.type: _sample(registry, one.type, template, kinds.get(one.channel_id, "")) for one in sender.granted
    }


def _sample(registry: Registry, type_: str, template: str, kind: str) -> _Sample:
    plugin = registry.by_type.get(type_)
    specimen = plugin.specimen(template, kind) if plugin is not None else None
    if plugin is None or specimen is None:
        return _Sample(listed=bool(kind) or not template)
    try:
        registry.content(type_, specimen.content)
    except ValidationError:  # no template is called so: what else is in the way can be told all the same
        anything = plugin.specimen()
        return _Sample(content=anything.content if anything is not None else None, listed=False)
    return _Sample(
        content=specimen.content,
        listed=bool(kind) or not template or not specimen.on_list,
        by_template=bool(template),
        by_consent=not specimen.on_list,
    )


def _person(session: Session, sender: Sender, userid: str, audience: Audience, now: float) -> Person:
    policy = sender.policy
    cap, until = policy.frequency_cap, quiet_until(policy.quiet_hours, now)
    refuses = policy.quiet_hours is not None and policy.quiet_hours.action is AtQuietHours.REFUSE
    return Person(
        # where an operator must approve it first, nothing is refused: it is held when he has
        quiet=None if until is None else Quiet(until, refuses=refuses and not policy.needs_approval),
        kept_out=bool(audiences.listed_out(session, [userid], audience.black_id, audience.white_id)),
        capped_until=None if cap is None else user_sends.free_at(session, sender.application_id, cap, userid, now),
    )


def _standing(scene: _Scene, granted: Granted) -> Standing:
    way, sample = scene.plan.routes[granted.type], scene.samples[granted.type]
    name = CHANNEL_TYPES[granted.type].property
    live = scene.bound.get(granted.type)
    account = _account(scene, granted)
    return Standing(
        person=scene.person,
        way=way,
        live=live,
        retired=_retired(scene, granted),
        binds_himself=name.scope is BindScope.CHANNEL and not name.many,
        state=granted.state,
        reason=scene.channels[granted.channel_id].reason,
        failing=_failing(scene.channels[granted.channel_id]),
        endpoint=scene.endpoints.get((granted.channel_id, way.endpoint)),
        clears=account is not None and isinstance(account.plugin, HasQuotas),
        usable=account is not None,
        listed=sample.listed,
        allowed=account is None or _is_allowed(scene, account, sample, [Leg(way, each, 0) for each in live or ()]),
        by_consent=sample.by_consent,
        now=scene.now,
    )


def _failing(channel: Channel) -> str:
    """Why its calls keep failing, where they do."""
    return "" if channel.failing is None else channel.failing.reason


def _account(scene: _Scene, granted: Granted) -> Account | None:
    """The channel with its settings, where they can be used."""
    try:
        return load(scene.gateway, scene.channels[granted.channel_id])
    except Conflict:
        return None


def _is_allowed(scene: _Scene, account: Account, sample: _Sample, legs: Sequence[Leg]) -> bool:
    """Whether one of the addresses has a credit for the template, as far as is known and as it is set."""
    if sample.content is None or not sample.by_template or not legs:
        return True
    need = need_of(scene.session, account, scene.gateway.registry.content(account.type, sample.content))
    return need is None or len(refused(scene.session, {account.id: need}, legs)) < len(legs)


def _retired(scene: _Scene, granted: Granted) -> str:
    """Why the user's addresses there are out of use."""
    name = CHANNEL_TYPES[granted.type].property
    places = bind_ids(name, granted.code, scene.sender.channel_key)
    found = (
        one.cause
        for one in scene.bindings
        if one.property == name.wire and one.bind_id in places and one.state == RETIRED
    )
    return ", ".join(dict.fromkeys(found))
