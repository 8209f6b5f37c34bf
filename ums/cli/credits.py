"""`ums channel credits`: how many messages users still allow, who runs out, and why a balance is what it is."""

from __future__ import annotations

import click

from ums.api.schemas.credits import OverviewSchema, address_item, balance_item, overview_item
from ums.cli.opening import opened_gateway, with_screen
from ums.cli.screen import Picture, Screen, moment, table
from ums.domain.credit import Balance
from ums.domain.privacy import masked
from ums.services import credit_overview
from ums.services.credit_overview import FARTHEST, PAGE, AddressCredits, Overview
from ums.services.gateway import Gateway
from ums.services.paging import LONGEST_PAGE

LOWEST = ("openid", "user", "template", "credits", "reserved", "last change")


@click.command()
@click.argument("code")
@click.option("--template", default="", metavar="ID", help="Of this template alone.")
@click.option("--user", metavar="ID", help="Of this user, by his userid or openid: each balance, and its changes.")
@click.option("--low", type=click.IntRange(min=0), metavar="N", help="Who has no more credits than N.")
@click.option("--start", type=click.IntRange(0, FARTHEST), default=0, help="With --low: how many come before.")
@click.option("--limit", type=click.IntRange(1, LONGEST_PAGE), default=PAGE, help="With --low: how many at most.")
@with_screen
def credits(
    screen: Screen, code: str, template: str, user: str | None, low: int | None, start: int, limit: int
) -> None:
    """Show how many messages the users of a channel still allow; openids are shortened.

    \b
    Examples:
      ums channel credits wechatmp123
      ums channel credits wechatmp123 --low 0
      ums channel credits wechatmp123 --user zhangsan
    """
    if user is not None and low is not None:
        raise click.UsageError("Give either --user or --low.")
    with opened_gateway() as gateway:
        if user is not None:
            found = [_only(each, template) for each in credit_overview.of_user(gateway, code, user)]
            screen.result({"addresses": [address_item(each) for each in found]}, *_pictures(found))
        elif low is not None:
            _show_lowest(screen, gateway, code, template, low, start, limit)
        else:
            known = credit_overview.overview(gateway, code, template)
            screen.result(OverviewSchema().dump(overview_item(known)), *_overview(known))


def _overview(known: Overview) -> tuple[Picture, ...]:
    rows = [
        (
            each.template_id,
            known.titles.get(each.template_id, ""),
            f"{each.holders:,}",
            f"{each.without:,}",
            f"{each.available:,}",
            f"{each.reserved:,}",
        )
        for each in known.templates
    ]
    columns = ("template", "title", "users with credits", "users without", "credits", "reserved")
    return (
        table("Credits", columns, rows),
        f"{known.saved_calls:,} calls were saved in the last 30 days: no credit was left.",
    )


def _show_lowest(
    screen: Screen, gateway: Gateway, code: str, template: str, low: int, start: int, limit: int
) -> None:
    page = credit_overview.lowest(gateway, code, template=template, at_most=low, start=start, limit=limit)
    pictures: list[Picture] = [table("Lowest balances", LOWEST, [_row(each) for each in page.balances])]
    if page.next is not None:
        pictures.append(f"More: --start {page.next}")
    screen.result({"subscriptions": [balance_item(each) for each in page.balances], "next": page.next}, *pictures)


def _row(one: Balance) -> tuple[str, ...]:
    numbers = (str(one.available), str(one.reserved))
    return (masked(one.address), one.userid or "-", one.template_id, *numbers, moment(one.updated_at))


def _only(found: AddressCredits, template: str) -> AddressCredits:
    return found.of(template) if template else found


def _pictures(found: list[AddressCredits]) -> list[Picture]:
    pictures: list[Picture] = []
    for each in found:
        changes = [
            (
                moment(one.movement.at),
                one.movement.template_id,
                f"{one.movement.change:+}",
                str(one.movement.balance),
                one.movement.cause.value,
                one.movement.source.value if one.movement.source else "-",
                one.msgid or "-",
            )
            for one in each.changes
        ]
        columns = ("at", "template", "change", "balance", "cause", "told by", "message")
        balances = table(f"Credits of {masked(each.address)}", LOWEST, [_row(one) for one in each.balances])
        pictures += [balances, table("Changes, the newest first", columns, changes)]
    return pictures
