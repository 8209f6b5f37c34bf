"""Some things are done in one place, so that they can be replaced there."""

from __future__ import annotations

import ast

from tests.rules.sources import shipped

PLACES = {
    "os.environ": "ums/settings.py",
    "os.getenv": "ums/settings.py",
    "time.time": "ums/clock.py",
    "datetime.now": "ums/clock.py",
    "datetime.utcnow": "ums/clock.py",
    "datetime.datetime.now": "ums/clock.py",
}


def test_the_environment_and_the_time_are_read_in_one_place_each() -> None:
    found = [
        f"{module.name}:{node.lineno} {ast.unparse(node)}: only {PLACES[ast.unparse(node)]} may"
        for module in shipped()
        if module.path.parts[0] in {"ums", "channels"}
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and PLACES.get(ast.unparse(node), module.name) != module.name
    ]
    assert found == []
