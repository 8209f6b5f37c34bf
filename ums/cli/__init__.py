"""The command line: what the REST API does and what an operator of the machine needs, through the same services."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple

import click
from click.shell_completion import CompletionItem

from ums.collecting import collect_again, put_off_collecting


class Place(NamedTuple):
    """Where in this package a command stands, and what it is for; its code is loaded only to run it."""

    module: str
    name: str
    purpose: str


COMMANDS: Mapping[str, Place] = {
    "demo": Place("demo.command", "demo", "Do the main job, live, on this machine."),
    "serve": Place("serving.command", "serve", "Run the gateway."),
    "worker": Place("serving.sending_side", "worker", "Run the sending side alone."),
    "web": Place("serving.command", "web", "Run API and console alone."),
    "db": Place("database", "db", "Bring the tables up to date."),
    "application": Place("applications", "application", "Upstream systems that may call the gateway."),
    "access-key": Place("access_keys", "access_key", "Keys to all users and channels."),
    "operator": Place("operators", "operator", "People who sign in to the console."),
    "channel": Place("provider_events", "channel", "The ways out."),
    "platform": Place("platforms", "platform", "The third-party platform: accounts authorised by QR code."),
    "users": Place("users", "users", "People and what reaches them."),
    "user": Place("people", "user", "One person."),
    "binding": Place("people", "binding", "Whose addresses are whose."),
    "conflict": Place("people", "conflict", "Two userids for one person."),
    "domain-file": Place("domain_files", "domain_file", "Files that prove a domain."),
    "segment": Place("segments", "segment", "Segments: saved filters over the users."),
    "blacklist": Place("lists", "blacklist", "Users who get nothing from messages that name the list."),
    "whitelist": Place("lists", "whitelist", "Users who alone get messages that name the list."),
    "rule": Place("rules", "rule", "How the channels of a message follow one another."),
    "template": Place("message_templates", "template", "What a message says on every channel."),
    "word": Place("words", "word", "Sensitive words: what this installation doesn't send."),
    "callback": Place("callbacks", "callback", "Where applications are told of their messages."),
    "send": Place("sending", "send", "Send one message."),
    "message": Place("messages", "message", "How far messages have come, and why."),
    "approval": Place("approvals", "approval", "Messages that wait for an operator."),
    "retention": Place("retention", "retention", "What is kept, for how long, and what is over."),
    "sandbox": Place("sandbox", "sandbox", "Run the WeChat sandbox."),
    "bench": Place("bench.command", "bench", "Measure how many deliveries a second this machine does."),
}
"""The commands, in the order in which a newcomer needs them."""


class Commands(click.Group):
    """Knows all commands by name and purpose, and imports one only when it is asked for."""

    def __call__(self, *positional: Any, **named: Any) -> Any:
        """Run as the program of a process: what it loads stays until its end."""
        put_off_collecting()
        return super().__call__(*positional, **named)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        place = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(f"ums.cli.{place.module}"), place.name)
        collect_again()
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, place.purpose) for name, place in COMMANDS.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands that begin so, without loading any, and the options."""
        found = [
            CompletionItem(name, help=COMMANDS[name].purpose) for name in COMMANDS if name.startswith(incomplete)
        ]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="ums", prog_name="ums")
def main() -> None:
    """A self-hosted unified messaging gateway: one message, whichever channel reaches the person.

    \b
    See it work:                 ums demo
    Run it:                      ums serve
    Sign in to the console:      ums operator add zhangsan --role admin
    Let a system call it:        ums application add shop

    Settings come from the environment (UMS_…) and from ums.toml in UMS_HOME. Every command takes --json.
    Exit status: 0 done, 1 refused or not as it should be, 2 wrong command line or settings.
    """
