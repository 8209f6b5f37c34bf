"""`ums channel`: who may send on a channel, and whether it is in use."""

from __future__ import annotations

import click

from ums.cli.channel_views import show_channel
from ums.cli.channels import channel
from ums.cli.opening import opened_gateway, with_screen
from ums.cli.screen import Screen
from ums.services import channels

__all__ = ["channel"]


@channel.command()
@click.argument("code")
@click.argument("name")
@with_screen
def grant(screen: Screen, code: str, name: str) -> None:
    """Let the application NAME send on the channel CODE.

    \b
    Example:
      ums channel grant wechatmp123 shop
    """
    with opened_gateway() as gateway:
        channels.grant(gateway, code, name)
        show_channel(screen, channels.show(gateway, code))


@channel.command()
@click.argument("code")
@click.argument("name")
@with_screen
def revoke(screen: Screen, code: str, name: str) -> None:
    """Let the application NAME send on the channel CODE no more.

    \b
    Example:
      ums channel revoke wechatmp123 shop
    """
    with opened_gateway() as gateway:
        channels.revoke(gateway, code, name)
        show_channel(screen, channels.show(gateway, code))


@channel.command()
@click.argument("code")
@click.option("--by", metavar="CODE", required=True, help="The channel of the same type that takes its place.")
@click.option("--bindings", is_flag=True, help="Copy the addresses as well, where both are the same account.")
@with_screen
def replace(screen: Screen, code: str, by: str, bindings: bool) -> None:
    """Give the applications that send on CODE another channel; what is queued stays on the old one.

    \b
    Example:
      ums channel replace wechatmp123 --by wechatmp124
    """
    with opened_gateway() as gateway:
        copied = channels.replace(gateway, code, by, bindings=bindings)
        granted_to = channels.show(gateway, by).granted_to
    told = f"{', '.join(granted_to) or 'Nobody'} now sends on {by}; {copied} addresses were copied."
    screen.result({"granted_to": list(granted_to), "bindings": copied}, told)


@channel.command()
@click.argument("code")
@with_screen
def pause(screen: Screen, code: str) -> None:
    """Send nothing on a channel until it is resumed; its queue is kept.

    \b
    Example:
      ums channel pause wechatmp123
    """
    with opened_gateway() as gateway:
        channels.pause(gateway, code)
        show_channel(screen, channels.show(gateway, code))


@channel.command()
@click.argument("code")
@with_screen
def resume(screen: Screen, code: str) -> None:
    """Put a paused, parked or closed channel to use again.

    \b
    Example:
      ums channel resume wechatmp123
    """
    with opened_gateway() as gateway:
        channels.resume(gateway, code)
        show_channel(screen, channels.show(gateway, code))


@channel.command()
@click.argument("code")
@with_screen
def close(screen: Screen, code: str) -> None:
    """Take a channel out of service: messages that name it are refused.

    \b
    Example:
      ums channel close wechatmp123
    """
    with opened_gateway() as gateway:
        channels.close(gateway, code)
        show_channel(screen, channels.show(gateway, code))


@channel.command()
@click.argument("code")
@click.option("--force", is_flag=True, help="Cancel the deliveries that are queued on it.")
@with_screen
def remove(screen: Screen, code: str, force: bool) -> None:
    """Take a channel away for good; its history is kept.

    \b
    Example:
      ums channel remove wechatmp123
    """
    with opened_gateway() as gateway:
        kept = channels.remove(gateway, code, force=force)
    told = f"{code} is removed." if kept is None else f"{code} is removed; its deliveries can still be looked at."
    screen.result({"removed": code, "kept": kept is not None}, told)
