"""How figures are printed."""

from __future__ import annotations

import json
from collections.abc import Mapping


def tell(figures: Mapping[str, float], *, as_json: bool) -> None:
    """Print figures by their names: for programs as JSON, for people a line each."""
    if as_json:
        print(json.dumps(figures))
    else:
        for name, figure in figures.items():
            print(f"{name.replace('_', ' '):24}{figure:>10}")
