"""`ums channel`: calls of the day, by the gateway's count and the provider's; access tokens; calls looked up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import click

from ums.api.schemas.quotas import MOST, QuotasSchema, RenewedTokenSchema
from ums.cli.channel_states import channel
from ums.cli.opening import opened_gateway, with_screen
from ums.cli.screen import Screen, facts, moment, table
from ums.domain.quota import EndpointQuota
from ums.services import audits, probing, quotas, tokens
from ums.services.quotas import ChannelQuotas

__all__ = ["channel"]

COLUMNS = ("endpoint", "counted", "provider says", "a day", "left", "waiting", "asked")


@channel.command("quotas")
@click.argument("code")
@click.option("--refresh", is_flag=True, help="Ask the provider now; else what it said last is shown.")
@with_screen
def quotas_(screen: Screen, code: str, refresh: bool) -> None:
    """Show how many calls each endpoint has had today, and has left.

    \b
    Example:
      ums channel quotas wechatmp123 --refresh
    """
    with opened_gateway() as gateway:
        found = quotas.refresh(gateway, code) if refresh else quotas.list_for(gateway, code)
    show_quotas(screen, found)


@channel.command("limit-quota")
@click.argument("code")
@click.argument("endpoint")
@click.argument("daily_limit", type=click.IntRange(0, MOST))
@with_screen
def limit_quota(screen: Screen, code: str, endpoint: str, daily_limit: int) -> None:
    """Say how many calls a day an endpoint has, where the provider doesn't; 0 takes it back.

    \b
    Example:
      ums channel limit-quota wechatoa123 template 100000
    """
    with opened_gateway() as gateway:
        found = quotas.set_limit(gateway, code, endpoint, daily_limit or None)
        audits.note(gateway, None, "limit-quota", code, f"endpoint {endpoint}, daily_limit {daily_limit}")
    show_quotas(screen, found)


@channel.command("clear-quota")
@click.argument("code")
@click.argument("endpoint", required=False)
@click.option("--force", is_flag=True, help="Even where nothing is used up.")
@with_screen
def clear_quota(screen: Screen, code: str, endpoint: str | None, force: bool) -> None:
    """Have the provider count the calls of an endpoint anew, or without ENDPOINT of the whole account.

    An account may do that a few times a month only (WeChat: ten times).

    \b
    Example:
      ums channel clear-quota wechatmp123 subscription
    """
    with opened_gateway() as gateway:
        found = quotas.clear(gateway, code, endpoint, force=force)
        audits.note(gateway, None, "clear-quota", code, f"endpoint {endpoint or '(all)'}, force {force}")
    show_quotas(screen, found)


@channel.command("renew-token")
@click.argument("code")
@with_screen
def renew_token(screen: Screen, code: str) -> None:
    """Have the provider make another access token than the current one, such as after the token has leaked.

    As often as the provider allows (WeChat: 20 times a day, 30 seconds apart). The old token soon ends; the second
    renewal in a row ends it at once.

    \b
    Example:
      ums channel renew-token wechatmp123
    """
    with opened_gateway() as gateway:
        renewed = tokens.renew(gateway, code)
        audits.note(gateway, None, "renew-token", code, "")
    document = {"expires_at": renewed.held.expires_at, "left_today": renewed.left}
    told = (
        f"{code} has a new access token, good until {moment(renewed.held.expires_at)}. {renewed.left} more today."
    )
    screen.result(RenewedTokenSchema().dump(document), told)


@channel.command("look-up")
@click.argument("code")
@click.argument("mark", metavar="RID")
@with_screen
def look_up(screen: Screen, code: str, mark: str) -> None:
    """Show a call as the provider remembers it, by the RID in its words (WeChat keeps calls for seven days).

    \b
    Example:
      ums channel look-up wechatmp123 6725a1f0-1b2c3d4e-5f6a7b8c
    """
    with opened_gateway() as gateway:
        found = probing.look_up(gateway, code, mark)
    shown = {
        "at": moment(found.at),
        "took": f"{found.milliseconds} ms at the provider",
        "from": found.client_ip,
        "called": found.url,
        "request": found.request,
        "response": found.response,
    }
    screen.result(asdict(found), facts(shown))


def show_quotas(screen: Screen, found: ChannelQuotas) -> None:
    """A channel's quotas, and what the figures mean."""
    rows = [_row(quota) for quota in found.quotas]
    screen.result(QuotasSchema().dump(found), table("Calls today", COLUMNS, rows), "\n".join(_lines(found)))


def _row(quota: EndpointQuota) -> tuple[str, ...]:
    asked = "not today" if quota.asked_at is None else moment(quota.asked_at)
    figures = (quota.counted, quota.used, quota.limit, quota.remaining, quota.waiting)
    return (quota.endpoint, *("-" if figure is None else str(figure) for figure in figures), asked)


def _lines(found: ChannelQuotas) -> Iterator[str]:
    for quota in found.quotas:
        if quota.told:
            yield f"{quota.endpoint}: {quota.told}"
    if found.quotas:
        yield f"The day ends {moment(found.quotas[0].resets_at)}."
    if found.asks:
        yield f"Cleared {found.clears} of {found.clears_allowed} times this month."
    else:
        yield "The provider of this type tells no quotas: only the gateway's own count is known."
