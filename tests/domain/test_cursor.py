from __future__ import annotations

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as some

from ums.domain import cursor
from ums.domain.errors import InvalidRequest


@given(some.text(min_size=1, alphabet=some.characters(exclude_categories=["Cs"])))
def test_a_cursor_leads_back_to_its_key_and_fits_a_url(key: str) -> None:
    written = cursor.written(key)
    assert cursor.read(written) == key
    assert written.replace("-", "").replace("_", "").isalnum()


@given(some.text())
def test_any_other_word_is_read_or_refused(text: str) -> None:
    with suppress(InvalidRequest):
        assert cursor.read(text)
