"""How `ums channel` shows a channel."""

from __future__ import annotations

from ums.api.schemas.channels import ChannelSchema
from ums.cli.screen import Screen, facts, moment
from ums.cli.values import GivenSettings, history_warning
from ums.domain.commands import Json
from ums.domain.views import ChannelDetail, ChannelView, EndpointView, Failing


def show_channel(screen: Screen, detail: ChannelDetail, given: GivenSettings | None = None) -> None:
    """One channel in full; a warning for each secret of `given` that stood on the command line."""
    screen.result(_document(detail), facts(_facts(detail)))
    for name in sorted(set(detail.secrets_set) & given.literal) if given else ():
        screen.note(history_warning(name, f"--set {name}="))


def state_of(channel: ChannelView) -> tuple[str, str]:
    """A channel's state and the reason for it, each in one cell of a table."""
    failing = channel.failing
    if failing is None:
        return channel.state, channel.reason or "-"
    return f"{channel.state}, failing", "; ".join(filter(None, (channel.reason, failing.reason)))


def _document(detail: ChannelDetail) -> dict[str, Json]:
    """The channel as the REST API shows it, and what only an operator sees."""
    shown: dict[str, Json] = ChannelSchema().dump(detail.channel)
    return {
        **shown,
        "settings": dict(detail.settings),
        "secrets_set": list(detail.secrets_set),
        "endpoints": [_endpoint(endpoint) for endpoint in detail.endpoints],
        "granted_to": list(detail.granted_to),
        "refresh_notes": dict(detail.refresh_notes),
        "hook_url": detail.hook_url,
    }


def _endpoint(endpoint: EndpointView) -> dict[str, Json]:
    return {
        "name": endpoint.name,
        "rate": endpoint.rate,
        "paused_until": endpoint.paused_until,
        "blocked": endpoint.blocked,
        "reason": endpoint.reason,
    }


def _facts(detail: ChannelDetail) -> dict[str, str]:
    channel = detail.channel
    refreshed = channel.refreshed_at
    return {
        "channel": f"{channel.code} ({channel.type}, {channel.name})",
        "state": f"{channel.state}{': ' if channel.reason else ''}{channel.reason}",
        **({"failing": _failing(channel.failing)} if channel.failing else {}),
        **{name: str(value) for name, value in detail.settings.items()},
        "secrets set": ", ".join(detail.secrets_set) or "none",
        **{f"endpoint {endpoint.name}": _pace(endpoint) for endpoint in detail.endpoints},
        "granted to": ", ".join(detail.granted_to) or "no application: ums channel grant CODE NAME",
        "templates": "never fetched" if refreshed is None else f"fetched {moment(refreshed)}",
        **{f"{kind} list": why for kind, why in detail.refresh_notes.items()},
        "push address": detail.hook_url or "none",
    }


def _failing(failing: Failing) -> str:
    since, tried = moment(failing.since), moment(failing.tried_at)
    return f"{failing.reason}, since {since}: single calls try it, the next at {tried}"


def _pace(endpoint: EndpointView) -> str:
    pace = f"{endpoint.rate:g} calls a second"
    if endpoint.blocked:
        return f"{pace}, blocked: {endpoint.reason}"
    if endpoint.paused_until is not None:
        return f"{pace}, paused until {moment(endpoint.paused_until)}: {endpoint.reason}"
    return pace
