"""`ums application`: the upstream systems that may call."""

from __future__ import annotations

import click

from ums.cli.application_views import application_item, show_application
from ums.cli.credentials import secret_given, secret_option, show_credentials
from ums.cli.linking import linking_given, linking_options
from ums.cli.opening import opened_gateway, with_screen
from ums.cli.policies import policy_given, policy_option, preference_option, rate_option, test_option
from ums.cli.screen import Screen, table
from ums.cli.values import every_item
from ums.domain.policy import Policy
from ums.services import applications, channels
from ums.services.applications import ApplicationChange


@click.group()
def application() -> None:
    """Upstream systems that may call the gateway."""


@application.command()
@click.argument("name")
@click.option("--channel-key", metavar="K", help="An existing ChannelKey that is brought along.")
@secret_option
@rate_option
@policy_option
@test_option
@preference_option
@with_screen
def add(
    screen: Screen,
    name: str,
    channel_key: str | None,
    secret: str | None,
    rate_limit: int | None,
    policy_file: str | None,
    test_mode: bool | None,
    preference: tuple[str, ...] | None,
) -> None:
    """Make an application, and print its channel key and master secret.

    \b
    Examples:
      ums application add shop
      ums application add shop --channel-key 0123456789abcdef01234567 --master-secret @secret.txt
    """
    brought = secret_given(secret)
    policy = policy_given(Policy(), policy_file, rate_limit, test_mode)
    with opened_gateway() as gateway:
        made = applications.add(
            gateway,
            name,
            channel_key=channel_key,
            master_secret=brought,
            policy=policy,
            preference=preference or (),
        )
    show_credentials(screen, "channel_key", made, secret)


@application.command("list")
@click.option("--deleted", is_flag=True, help="Also those that are kept for their history alone.")
@with_screen
def list_(screen: Screen, deleted: bool) -> None:
    """Show every application and the channels it may send on.

    \b
    Example:
      ums application list
    """
    with opened_gateway() as gateway:
        found = list(every_item(lambda cursor: applications.page(gateway, cursor, deleted=deleted)))
    rows = [
        (str(item.id), item.name, item.channel_key, item.state, ", ".join(item.channels.values()) or "-")
        for item in sorted(found, key=lambda item: item.name)
    ]
    screen.result(
        {"applications": [application_item(item) for item in found]},
        table("Applications", ("id", "name", "channel key", "state", "channels"), rows),
    )


@application.command()
@click.argument("name")
@with_screen
def show(screen: Screen, name: str) -> None:
    """Show one application: its key, its channels, what it is allowed.

    \b
    Example:
      ums application show shop
    """
    with opened_gateway() as gateway:
        found = applications.by_name(gateway, name)
    show_application(screen, found)


@application.command()
@click.argument("name")
@click.option("--name", "new_name", metavar="NAME", help="What it is called from now on.")
@rate_option
@policy_option
@test_option
@preference_option
@linking_options
@with_screen
def change(
    screen: Screen,
    /,
    name: str,
    new_name: str | None,
    rate_limit: int | None,
    policy_file: str | None,
    test_mode: bool | None,
    preference: tuple[str, ...] | None,
    **linking: str | tuple[str, ...] | None,
) -> None:
    """Change what is given of an application; the rest stays. --policy puts a whole policy in place.

    --return-url and --origin may be given several times, and put the whole list in place; '' alone empties it.

    \b
    A policy file (what it doesn't name is as by default):
      {"rate_limit": 1200, "daily_broadcasts": 3, "needs_approval": false, "checks_words": true, "test_mode": false,
       "quiet_hours": {"start": "22:00", "end": "08:00", "timezone": "Asia/Shanghai", "action": "hold"},
       "frequency_cap": {"messages": 5, "seconds": 86400}}

    \b
    Examples:
      ums application change shop --rate-limit 1200
      ums application change shop --preference wechatoa,wechatmp,sms
      ums application change shop --login-url https://shop.example/login --return-url 'https://shop.example/*'
    """
    given = (new_name, rate_limit, policy_file, test_mode, preference)
    if all(one is None for one in given) and not any(one not in {None, ()} for one in linking.values()):
        raise click.UsageError("Give at least one thing to change.")
    with opened_gateway() as gateway:
        before = applications.by_name(gateway, name)
        policy = policy_given(before.policy, policy_file, rate_limit, test_mode)
        wanted = ApplicationChange(
            name=new_name, policy=policy, preference=preference, linking=linking_given(before.linking, linking)
        )
        changed = applications.change(gateway, before.id, wanted)
    show_application(screen, changed)


@application.command()
@click.argument("name")
@with_screen
def close(screen: Screen, name: str) -> None:
    """Refuse an application's requests until it is reopened; what it has sent goes its way.

    \b
    Example:
      ums application close shop
    """
    with opened_gateway() as gateway:
        applications.close(gateway, name)
        found = applications.by_name(gateway, name)
    show_application(screen, found)


@application.command()
@click.argument("name")
@with_screen
def reopen(screen: Screen, name: str) -> None:
    """Take a closed application's requests again.

    \b
    Example:
      ums application reopen shop
    """
    with opened_gateway() as gateway:
        applications.reopen(gateway, name)
        found = applications.by_name(gateway, name)
    show_application(screen, found)


@application.command("renew-secret")
@click.argument("name")
@secret_option
@with_screen
def renew_secret(screen: Screen, name: str, secret: str | None) -> None:
    """Give an application another master secret; the old one opens nothing from now on.

    \b
    Example:
      ums application renew-secret shop
    """
    brought = secret_given(secret)
    with opened_gateway() as gateway:
        made = applications.renew_secret(gateway, applications.by_name(gateway, name).id, brought)
    show_credentials(screen, "channel_key", made, secret)


@application.command()
@click.argument("name")
@click.argument("code")
@with_screen
def grant(screen: Screen, name: str, code: str) -> None:
    """Let the application NAME send on the channel CODE.

    \b
    Example:
      ums application grant shop wechatmp123
    """
    with opened_gateway() as gateway:
        channels.grant(gateway, code, name)
        found = applications.by_name(gateway, name)
    show_application(screen, found)


@application.command()
@click.argument("name")
@click.argument("code")
@with_screen
def revoke(screen: Screen, name: str, code: str) -> None:
    """Let the application NAME send on the channel CODE no more.

    \b
    Example:
      ums application revoke shop wechatmp123
    """
    with opened_gateway() as gateway:
        channels.revoke(gateway, code, name)
        found = applications.by_name(gateway, name)
    show_application(screen, found)


@application.command()
@click.argument("name")
@with_screen
def remove(screen: Screen, name: str) -> None:
    """Forget an application and its credentials; its messages can still be looked at.

    \b
    Example:
      ums application remove shop
    """
    with opened_gateway() as gateway:
        kept = applications.remove(gateway, applications.by_name(gateway, name).id)
    told = f"{name} is forgotten." if kept is None else f"{name} is removed; its messages are those of {kept.name}."
    screen.result({"removed": name, "kept_as": None if kept is None else kept.name}, told)
