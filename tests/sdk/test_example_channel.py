"""`channels/README.md` holds the code of the channel in `tests/sdk/channels`, and of its tests, as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "channels" / "README.md"
EXAMPLE = ROOT / "tests/sdk/channels/sms"
SOURCES = {"plugin": EXAMPLE / "__init__.py", "test": EXAMPLE / "tests/test_contract.py"}


@pytest.mark.parametrize("name", SOURCES)
def test_the_page_holds_the_code_as_it_stands(name: str) -> None:
    source = SOURCES[name].read_text(encoding="utf-8")
    (block,) = re.findall(rf"\A# -- start {name}\n(.*?)\n+# -- end {name}\n\Z", source, re.DOTALL)
    of_a_reader = block.replace("from tests.sdk.channels.", "from channels.")
    assert f"```python\n{of_a_reader}\n```" in PAGE.read_text(encoding="utf-8")


def test_the_page_names_every_capability_and_error() -> None:
    page = PAGE.read_text(encoding="utf-8")
    names = ("HasToken", "HasTemplates", "HasLint", "HasHook", "HasExplanations", "Transient", "Throttled",
             "BadChannel", "BadAddress", "BadContent", "Uncertain", "Accepted")  # fmt: skip
    assert [name for name in names if f"`{name}`" not in page] == []
