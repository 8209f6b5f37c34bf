"""What a call can end with besides its answer.

::

    UmsError
    ├── ApiError    the gateway refused the request; `code` says why
    └── NoAnswer    no gateway answered, or none that could be understood
"""

from __future__ import annotations

from collections.abc import Mapping


class UmsError(Exception):
    """A call that didn't succeed."""


class ApiError(UmsError):
    """The gateway refused the request.

    `status` is HTTP's, `code` the number documented in errors.md, `errors` what is wrong with each field by its
    path, `request_id` how the gateway's log names the request, `retry_after` seconds (None: waiting won't help).
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: int,
        errors: Mapping[str, list[str]] | None = None,
        request_id: str = "",
        retry_after: int | None = None,
    ) -> None:
        super().__init__(f"{message} [{code}, request {request_id or 'unknown'}]")
        self.message = message
        self.status = status
        self.code = code
        self.errors: Mapping[str, list[str]] = errors or {}
        self.request_id = request_id
        self.retry_after = retry_after


class NoAnswer(UmsError):
    """Whether the request was carried out isn't known.

    Send it again with the same `idempotency_key`, and it is carried out once (None: the call had none).
    """

    def __init__(self, message: str, *, idempotency_key: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.idempotency_key = idempotency_key
