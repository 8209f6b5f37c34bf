"""Materials in a bucket of S3, or of a store that speaks its language."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Protocol

from ums.materials.shelf import NotOnShelf, StorageFault

CONNECT_SECONDS = 5
READ_SECONDS = 30
TRIES = 3
MISSING = "NoSuchKey"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """Where a bucket is, and who is let in; what is empty is left to boto3."""

    name: str
    prefix: str
    endpoint_url: str = ""
    region: str = ""
    addressing: str = "auto"
    access_key: str = ""
    secret_key: str = field(default="", repr=False)


class _Body(Protocol):
    def read(self) -> bytes: ...


class _Client(Protocol):
    """What is used of boto3's client, which has no types of its own."""

    def put_object(self, *, Bucket: str, Key: str, Body: IO[bytes], ContentLength: int) -> object: ...  # noqa: N803

    def get_object(self, *, Bucket: str, Key: str) -> Mapping[str, _Body]: ...  # noqa: N803

    def delete_object(self, *, Bucket: str, Key: str) -> object: ...  # noqa: N803


class S3Shelf:
    """One object for each material. boto3 is loaded with the first one, since that takes a while."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._lock = threading.Lock()
        self._made: _Client | None = None

    def put(self, name: str, source: IO[bytes], size: int) -> None:
        with _told():
            self._client.put_object(Bucket=self._bucket.name, Key=self._key(name), Body=source, ContentLength=size)

    def read(self, name: str) -> bytes:
        with _told():
            return self._client.get_object(Bucket=self._bucket.name, Key=self._key(name))["Body"].read()

    def remove(self, name: str) -> None:
        with _told():
            self._client.delete_object(Bucket=self._bucket.name, Key=self._key(name))

    def _key(self, name: str) -> str:
        return f"{self._bucket.prefix}/{name}" if self._bucket.prefix else name

    @property
    def _client(self) -> _Client:
        with self._lock:
            if self._made is None:
                self._made = _connect(self._bucket)
            return self._made


def _connect(bucket: Bucket) -> _Client:
    import boto3
    from botocore.config import Config

    client: _Client = boto3.session.Session().client(
        "s3",
        endpoint_url=bucket.endpoint_url or None,
        region_name=bucket.region or None,
        aws_access_key_id=bucket.access_key or None,
        aws_secret_access_key=bucket.secret_key or None,
        config=Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"total_max_attempts": TRIES, "mode": "standard"},
            s3={"addressing_style": bucket.addressing},
            # newer checksums, which many stores other than Amazon's refuse
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )
    return client


@contextmanager
def _told() -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as fault:
        if fault.response.get("Error", {}).get("Code") == MISSING:
            raise NotOnShelf from fault
        raise StorageFault(str(fault)) from fault
    except BotoCoreError as fault:
        raise StorageFault(str(fault)) from fault
