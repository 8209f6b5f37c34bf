"""Materials on the local disk and in a bucket, with everything that can befall them on the way."""

from __future__ import annotations

import resource
import stat
import sys
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import IO

import boto3
import pytest
from moto.server import ThreadedMotoServer
from sqlalchemy import func, select

from tests.factories import create_application
from tests.fakes import FrozenClock
from ums.dispatch import timer
from ums.domain.errors import Conflict, NotFound, TooLarge, Unavailable
from ums.domain.material import Material, digest
from ums.materials.choosing import shelf_for
from ums.materials.shelf import NotOnShelf, Shelf
from ums.services import materials
from ums.services.gateway import Gateway
from ums.services.materials import UNFINISHED, NewMaterial
from ums.settings import Settings
from ums.store.models import MaterialRow

BUCKET = "ums-materials"


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of an S3 service on loopback, with a bucket."""
    server = ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    _, port = server.get_host_and_port()
    address = f"http://127.0.0.1:{port}"
    boto3.client(
        "s3",
        "us-east-1",
        endpoint_url=address,
        aws_access_key_id="AKIATESTS",
        aws_secret_access_key="for tests only",
    ).create_bucket(Bucket=BUCKET)
    yield address
    server.stop()


@pytest.fixture(params=["disk", f"s3://{BUCKET}", f"s3://{BUCKET}/mails/files/"])
def stocked(request: pytest.FixtureRequest, gateway: Gateway) -> Gateway:
    """A gateway with each kind of shelf."""
    place: str = request.param
    if place == "disk":
        return gateway
    return in_bucket(gateway, request.getfixturevalue("s3"), place)


@pytest.fixture
def shop(gateway: Gateway) -> int:
    return create_application(gateway).id


def in_bucket(gateway: Gateway, address: str, place: str = f"s3://{BUCKET}") -> Gateway:
    settings = Settings(
        home=gateway.settings.home,
        material_store=place,
        s3_endpoint_url=address,
        s3_access_key="AKIATESTS",
        s3_secret_key="for tests only",
    )
    return replace(gateway, materials=shelf_for(settings))


def leave(gateway: Gateway, application_id: int, data: bytes = b"%PDF", hours: int = 1) -> str:
    new = NewMaterial(
        application_id=application_id,
        file_name="may.pdf",
        content_type="application/pdf",
        size=len(data),
        hours=hours,
    )
    return materials.keep(gateway, new, BytesIO(data))


def name_of(url: str) -> str:
    """What a material is called on its shelf."""
    return digest(url.rpartition("/")[2])


def shelved(gateway: Gateway) -> list[str]:
    return sorted(path.name for path in (gateway.settings.home / "materials").glob("*"))


def rows(gateway: Gateway) -> int:
    with gateway.database.read() as session:
        return session.scalar(select(func.count()).select_from(MaterialRow)) or 0


def test_what_was_left_is_opened_as_it_was(stocked: Gateway, shop: int) -> None:
    data = bytes(range(256)) * 1000
    first, second = leave(stocked, shop, data), leave(stocked, shop, b"")
    assert materials.open_material(stocked, first, shop) == Material(
        file_name="may.pdf", content_type="application/pdf", data=data
    )
    assert materials.open_material(stocked, second, shop).data == b""


def test_the_address_can_not_be_guessed(stocked: Gateway, shop: int) -> None:
    first, second = leave(stocked, shop), leave(stocked, shop)
    assert first.startswith(f"{stocked.settings.address}/v1/material/")
    assert first != second
    assert len(first.rpartition("/")[2]) == 43


@pytest.mark.parametrize("url", ["", "https://shop.example/may.pdf", "/v1/material/x", "http://[/v1/material/"])
def test_other_addresses_are_none(gateway: Gateway, shop: int, url: str) -> None:
    with pytest.raises(NotFound):
        materials.open_material(gateway, url, shop)
    with pytest.raises(NotFound):
        materials.open_material(gateway, f"{gateway.settings.address}/v1/material/{'a' * 43}", shop)


def test_anothers_material_is_not_opened(stocked: Gateway, shop: int) -> None:
    bank = create_application(stocked, name="bank").id
    with pytest.raises(NotFound):
        materials.open_material(stocked, leave(stocked, shop), bank)


def test_an_address_given_under_an_earlier_public_url_still_opens(gateway: Gateway, shop: int) -> None:
    path = leave(gateway, shop).removeprefix(gateway.settings.address)
    assert materials.open_material(gateway, f"https://ums.example.com{path}", shop).data == b"%PDF"


def test_the_clock_removes_what_is_over_and_nothing_else(stocked: Gateway, shop: int, clock: FrozenClock) -> None:
    over, kept = leave(stocked, shop), leave(stocked, shop, hours=2)
    clock.advance(3600)
    timer.forget(stocked)
    with pytest.raises(NotFound):
        materials.open_material(stocked, over, shop)
    with pytest.raises(NotOnShelf):
        stocked.materials.read(name_of(over))
    assert materials.open_material(stocked, kept, shop).data == b"%PDF"


def test_on_the_disk_it_is_its_owners_alone(gateway: Gateway, shop: int) -> None:
    url = leave(gateway, shop)
    assert shelved(gateway) == [name_of(url)]
    directory = gateway.settings.home / "materials"
    assert [stat.S_IMODE(path.stat().st_mode) for path in (directory, directory / name_of(url))] == [0o700, 0o600]


@pytest.fixture
def small_files() -> Iterator[None]:
    """Files can't grow beyond a megabyte, which is how a disk that fills up looks like to whoever writes one."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("small_files")
def test_a_disk_that_fills_up_on_the_way_leaves_nothing(gateway: Gateway, shop: int) -> None:
    with pytest.raises(Unavailable) as refused:
        leave(gateway, shop, b"x" * 2**21)
    assert refused.value.retry_after
    assert (shelved(gateway), rows(gateway)) == ([], 0)
    assert leave(gateway, shop, b"x" * 2**19)


def test_a_bucket_that_refuses_leaves_nothing(gateway: Gateway, shop: int, s3: str) -> None:
    elsewhere = in_bucket(gateway, s3, "s3://no-such-bucket")
    with pytest.raises(Unavailable):
        leave(elsewhere, shop)
    assert rows(gateway) == 0


def test_a_bucket_that_is_silent_is_told_from_a_material_that_is_not_there(
    gateway: Gateway, shop: int, s3: str
) -> None:
    url = leave(in_bucket(gateway, s3), shop)
    with pytest.raises(Unavailable):
        materials.open_material(in_bucket(gateway, "http://127.0.0.1:9"), url, shop)


def test_a_material_whose_file_is_gone_is_not_found(stocked: Gateway, shop: int) -> None:
    url = leave(stocked, shop)
    stocked.materials.remove(name_of(url))
    with pytest.raises(NotFound):
        materials.open_material(stocked, url, shop)


class PowerCut(BaseException):
    """Nothing after this is done."""


class DyingShelf:
    """A real shelf in a process that dies just after a file was kept, or removed."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def put(self, name: str, source: IO[bytes], size: int) -> None:
        self._shelf.put(name, source, size)
        raise PowerCut

    def read(self, name: str) -> bytes:
        return self._shelf.read(name)

    def remove(self, name: str) -> None:
        self._shelf.remove(name)
        raise PowerCut


def test_what_a_crash_leaves_of_a_file_is_removed_later(gateway: Gateway, shop: int, clock: FrozenClock) -> None:
    with pytest.raises(PowerCut):
        leave(replace(gateway, materials=DyingShelf(gateway.materials)), shop)
    assert (len(shelved(gateway)), rows(gateway)) == (1, 1)
    (gateway.settings.home / "materials" / f"{shelved(gateway)[0]}.draft").write_text("half of it")
    clock.advance(UNFINISHED - 1)
    materials.forget_expired(gateway)
    assert rows(gateway) == 1, "it may still be on its way"
    clock.advance(1)
    materials.forget_expired(gateway)
    assert (shelved(gateway), rows(gateway)) == ([], 0)


def test_a_crash_while_removing_serves_nothing_and_is_caught_up(
    gateway: Gateway, shop: int, clock: FrozenClock
) -> None:
    urls = [leave(gateway, shop) for _ in range(3)]
    clock.advance(3600)
    with pytest.raises(PowerCut):
        materials.forget_expired(replace(gateway, materials=DyingShelf(gateway.materials)))
    assert (len(shelved(gateway)), rows(gateway)) == (2, 3)
    for url in urls:
        with pytest.raises(NotFound):
            materials.open_material(gateway, url, shop)
    materials.forget_expired(gateway)
    assert (shelved(gateway), rows(gateway)) == ([], 0)


def test_what_is_on_its_way_counts_for_the_total(gateway: Gateway, shop: int) -> None:
    little = replace(gateway, settings=replace(gateway.settings, max_materials_bytes=1024))
    with pytest.raises(PowerCut):
        leave(replace(little, materials=DyingShelf(gateway.materials)), shop, b"x" * 1000)
    with pytest.raises(TooLarge):
        leave(little, shop, b"x" * 25)


def test_without_the_library_a_bucket_is_refused_with_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(Conflict, match=r"pip install 'ums\[s3\]'"):
        shelf_for(Settings(home=tmp_path, material_store="s3://bucket"))


def test_half_of_the_credentials_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="go together"):
        shelf_for(Settings(home=tmp_path, material_store="s3://bucket", s3_access_key="AKIA"))
