"""One installation for all tests of this folder; each test has a third-party platform and accounts of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.acceptance.platform.provider import Provider, open_provider
from tests.acceptance.wechat.town import Town, town


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("platform")) as found:
        yield found


@pytest.fixture
def bare(place: Town) -> Provider:
    """A third-party platform that has had no ticket yet."""
    return open_provider(place)


@pytest.fixture
def provider(bare: Provider) -> Provider:
    bare.push_ticket()
    return bare
