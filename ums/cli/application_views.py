"""How `ums application` shows an application."""

from __future__ import annotations

from ums.api.schemas.applications import ApplicationSchema, application_document
from ums.cli.screen import Screen, facts
from ums.domain.commands import Json
from ums.domain.policy import QuietHours, clock_time
from ums.domain.views import ApplicationView
from ums.domain.wire import DEFAULT_PREFERENCE


def show_application(screen: Screen, found: ApplicationView) -> None:
    """One application in full."""
    screen.result(application_item(found), facts(_facts(found)))


def application_item(found: ApplicationView) -> dict[str, Json]:
    """The application as the admin API shows it."""
    document: dict[str, Json] = ApplicationSchema(exclude=("code",)).dump(application_document(found))
    return document


def _facts(found: ApplicationView) -> dict[str, str]:
    policy, quiet, cap = found.policy, found.policy.quiet_hours, found.policy.frequency_cap
    return {
        "application": f"{found.name} (id {found.id})",
        "channel key": found.channel_key,
        "state": found.state,
        "channels": ", ".join(found.channels.values()) or "none: ums application grant NAME CODE",
        "preference": ", ".join(found.preference or DEFAULT_PREFERENCE),
        "requests a minute": str(policy.rate_limit or "without limit"),
        "broadcasts a day": str(policy.daily_broadcasts or "without limit"),
        "quiet hours": _hours(quiet) if quiet else "none",
        "to one user": f"at most {cap.messages} messages in {cap.seconds} s" if cap else "without limit",
        "approval": "needed" if policy.needs_approval else "not needed",
        "sensitive words": "refused" if policy.checks_words else "not looked for",
        "login page": found.linking.login_url or "none",
        "returns to": ", ".join(found.linking.return_urls) or "nowhere",
        "origins": ", ".join(found.linking.origins) or "none",
        "brand": " ".join(filter(None, (found.linking.name, found.linking.color))) or "none",
        "test mode": "on: no provider is called" if policy.test_mode else "off",
    }


def _hours(quiet: QuietHours) -> str:
    return f"{clock_time(quiet.start)} to {clock_time(quiet.end)} {quiet.timezone}, {quiet.action}"
