"""The command line: what the REST API does and what an operator of the machine needs, through the same services."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

import click

COMMANDS: Mapping[str, str] = {
    "demo": "demo.command:demo",
    "serve": "serving.command:serve",
    "worker": "serving.sending_side:worker",
    "web": "serving.command:web",
    "db": "database:db",
    "application": "applications:application",
    "access-key": "access_keys:access_key",
    "operator": "operators:operator",
    "channel": "provider_events:channel",
    "platform": "platforms:platform",
    "users": "users:users",
    "user": "people:user",
    "binding": "people:binding",
    "conflict": "people:conflict",
    "domain-file": "domain_files:domain_file",
    "segment": "segments:segment",
    "blacklist": "lists:blacklist",
    "whitelist": "lists:whitelist",
    "rule": "rules:rule",
    "template": "message_templates:template",
    "word": "words:word",
    "callback": "callbacks:callback",
    "send": "sending:send",
    "message": "messages:message",
    "approval": "approvals:approval",
    "retention": "retention:retention",
    "sandbox": "sandbox:sandbox",
    "bench": "bench.command:bench",
}
"""The commands, and where each stands in this package."""


class Commands(click.Group):
    """Lists its commands in the order in which a newcomer needs them, and imports one only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"ums.cli.{module}"), name)
        return command


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
