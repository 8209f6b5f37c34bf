"""One installation for all tests of this folder; each test has an application and accounts of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.acceptance.wechat.shop import Shop, open_shop
from tests.acceptance.wechat.town import Town, town


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("wechat")) as found:
        yield found


@pytest.fixture
def shop(place: Town) -> Shop:
    return open_shop(place)
