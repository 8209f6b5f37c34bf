"""The shelf that the settings ask for."""

from __future__ import annotations

import importlib.util
from urllib.parse import urlsplit

from ums.domain.errors import Conflict
from ums.materials.disk import DiskShelf
from ums.materials.s3 import Bucket, S3Shelf
from ums.materials.shelf import Shelf
from ums.settings import DISK, Settings


def shelf_for(settings: Settings) -> Shelf:
    """Nothing is connected yet. Raises Conflict where what the settings ask for can't be had here."""
    if settings.material_store == DISK:
        return DiskShelf(settings.home / "materials")
    if importlib.util.find_spec("boto3") is None:
        raise Conflict(
            f"material_store is {settings.material_store}, but the library for it is not installed. "
            "Install it with: pip install 'ums[s3]', or leave material_store out to keep materials on the disk."
        )
    if bool(settings.s3_access_key) != bool(settings.s3_secret_key):
        raise Conflict("s3_access_key and s3_secret_key go together: set both, or neither.")
    place = urlsplit(settings.material_store)
    return S3Shelf(
        Bucket(
            name=place.netloc,
            prefix=place.path.strip("/"),
            endpoint_url=settings.s3_endpoint_url,
            region=settings.s3_region,
            addressing=settings.s3_addressing,
            access_key=settings.s3_access_key,
            secret_key=settings.s3_secret_key,
        )
    )
