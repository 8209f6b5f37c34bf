"""What a caller of the gateway can get wrong, and what the gateway answers.

::

    Problem                      code     HTTP
    ├── InvalidRequest           4004     400   the request's own words are off: fix and send again
    │   ├── TooManyTargets       1015004  400
    │   ├── ChannelNotGranted    1015006… 400   (4004 for WeCom)
    │   ├── OwnerMissing         1015023  400
    │   ├── RuleNotValid         1015026  400
    │   ├── BroadcastsUsedUp     1015029  400
    │   ├── TemplateUnknown      1015031  400
    │   ├── TemplateNotGeneral   1015032  400
    │   ├── SensitiveWord        1015034  400
    │   ├── QuietHours           1015038  400
    │   ├── ListUnknown          1015046  400
    │   ├── AlreadyRetracted     1015055  400
    │   ├── ContentBesideTemplate 1015094 400
    │   └── BothLists            1015097  400
    ├── NotAuthenticated         4005     401
    ├── NotAllowed               4030     403
    │   └── ApplicationClosed    1015005  403
    ├── NotFound                 4040     404
    ├── MethodNotAllowed         4050     405
    ├── Conflict                 4090     409
    ├── TooLarge                 4130     413
    ├── UnsupportedMedia         4150     415
    ├── RateExceeded             1015030  429
    ├── ServerFault              5000     500   ours: logged with its traceback, never shown
    └── Unavailable              5030     503   try again later

The codes are the hosted UMS's where it has one (UMS REST API, "error codes"), else the gateway's own.
`docs/errors.md` lists them all; a test keeps the two equal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

FieldErrors = Mapping[str, Sequence[str]]


def first_of(errors: FieldErrors) -> str:
    """The first of several wrong fields in words, and how many more there are: for clients that show only this."""
    path, texts = next(iter(errors.items()))
    others = f" ({len(errors) - 1} more in errors)" if len(errors) > 1 else ""
    return f"{path}: {texts[0]}{others}"


class Problem(Exception):
    """Something a caller did, or met, that ends the request.

    `code` is the number on the wire, `status` the HTTP status, `message` one sentence for a person,
    and `errors` what is wrong with each field, by its path (`"msg_wechatmp.0.template_id"`).
    `retry_after` is in seconds, for problems that pass by themselves.
    """

    code = 5000
    status = 500

    def __init__(
        self,
        message: str,
        *,
        errors: FieldErrors | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.errors: dict[str, list[str]] = {path: list(texts) for path, texts in (errors or {}).items()}
        self.retry_after = retry_after


class InvalidRequest(Problem):
    """A field, or the request as a whole, is not what the contract allows."""

    code = 4004
    status = 400


class TooManyTargets(InvalidRequest):
    """More than 1,000 userids in one message."""

    code = 1015004


class OwnerMissing(InvalidRequest):
    """The application's messages wait for approval, and `option.owner` doesn't say who submits this one."""

    code = 1015023


class RuleNotValid(InvalidRequest):
    """The rule doesn't exist, or no longer fits the channels it names."""

    code = 1015026


class BroadcastsUsedUp(InvalidRequest):
    """The application has sent as many broadcasts today as it may."""

    code = 1015029


class TemplateUnknown(InvalidRequest):
    """There is no message template of this number."""

    code = 1015031


class TemplateNotGeneral(InvalidRequest):
    """The number is no message template's, but something else's."""

    code = 1015032


class SensitiveWord(InvalidRequest):
    """The content holds a word that this installation doesn't send."""

    code = 1015034


class QuietHours(InvalidRequest):
    """The application sends nothing at this hour."""

    code = 1015038


class ListUnknown(InvalidRequest):
    """There is no blacklist, or whitelist, of this number."""

    code = 1015046


class AlreadyRetracted(InvalidRequest):
    """The message has been retracted before."""

    code = 1015055


class ContentBesideTemplate(InvalidRequest):
    """A template send carries a `msg_…` of its own."""

    code = 1015094


class BothLists(InvalidRequest):
    """`black_id` and `white_id` stand in one request."""

    code = 1015097


class ChannelNotGranted(InvalidRequest):
    """The application has no usable channel of the type that a `msg_…` names.

    The code is that type's own (1015006 to 1015012; WeCom has none and answers 4004).
    """

    def __init__(self, message: str, *, code: int, errors: FieldErrors | None = None) -> None:
        super().__init__(message, errors=errors)
        self.code = code


class NotAuthenticated(Problem):
    """No credentials, or wrong ones."""

    code = 4005
    status = 401


class NotAllowed(Problem):
    """The credentials are right, but they don't open this door."""

    code = 4030
    status = 403


class ApplicationClosed(NotAllowed):
    """An operator has closed the application."""

    code = 1015005


class NotFound(Problem):
    """There is no such thing, or not for these credentials."""

    code = 4040
    status = 404


class MethodNotAllowed(Problem):
    """The path exists, the method doesn't."""

    code = 4050
    status = 405


class Conflict(Problem):
    """The request contradicts what is already there."""

    code = 4090
    status = 409


class TooLarge(Problem):
    """The body is larger than the limit."""

    code = 4130
    status = 413


class UnsupportedMedia(Problem):
    """The body's Content-Type is not one this path takes."""

    code = 4150
    status = 415


class RateExceeded(Problem):
    """More requests in a minute than the application may make."""

    code = 1015030
    status = 429


class ServerFault(Problem):
    """A fault of the gateway itself."""

    code = 5000
    status = 500


class Unavailable(Problem):
    """The gateway can't do this right now; the request may be sent again."""

    code = 5030
    status = 503
