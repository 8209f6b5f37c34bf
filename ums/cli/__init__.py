"""The command line: what the REST API does and what an operator of the machine needs, through the same services."""

from __future__ import annotations

import click

from ums.cli.access_keys import access_key
from ums.cli.applications import application
from ums.cli.approvals import approval
from ums.cli.bench.command import bench
from ums.cli.callbacks import callback
from ums.cli.database import db
from ums.cli.demo.command import demo
from ums.cli.domain_files import domain_file
from ums.cli.lists import blacklist, whitelist
from ums.cli.message_templates import template
from ums.cli.messages import message
from ums.cli.operators import operator
from ums.cli.people import binding, conflict, user
from ums.cli.platforms import platform
from ums.cli.provider_events import channel
from ums.cli.retention import retention
from ums.cli.rules import rule
from ums.cli.sandbox import sandbox
from ums.cli.segments import segment
from ums.cli.sending import send
from ums.cli.serving.command import serve, web, worker
from ums.cli.users import users
from ums.cli.words import word


class Ordered(click.Group):
    """Lists its commands in the order in which a newcomer needs them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(cls=Ordered, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
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


COMMANDS = (
    demo, serve, worker, web, db, application, access_key, operator, channel, platform, users, user,
    binding, conflict, domain_file, segment, blacklist, whitelist,
    rule, template, word, callback, send, message, approval, retention, sandbox, bench,
)  # fmt: skip
for _command in COMMANDS:
    main.add_command(_command)
