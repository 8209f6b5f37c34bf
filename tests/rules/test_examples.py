"""The examples in docstrings do what they say."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest

from tests.rules.sources import shipped

NAMES = [".".join(module.path.with_suffix("").parts) for module in shipped() if "\n    >>> " in module.text]


@pytest.mark.parametrize("name", NAMES)
def test_an_example_does_what_it_says(name: str) -> None:
    result = doctest.testmod(import_module(name.removesuffix(".__init__")))
    assert result.attempted > 0
    assert result.failed == 0
