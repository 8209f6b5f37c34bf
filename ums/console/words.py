"""The gateway's own vocabulary in the reader's language: states, statuses, roles, reasons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from flask_babel import lazy_gettext


class Term(NamedTuple):
    """A word and what it means; both are translated when they are written out."""

    word: object
    meaning: object


STATUSES: Mapping[str, Term] = {
    "clicked": Term(lazy_gettext("clicked"), lazy_gettext("The person opened it.")),
    "delivered": Term(lazy_gettext("delivered"), lazy_gettext("The provider's receipt says it arrived.")),
    "accepted": Term(
        lazy_gettext("accepted"), lazy_gettext("The provider took it; only a receipt says that it arrived.")
    ),
    "sending": Term(lazy_gettext("sending"), lazy_gettext("A call to the provider may be under way.")),
    "queued": Term(lazy_gettext("queued"), lazy_gettext("Waiting for its turn, or for its next try.")),
    "fell_over": Term(
        lazy_gettext("fell over"), lazy_gettext("Refused here, and followed by a delivery on another channel.")
    ),
    "rejected": Term(
        lazy_gettext("rejected"), lazy_gettext("Refused for its address or content; a repeat would be refused too.")
    ),
    "failed": Term(
        lazy_gettext("failed"), lazy_gettext("Lost on the provider's side, or by a fault of the gateway.")
    ),
    "unconfirmed": Term(
        lazy_gettext("unconfirmed"),
        lazy_gettext("It may have arrived; it is not repeated, so that nobody gets it twice."),
    ),
    "expired": Term(lazy_gettext("expired"), lazy_gettext("Its time to live ended before the provider had it.")),
    "cancelled": Term(lazy_gettext("cancelled"), lazy_gettext("Withdrawn before the provider had it.")),
    "unreachable": Term(lazy_gettext("unreachable"), lazy_gettext("No channel reaches this user.")),
}
"""What a delivery can be, and `fell_over`; in the order in which bars show them."""

MESSAGES: Mapping[str, object] = {
    "waiting_approval": lazy_gettext("waiting for approval"),
    "scheduled": lazy_gettext("scheduled"),
    "expanding": lazy_gettext("being prepared"),
    "sending": lazy_gettext("sending"),
    "done": lazy_gettext("done"),
    "cancelled": lazy_gettext("cancelled"),
    "refused": lazy_gettext("refused"),
}

CHANNELS: Mapping[str, Term] = {
    "ready": Term(lazy_gettext("ready"), lazy_gettext("It can be sent on.")),
    "parked": Term(
        lazy_gettext("parked"),
        lazy_gettext(
            "The provider refuses it. Put right what is told here, then press Test: its queue is kept and goes on "
            "at once. The gateway also tries again by itself now and then."
        ),
    ),
    "paused": Term(
        lazy_gettext("paused"), lazy_gettext("An operator has paused it. Its queue is kept; press Resume to go on.")
    ),
    "closed": Term(
        lazy_gettext("closed"),
        lazy_gettext("An operator has closed it; messages that name it are refused. Press Resume to reopen it."),
    ),
    "deleted": Term(lazy_gettext("deleted"), lazy_gettext("An operator has removed it; its history is kept.")),
    "failing": Term(
        lazy_gettext("failing"),
        lazy_gettext(
            "Its calls keep failing, so single ones try it, and all go out again as soon as one is answered. Its "
            "queue is kept; users who have another channel get messages there. Press Resume to call it at once."
        ),
    ),
    "resting": Term(lazy_gettext("resting"), lazy_gettext("It opens again by itself.")),
    "blocked": Term(
        lazy_gettext("blocked"), lazy_gettext("The provider refuses it. Put that right, then press Resume.")
    ),
    "open": Term(lazy_gettext("open"), lazy_gettext("It can be sent on.")),
}
"""What a channel can be, and its endpoints."""

ROLES: Mapping[str, object] = {
    "admin": lazy_gettext("admin"),
    "operator": lazy_gettext("operator"),
    "sender": lazy_gettext("sender"),
    "viewer": lazy_gettext("viewer"),
}

REASONS: Mapping[str, object] = {
    "not_bound": lazy_gettext("No address of this user is bound to the channel."),
    "address_retired": lazy_gettext("The provider refused the address for good; it counts again once bound anew."),
    "not_following": lazy_gettext("The user doesn't follow the account, and only followers get this."),
    "no_credit": lazy_gettext("The user has allowed no more messages by this template."),
    "channel_parked": lazy_gettext("An operator must mend the channel first."),
    "channel_failing": lazy_gettext("The channel's calls keep failing; it is tried by itself now and then."),
    "channel_paused": lazy_gettext("An operator has paused the channel."),
    "channel_closed": lazy_gettext("An operator has closed the channel."),
    "channel_deleted": lazy_gettext("An operator has removed the channel."),
    "channel_removed": lazy_gettext("An operator removed the channel while the delivery waited on it."),
    "unknown_user": lazy_gettext("No such userid has ever been uploaded."),
    "kept_out": lazy_gettext("The user is on the message's blacklist, or not on its whitelist."),
    "step_left": lazy_gettext("The message's rule moved on to the next step before this was handed over."),
    "consent_withdrawn": lazy_gettext(
        "The person withdrew his consent at the provider before this was handed over."
    ),
    "retracted": lazy_gettext("The message was retracted before this was handed over."),
    "frequency_cap": lazy_gettext("The user has had as many messages of late as the application may send him."),
    "dns_failed": lazy_gettext("The provider's name has no address, or its name server doesn't answer."),
    "connection_refused": lazy_gettext("Nobody listens at the provider's address."),
    "connect_timeout": lazy_gettext("No connection to the provider in time."),
    "tls_failed": lazy_gettext("No secure connection to the provider: certificate, host name, or no TLS at all."),
    "not_connected": lazy_gettext("No connection to the provider."),
    "proxy_unreachable": lazy_gettext("The proxy can't be reached."),
    "proxy_failed": lazy_gettext("The proxy could not reach the provider."),
    "proxy_refused": lazy_gettext("The proxy refuses to carry the call: see its address, user and password."),
    "answer_timeout": lazy_gettext("No whole answer in time, so nobody knows whether it was taken."),
    "connection_lost": lazy_gettext("The connection ended early, so nobody knows whether it was taken."),
    "answer_cut": lazy_gettext("The answer broke off, so nobody knows whether it was taken."),
    "answer_malformed": lazy_gettext("What came is no HTTP, so nobody knows whether it was taken."),
    "answer_too_large": lazy_gettext("The answer is larger than 1 MiB, so nobody knows whether it was taken."),
    "answer_lost": lazy_gettext("An answer came, but a crash left no readable trace of it."),
    "worker_died": lazy_gettext("The sending process died while the call was under way."),
    "worker_stopped": lazy_gettext("The sending process was stopped before the call had ended."),
    "repeat_too_late": lazy_gettext(
        "An earlier call may have arrived, and a repeat might have reached the person twice."
    ),
    "database_busy": lazy_gettext("The shared token couldn't be read: the database was locked."),
    "invalid_url": lazy_gettext("The channel's base_url can't be called."),
    "settings_unusable": lazy_gettext(
        "The channel's settings can't be used: another secret key, or a plugin that no longer takes them."
    ),
    "platform_unset": lazy_gettext(
        "The third-party platform that the channel is authorised through is not set up."
    ),
    "content_invalid": lazy_gettext("The plugin no longer takes the stored content."),
    "endless_list": lazy_gettext("The provider's pages never end."),
    "defect": lazy_gettext("A fault of the gateway's own code; its log has the traceback."),
}
"""The gateway's own reasons, as `docs/statuses.md` lists them; the provider's are explained by its plugin."""

CAUSES: Mapping[str, object] = {
    "allowed": lazy_gettext("The user allowed one more message."),
    "sent": lazy_gettext("The provider took a message."),
    "unconfirmed": lazy_gettext("A message may have arrived; it counts as taken."),
    "refused": lazy_gettext("The provider refused a message, as no credit was left."),
    "switched_off": lazy_gettext("The user switched the template off."),
}
"""Why a balance of credits changed."""

SOURCES: Mapping[str, object] = {
    "event": lazy_gettext("told by the provider"),
    "report": lazy_gettext("reported by an application"),
}
"""Who told what a user has allowed."""

TEMPLATE_TYPES: Mapping[str, object] = {
    "one_time": lazy_gettext("one-time subscription"),
    "long_term": lazy_gettext("long-term subscription"),
}
"""What a library's template asks of users; other words are the provider's own."""

CHANGES: Mapping[str, object] = {
    "added": lazy_gettext("Added"),
    "removed": lazy_gettext("Removed"),
    "changed": lazy_gettext("Changed"),
}
"""What became of a template between two refreshes."""

MEMBERS: Mapping[str, object] = {
    "title": lazy_gettext("title"),
    "kind": lazy_gettext("list"),
    "content": lazy_gettext("content"),
    "example": lazy_gettext("example"),
}
"""What of a template may say something else."""
