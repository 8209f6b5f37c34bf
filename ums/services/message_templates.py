"""Message templates: made, changed, shown, tried out and removed by operators; named by sends."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from ums.domain.app_push import ANYWHERE, APP, AppParameters
from ums.domain.commands import Json, TemplateUsed
from ums.domain.errors import InvalidRequest, NotFound, TemplateNotGeneral, TemplateUnknown, first_of
from ums.domain.message_template import MessageTemplate, sample_values, surplus_in, values_of
from ums.domain.placeholders import Content
from ums.domain.sender import Granted, Sender
from ums.domain.template_findings import Finding
from ums.domain.views import Page
from ums.domain.wire import CHANNEL_TYPES
from ums.services import linting, template_checks
from ums.services.contents import Element, Errors, granted_channel, read_all
from ums.services.gateway import Gateway
from ums.services.linting import Checked
from ums.services.names import LARGEST_ID, check_name, id_taken, taken, unknown
from ums.services.paging import PAGE, after_id, check_limit, page_of
from ums.services.template_checks import place_of
from ums.store import message_templates as store
from ums.store import templates as remote_store
from ums.store.db import Session
from ums.store.message_templates import KeptTemplate

THING = "message template"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a template makes of some values, by channel type, and what should be looked at."""

    contents: Mapping[str, Content]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """What is sent on each channel type, the template that made it, and what its sender should know."""

    checked: Checked
    template: TemplateUsed
    warnings: tuple[str, ...] = ()


def add(gateway: Gateway, name: str, template: MessageTemplate, template_id: int | None = None) -> KeptTemplate:
    """Make a message template, under a number of one's own choice or the next free one.

    Raises InvalidRequest for an unusable name or template, Conflict for a name or a number that is taken.
    """
    check_name(name)
    template_checks.check(gateway, template)
    with gateway.database.write() as session:
        _check_free(session, name)
        if template_id is not None and store.by_id(session, template_id) is not None:
            raise id_taken(THING, template_id)
        return store.add(session, name, template, gateway.clock.now(), template_id=template_id)


def change(gateway: Gateway, template_id: int, name: str, template: MessageTemplate) -> KeptTemplate:
    """Make another version, which counts from now on; what says the same as before is no other version.

    Messages already sent keep what they were sent with. Raises NotFound, and otherwise as `add` does.
    """
    check_name(name)
    template_checks.check(gateway, template)
    with gateway.database.write() as session:
        before = _found(session, template_id)
        if before.name != name:
            _check_free(session, name)
        elif before.template.says(template):
            return before
        store.change(session, template_id, name, template, gateway.clock.now())
        return _found(session, template_id)


def remove(gateway: Gateway, template_id: int) -> None:
    """Forget a template with all its versions; messages that name it are refused from now on. Raises NotFound."""
    with gateway.database.write() as session:
        if not store.remove(session, template_id):
            raise unknown(THING, template_id)


def show(gateway: Gateway, template_id: int, version: int | None = None) -> KeptTemplate:
    """The template as it counts now, or as it was in `version`. Raises NotFound."""
    with gateway.database.read() as session:
        return _found(session, template_id, version)


def list_all(gateway: Gateway, cursor: str | None = None, limit: int = PAGE) -> Page[KeptTemplate]:
    """Templates by number. Raises InvalidRequest for a cursor that no answer gave, a limit out of 1 to 1,000."""
    check_limit(limit)
    with gateway.database.read() as session:
        found = store.page(session, after=after_id(cursor), limit=limit + 1)
    return page_of(found, limit, lambda kept: str(kept.id))


def versions(
    gateway: Gateway, template_id: int, cursor: str | None = None, limit: int = PAGE
) -> Page[KeptTemplate]:
    """A template's versions by number. Raises NotFound, and otherwise as `list_all` does."""
    check_limit(limit)
    with gateway.database.read() as session:
        _found(session, template_id)
        found = store.versions(session, template_id, after=after_id(cursor), limit=limit + 1)
    return page_of(found, limit, lambda kept: str(kept.version))


def findings(gateway: Gateway, kept: KeptTemplate) -> tuple[Finding, ...]:
    """What should be looked at in a template, as the providers' lists were last fetched."""
    contents = template_checks.rendered(kept.template, sample_values(kept.template.variables))
    return template_checks.findings(gateway, kept.template, contents)


def preview(gateway: Gateway, template_id: int, given: Mapping[str, Json] | None = None) -> Preview:
    """What a send with these values would say; a value that isn't given is the variable's sample.

    Contents that a plugin would refuse are told among the findings. Raises NotFound, and InvalidRequest for
    a value that is surplus or no text.
    """
    template = show(gateway, template_id).template
    surplus = surplus_in(template.variables, given or (), "values")
    if surplus:
        raise InvalidRequest(f"The values don't fit the message template: {first_of(surplus)}", errors=surplus)
    values = values_of(template.variables, {**sample_values(template.variables), **(given or {})}, "values")
    contents = template_checks.rendered(template, values)
    refused = [
        Finding(path=path, text=text)
        for path, texts in template_checks.refusals(gateway, contents).items()
        for text in texts
    ]
    return Preview(contents=contents, findings=(*refused, *template_checks.findings(gateway, template, contents)))


def contents_for(
    gateway: Gateway,
    sender: Sender,
    template_id: int | str,
    values: Mapping[str, Json],
    *,
    app: AppParameters | None = None,
    only: Collection[str] = (),
) -> Rendered:
    """What a send by this template says on each of its channel types, or on those of `only` where any are named.

    A value that the template has no variable for is told of and no more: one map often feeds several templates.

    Raises TemplateUnknown for a number that no message template has, TemplateNotGeneral for what is a
    template of a provider instead, InvalidRequest for values that don't fit or that make a content the
    channel refuses, and ChannelNotGranted for a type that the application has no usable channel of.
    """
    with gateway.database.read() as session:
        kept = _named(session, sender, template_id)
    texts = values_of(kept.template.variables, values, "template_para")
    template = _narrowed(kept, only)
    granted = {
        type_: granted_channel(gateway, sender, type_, field="template_id", thus="this template can't be sent")
        for type_ in template.types
    }
    if APP in template.channels and app is None:
        text = f"is missing; message template {kept.id} has a content for app push, so give at least its platform"
        raise InvalidRequest(f"app_para: {text}.", errors={"app_para": [text]})
    contents = template_checks.rendered(template, texts, app or ANYWHERE)
    checked = _checked(gateway, kept.id, granted, contents)
    surplus = surplus_in(kept.template.variables, values, "template_para")
    return Rendered(
        checked=checked,
        template=TemplateUsed(id=kept.id, version=kept.version),
        warnings=tuple(f"{path} {text}" for path, texts in surplus.items() for text in texts),
    )


def _checked(
    gateway: Gateway, template_id: int, granted: Mapping[str, Granted], contents: Mapping[str, dict[str, Json]]
) -> Checked:
    """The contents read and linted. Raises InvalidRequest for one that its channel can't read."""
    errors: Errors = {}
    elements = [
        Element(channel=granted[type_], path=place_of(type_), given=content) for type_, content in contents.items()
    ]
    read = read_all(gateway, elements, errors)
    if errors:
        text = f"Message template {template_id} makes nothing that can be sent of these values: {first_of(errors)}"
        raise InvalidRequest(text, errors=errors)
    return linting.check(gateway, read)


def _narrowed(kept: KeptTemplate, only: Collection[str]) -> MessageTemplate:
    """The template with the contents for `only`, or with all where nothing is named."""
    for type_ in only:
        if type_ not in kept.template.channels:
            has = ", ".join(kept.template.types)
            text = f"message template {kept.id} has no content for {type_}; it has {has}"
            name = CHANNEL_TYPES[type_].audience
            raise InvalidRequest(f"{name}: {text}.", errors={name: [text]})
    channels = {type_: kept.template.channels[type_] for type_ in only or kept.template.types}
    return replace(kept.template, channels=channels)


def _named(session: Session, sender: Sender, template_id: int | str) -> KeptTemplate:
    """The template that a send names.

    Providers' templates have ids of their own, some of them numbers: one that stands in the list of a channel
    of the application is told from one that nobody knows.
    """
    number = template_id if isinstance(template_id, int) and 1 <= template_id <= LARGEST_ID else None
    kept = None if number is None else store.by_id(session, number)
    if kept is not None:
        return kept
    channel_ids = [channel.channel_id for channel in sender.granted]
    if remote_store.is_listed(session, channel_ids, str(template_id)):
        text = f"{template_id!r} is a provider's template; give the number of a message template."
        raise TemplateNotGeneral(f"template_id: {text}", errors={"template_id": [text]})
    if isinstance(template_id, str):
        text = "must be a whole number, the id of a message template"
        raise InvalidRequest(f"template_id: {text}.", errors={"template_id": [text]})
    text = f"There is no message template {template_id}."
    raise TemplateUnknown(text, errors={"template_id": [text]})


def _found(session: Session, template_id: int, version: int | None = None) -> KeptTemplate:
    kept = store.by_id(session, template_id, version)
    if kept is None and version is not None and store.by_id(session, template_id) is not None:
        raise NotFound(f"There is no version {version} of the {THING} {template_id}.")
    if kept is None:
        raise unknown(THING, template_id)
    return kept


def _check_free(session: Session, name: str) -> None:
    if store.by_name(session, name) is not None:
        raise taken(THING, name)
