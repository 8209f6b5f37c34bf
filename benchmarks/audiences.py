"""How many users a second an audience gives out, page by page: `python -m benchmarks.audiences [--users N]`.

Everybody has a phone under `all` and an openid; half of them are `vip`, one in a thousand `rare`, and the
lists hold every tenth userid. Figures are users a second, and seconds for all pages of the audience.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import text

from ums.domain.audience import Audience
from ums.domain.segment import read_filter
from ums.domain.user_list import ListKind
from ums.store import schema, segments
from ums.store.audiences import Scope, count, select_page
from ums.store.db import Database, open_database
from ums.store.models import ListRow

SCOPE = Scope(channel_key="k" * 24, codes=("wechatmp123",))

_NUMBERS = "WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < :users) "
_BINDING = (
    "INSERT INTO bindings (user_id, property, bind_id, value, state, cause, updated_at)"
    " SELECT value, '{property}', '{bind_id}', {value}, 'active', '', 0 FROM n WHERE value % {every} = 0"
)
_FILL = (
    "INSERT INTO users (id, userid, created_at) SELECT value, 'u' || value, 0 FROM n",
    _BINDING.format(property="phone", bind_id="all", value="'138' || value", every=1),
    _BINDING.format(property="wechatmp", bind_id="wechatmp123", value="'o' || value", every=1),
    _BINDING.format(property="tag", bind_id="all", value="'vip'", every=2),
    _BINDING.format(property="tag", bind_id="all", value="'gold'", every=3),
    _BINDING.format(property="tag", bind_id="all", value="'rare'", every=1000),
    "INSERT INTO user_list_entries (list_id, userid) SELECT 1, 'u' || value FROM n WHERE value % 10 = 0",
    "INSERT INTO user_list_entries (list_id, userid) SELECT 2, 'u' || value FROM n WHERE value % 10 = 0",
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.audiences", description=__doc__)
    parser.add_argument("--users", type=int, default=1_000_000)
    parser.add_argument("--page", type=int, default=5000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        database = open_database(f"sqlite:///{Path(home) / 'audiences.db'}")
        schema.upgrade(database.engine)
        fill(database, given.users)
        print(f"{'audience':34}{'users':>10}{'seconds':>10}{'a second':>12}{'count, s':>10}")
        for name, audience in _audiences(given.users).items():
            measure(database, name, audience, given.page)
        database.close()


def fill(database: Database, users: int) -> None:
    """The users, their bindings, the lists and two segments."""
    with database.write() as session:
        for id_, kind in enumerate(ListKind, 1):
            session.add(ListRow(id=id_, kind=kind, number=1, name="tenth", size=0, created_at=0.0, updated_at=0.0))
        session.flush()
        for statement in _FILL:
            into, select = statement.split(" SELECT ", 1)
            session.execute(text(f"{into} {_NUMBERS} SELECT {select}"), {"users": users})
        tagged = read_filter({"all": [{"tag": ["vip"]}, {"has": "phone"}, {"not": {"tag": ["rare"]}}]})
        segments.add(session, "tagged", tagged, 0.0, segment_id=1)
        bound = read_filter({"any": [{"bound_on": "wechatmp123"}, {"hasnt": "email"}]})
        segments.add(session, "bound", bound, 0.0, segment_id=2)


def measure(database: Database, name: str, audience: Audience, page: int) -> None:
    """Print one line of figures."""
    start = time.perf_counter()
    found, after = 0, 0
    while True:
        with database.read() as session:
            members = select_page(session, audience, SCOPE, after, page)
        found += len(members)
        if len(members) < page:
            break
        after = members[-1].id
    seconds = time.perf_counter() - start
    start = time.perf_counter()
    with database.read() as session:
        counted = count(session, audience, SCOPE)
    assert counted == found
    counting = time.perf_counter() - start
    print(f"{name:34}{found:>10}{seconds:>10.2f}{found / seconds:>12.0f}{counting:>10.2f}")


def _audiences(users: int) -> Mapping[str, Audience]:
    some = tuple(f"u{number}" for number in range(users // 1000, users + 1, users // 1000))
    return {
        "everyone": Audience(everyone=True),
        "everyone but a blacklist": Audience(everyone=True, black_id=1),
        "everyone on a whitelist": Audience(everyone=True, white_id=1),
        "tag vip": Audience(tags=("vip",)),
        "tags vip or gold": Audience(tags=("vip", "gold")),
        "tag rare": Audience(tags=("rare",)),
        "segment with a tag": Audience(segment_id=1),
        "segment without": Audience(segment_id=2),
        "1,000 userids with a tag": Audience(userids=some, tags=("vip",)),
        "tag in a segment, blacklist": Audience(tags=("gold",), segment_id=2, black_id=1),
    }


if __name__ == "__main__":
    main()
