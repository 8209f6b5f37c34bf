"""What pages about people say: how addresses change and why, and how far a backfill is."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext

ADDRESS_CHANGES: Mapping[str, object] = {
    "bound": lazy_gettext("bound"),
    "unbound": lazy_gettext("unbound"),
    "unreachable": lazy_gettext("not reachable"),
    "reachable": lazy_gettext("reachable again"),
}
"""What happened to an address."""

BINDING_CAUSES: Mapping[str, object] = {
    "upload": lazy_gettext("uploaded"),
    "removed": lazy_gettext("the user was removed"),
    "web": lazy_gettext("came by a link"),
    "completed": lazy_gettext("the application said whose it is"),
    "app": lazy_gettext("logged in inside the app"),
    "scan": lazy_gettext("scanned a picture"),
    "union": lazy_gettext("the provider says it is the same person"),
    "visit": lazy_gettext("shown in one visit"),
    "replaced": lazy_gettext("has another address there now"),
    "person": lazy_gettext("wanted it himself"),
    "application": lazy_gettext("unbound by the application"),
    "preference": lazy_gettext("the userid that is preferred"),
    "operator": lazy_gettext("decided by an operator"),
    "erased": lazy_gettext("the provider demanded it"),
    "unfollowed": lazy_gettext("no longer follows the account"),
    "followed": lazy_gettext("follows the account again"),
}
"""Why it happened."""

CONFLICT_KINDS: Mapping[str, object] = {
    "userids": lazy_gettext("Several users have this person's addresses."),
    "addresses": lazy_gettext("His user has another address on one of the channels."),
}
"""What stands against one person's addresses being one user's."""

CONFLICT_STATES: Mapping[str, object] = {
    "open": lazy_gettext("To be decided"),
    "settled": lazy_gettext("Settled"),
    "apart": lazy_gettext("Kept apart"),
}

BACKFILLS: Mapping[str, object] = {
    "idle": lazy_gettext("not begun"),
    "running": lazy_gettext("under way"),
    "done": lazy_gettext("done"),
    "stopped": lazy_gettext("stopped"),
}
"""How a backfill stands."""

BACKFILL_CHIPS: Mapping[str, str] = {"idle": "plain", "running": "sending", "done": "ready", "stopped": "parked"}
"""The colours of that."""
