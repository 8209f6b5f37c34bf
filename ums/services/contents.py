"""Reading the `msg_…` members of a send: their shape, whether they may be used, and what they say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from marshmallow import ValidationError

from ums.domain.audience import Audience
from ums.domain.commands import Json
from ums.domain.errors import ChannelNotGranted, InvalidRequest, first_of
from ums.domain.privacy import masked
from ums.domain.sender import Granted, Sender
from ums.domain.views import ChannelState
from ums.domain.wire import CHANNEL_TYPES
from ums.services.gateway import Gateway
from ums.store import routes

Errors = dict[str, list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One content of a message as it was given, the channel it is for, and the path where it stands."""

    channel: Granted
    path: str
    given: dict[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadContent:
    """An element, and what its plugin has made of it."""

    element: Element
    made: object


def elements(gateway: Gateway, sender: Sender, given: Mapping[str, Json]) -> list[Element]:
    """One element for each channel type of `given` (which maps `msg_…` names to what stood there).

    Raises InvalidRequest for what is no single object, and ChannelNotGranted with the type's own code where the
    application has no usable channel for it.
    """
    errors: Errors = {}
    found: dict[str, dict[str, Json]] = {}
    for type_, names in CHANNEL_TYPES.items():
        if names.message in given:
            content = _only_element(names.message, given[names.message], errors)
            if content is not None:
                found[type_] = content
    if errors:
        raise unsendable(errors)
    return [_element(gateway, sender, type_, content) for type_, content in found.items()]


def read_contents(gateway: Gateway, sender: Sender, given: Mapping[str, Json]) -> list[ReadContent]:
    """The contents of `given`, read by their plugins.

    Raises as `elements` does, and InvalidRequest naming every wrong field by its path.
    """
    errors: Errors = {}
    read = read_all(gateway, elements(gateway, sender, given), errors)
    if errors:
        raise unsendable(errors)
    return read


def read_all(gateway: Gateway, given: Iterable[Element], errors: Errors) -> list[ReadContent]:
    """What the plugins make of the elements; what they have against one is added to `errors`."""
    read = []
    for element in given:
        try:
            made = gateway.registry.content(element.channel.type, element.given)
        except ValidationError as error:
            errors.update(field_errors(error.messages, element.path))
        else:
            read.append(ReadContent(element=element, made=made))
    return read


def unsendable(errors: Mapping[str, Sequence[str]]) -> InvalidRequest:
    """The refusal of a message with these wrong fields."""
    return InvalidRequest(f"The message can't be sent as it stands: {first_of(errors)}", errors=errors)


def _element(gateway: Gateway, sender: Sender, type_: str, content: dict[str, Json]) -> Element:
    name = CHANNEL_TYPES[type_].message
    channel = granted_channel(gateway, sender, type_, field=name, thus=f"{name} can't be sent")
    return Element(channel=channel, path=f"{name}.0", given=content)


def _only_element(name: str, value: Json, errors: Errors) -> dict[str, Json] | None:
    """The one object in a `msg_…` array; a bare object is taken as an array of one."""
    elements = value if isinstance(value, list) else [value]
    if len(elements) != 1:
        errors[name] = [f"exactly one element is sent per channel, {len(elements)} are given"]
    elif not isinstance(elements[0], dict):
        path = f"{name}.0" if isinstance(value, list) else name
        errors[path] = ["must be an object"]
    else:
        return elements[0]
    return None


def granted_channel(gateway: Gateway, sender: Sender, type_: str, *, field: str, thus: str) -> Granted:
    """The channel of a type that an application may use.

    Raises ChannelNotGranted with the type's own code where there is none; `field` is what asked for it, `thus` says
    what can't be done then (`"msg_sms can't be sent"`).
    """
    granted = next((channel for channel in sender.granted if channel.type == type_), None)
    if type_ not in gateway.registry:
        problem = f"No plugin for the channel type {type_} is installed here, so {thus}."
    elif granted is None:
        problem = (
            f"This application has no channel of the type {type_}, so {thus}. "
            f"An operator grants one with: ums channel add CODE --type {type_} --grant NAME"
        )
    elif granted.state is ChannelState.CLOSED:
        problem = f"The channel {granted.code} is closed, so {thus}."
    else:
        return granted
    raise ChannelNotGranted(problem, code=CHANNEL_TYPES[type_].not_granted, errors={field: [problem]})


def content_errors(gateway: Gateway, type_: str, content: Mapping[str, Json], path: str) -> Errors:
    """What the type's plugin has against a content that stands at `path`."""
    try:
        gateway.registry.content(type_, content)
    except ValidationError as error:
        return field_errors(error.messages, path)
    return {}


def check_addresses(gateway: Gateway, audience: Audience) -> None:
    """Raises InvalidRequest showing every address of the caller's own that can't be one of its channel type."""
    errors: Errors = {}
    for type_, addresses in audience.addresses.items():
        pattern = gateway.registry[type_].address.pattern
        wrong = [address for address in addresses if not pattern.fullmatch(address)]
        if wrong:
            errors[CHANNEL_TYPES[type_].audience] = [
                f"'{masked(address)}' is no {type_} address; the pattern is {pattern.pattern}" for address in wrong
            ]
    if errors:
        raise InvalidRequest(f"Some addresses can't be sent to: {first_of(errors)}", errors=errors)


def field_errors(messages: object, path: str) -> Errors:
    """Marshmallow's nested messages, flattened to `{"path.to.field": ["what is wrong"]}`."""
    if isinstance(messages, Mapping):
        found: Errors = {}
        for key, inner in messages.items():
            inner_path = path if key == "_schema" else f"{path}.{key}" if path else str(key)
            found.update(field_errors(inner, inner_path))
        return found
    texts = messages if isinstance(messages, list) else [messages]
    return {path: [str(text) for text in texts]}


def sender_of(gateway: Gateway, application_id: int) -> Sender:
    """The application as routing sees it."""
    with gateway.database.read() as session:
        return routes.sender(session, application_id)
