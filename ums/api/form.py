"""A form with a file in it (multipart/form-data), read as strictly as JSON is, and no further than it may go."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from tempfile import SpooledTemporaryFile
from typing import IO, NamedTuple

from flask import request
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from ums.api.body import check_encoding
from ums.domain.commands import Json
from ums.domain.errors import InvalidRequest, TooLarge, Unavailable, UnsupportedMedia
from ums.domain.shown import shown

FORM = "multipart/form-data"
MOST_PARTS = 8
LARGEST_FIELD = 256 * 1024
"""Bytes of a field that is no file; a limit for safety, for all that such fields say is short."""
WRAPPING = 64 * 1024
"""Bytes that a form may take beyond its file."""
MOST_BOUNDARY = 70
"""Characters of a boundary, by RFC 2046."""
RETRY_SECONDS = 10


class Upload(NamedTuple):
    """A file as it was sent; `content` stands at its beginning."""

    content: IO[bytes]
    size: int
    name: str
    content_type: str | None


class Form(NamedTuple):
    """The fields of a form by name, and its one file."""

    fields: Mapping[str, Json]
    file: Upload


def largest_form(largest_file: int) -> int:
    """Bytes of a form whose file may have `largest_file`."""
    return largest_file + WRAPPING


@contextmanager
def read_form(file_field: str, largest_file: int) -> Iterator[Form]:
    """The form in the body, with exactly one file, in the field `file_field`; the file is gone afterwards.

    Raises UnsupportedMedia; TooLarge without reading on; Unavailable where there is no room to take the file;
    InvalidRequest for a form that breaks off, has a field twice, or not exactly one file.
    """
    _check_media()
    with ExitStack() as opened:
        fields, files = _parsed(largest_file, opened)
        yield Form(_singles(fields), _only_file(fields, files, file_field, largest_file))


def _check_media() -> None:
    if request.mimetype != FORM:
        given = f"not as {shown(request.mimetype)!r}" if request.mimetype else "and say so in Content-Type"
        raise UnsupportedMedia(f"Send the body as {FORM}, {given}.")
    check_encoding()
    boundary = request.mimetype_params.get("boundary", "")
    if not (boundary.isascii() and 1 <= len(boundary) <= MOST_BOUNDARY):
        raise InvalidRequest(f"Content-Type must name the boundary of the form: {FORM}; boundary=…")


def _parsed(largest_file: int, opened: ExitStack) -> tuple[MultiDict[str, str], MultiDict[str, FileStorage]]:
    """The fields and files of the body; the files are closed with `opened`, whatever happens."""

    def file_for(*_: object, **__: object) -> IO[bytes]:
        return opened.enter_context(SpooledTemporaryFile(LARGEST_FIELD))

    request.max_content_length = largest_form(largest_file)
    parser = FormDataParser(file_for, max_form_memory_size=LARGEST_FIELD, max_form_parts=MOST_PARTS, silent=False)
    try:
        _, fields, files = parser.parse(
            request.stream, request.mimetype, request.content_length, request.mimetype_params
        )
    except RequestEntityTooLarge:
        raise TooLarge(
            f"The form is too large: its file may have {largest_file} bytes, each other field {LARGEST_FIELD}, "
            f"and there may be {MOST_PARTS} parts."
        ) from None
    except ValueError:
        raise InvalidRequest(
            f"The body can't be read as {FORM}: it breaks off, or a part of it is malformed."
        ) from None
    except OSError as fault:
        raise Unavailable(
            f"There is no room to take the file ({fault.strerror}); send it again later.", retry_after=RETRY_SECONDS
        ) from fault
    return fields, files


def _singles(fields: MultiDict[str, str]) -> dict[str, Json]:
    twice = sorted(name for name, texts in fields.lists() if len(texts) > 1)
    if twice:
        raise _wrong(twice[0], "is given more than once")
    return {name: fields[name] for name in fields}


def _only_file(fields: MultiDict[str, str], files: MultiDict[str, FileStorage], name: str, largest: int) -> Upload:
    foreign = [field for field in files if field != name]
    given = files.getlist(name)
    if name in fields:
        raise _wrong(name, "must be sent as a file, with its filename")
    if foreign:
        raise _wrong(foreign[0], f"is no file; the only one is {name}")
    if len(given) != 1 or not given[0].filename:
        raise _wrong(name, f"must be exactly one file, with its filename; {len(given)} are given")
    size = given[0].stream.seek(0, os.SEEK_END)
    given[0].stream.seek(0)
    if size > largest:
        raise TooLarge(f"{name} has {size} bytes; {largest} is all that is taken here.")
    return Upload(given[0].stream, size, given[0].filename, given[0].content_type)


def _wrong(name: str, text: str) -> InvalidRequest:
    return InvalidRequest(f"{shown(name)}: {text}", errors={shown(name): [text]})
