"""A database that was sealed with another key is noticed, and not only when a secret is needed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.factories import create_application, create_channel
from ums.domain.errors import Conflict
from ums.services import channels, installation_key
from ums.services.gateway import Gateway
from ums.store.sealing import Sealer


def with_another_key(gateway: Gateway) -> Gateway:
    return replace(gateway, sealer=Sealer("quite another key"))


def test_any_key_fits_a_database_without_secrets(gateway: Gateway) -> None:
    assert installation_key.fits(with_another_key(gateway))


def test_only_the_key_it_was_sealed_with_fits(gateway: Gateway) -> None:
    create_application(gateway)
    create_channel(gateway)
    installation_key.check(gateway)
    with pytest.raises(Conflict, match="put back"):
        installation_key.check(with_another_key(gateway))


def test_a_secret_entered_anew_makes_the_new_key_the_right_one(gateway: Gateway) -> None:
    create_application(gateway)
    create_channel(gateway, code="app1")
    changed = with_another_key(gateway)
    channels.change(changed, "app1", {"secret": "right"})
    assert installation_key.fits(changed)
