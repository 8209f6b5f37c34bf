"""The body of a request, read as strictly as it was announced."""

from __future__ import annotations

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from ums.api.strict_json import Malformed, is_doubtful, parse, value_fault
from ums.domain.commands import Json
from ums.domain.errors import InvalidRequest, TooLarge, UnsupportedMedia
from ums.domain.shown import shown


def read_bytes(limit: int) -> bytes:
    """The body as it came. Raises TooLarge above `limit` bytes, without reading on."""
    request.max_content_length = limit
    try:
        return request.get_data()
    except RequestEntityTooLarge:
        raise TooLarge(f"The body is larger than {limit} bytes, which is all that is taken here.") from None


def read_json(limit: int) -> Json:
    """The JSON document in the body, every value of which can be stored.

    Raises UnsupportedMedia, TooLarge, and InvalidRequest naming the place of what can't be read.
    """
    body = _document_text(limit)
    document = _parsed(body)
    fault = value_fault(document) if is_doubtful(body) else None
    if fault is not None:
        path, text = fault
        raise InvalidRequest(f"{path or 'The body'} {text}.", errors={path: [text]} if path else None)
    return document


def read_document(limit: int) -> Json:
    """The JSON document in the body, its values as they come: for lists of which each item is judged by itself.

    Raises as `read_json` does, but for values.
    """
    return _parsed(_document_text(limit))


def _document_text(limit: int) -> bytes:
    _check_media()
    text = read_bytes(limit)
    if not text.strip():
        raise InvalidRequest("The body is empty; send a JSON document.")
    return text


def _parsed(text: bytes) -> Json:
    try:
        return parse(text)
    except Malformed as fault:
        raise InvalidRequest(f"The body can't be read as JSON: {fault}.") from None


def _check_media() -> None:
    if request.mimetype != "application/json":
        given = f"not as {shown(request.mimetype)!r}" if request.mimetype else "and say so in Content-Type"
        raise UnsupportedMedia(f"Send the body as application/json, {given}.")
    charset = request.mimetype_params.get("charset", "utf-8")
    if charset.lower() not in {"utf-8", "utf8"}:
        raise UnsupportedMedia(f"JSON is sent in UTF-8, not in {shown(charset)!r}.")
    check_encoding()


def check_encoding() -> None:
    """Raises UnsupportedMedia for a body that is packed."""
    encoding = request.headers.get("Content-Encoding", "identity")
    if encoding.lower() != "identity":
        raise UnsupportedMedia(f"Send the body without Content-Encoding; {shown(encoding)!r} is not taken.")
