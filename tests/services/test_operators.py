from __future__ import annotations

import threading
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select

from tests.factories import create_gateway
from tests.fakes import FrozenClock
from ums.domain.errors import Conflict, InvalidRequest, NotAuthenticated, NotFound
from ums.services import operators
from ums.services.gateway import Gateway
from ums.services.operators import Role, SessionToken
from ums.store.models import LoginLinkRow, OperatorRow, SessionRow

THREADS, ROUNDS = 40, 25


def link_of(url: str) -> str:
    return url.rpartition("/")[2]


def signed_in(gateway: Gateway, name: str = "zhangsan") -> SessionToken:
    return operators.sign_in(gateway, link_of(operators.add(gateway, name, "admin").login_url))


def rows(gateway: Gateway, table: type[LoginLinkRow | SessionRow]) -> int:
    with gateway.database.read() as session:
        return session.scalars(select(func.count()).select_from(table)).one()


def test_a_new_operator_is_given_a_link_into_the_console(gateway: Gateway) -> None:
    made = operators.add(gateway, "张三", "operator")
    assert (made.name, made.role, made.token) == ("张三", "operator", None)
    assert made.login_url.startswith(f"{gateway.settings.address}/console/login/")
    assert len(link_of(made.login_url)) == 43
    assert link_of(made.login_url) not in repr(made)


@pytest.mark.parametrize("role", list(Role))
def test_there_are_four_roles_and_two_of_them_run_channels(gateway: Gateway, role: Role) -> None:
    made = operators.add(gateway, "zhangsan", role.value)
    operator = operators.sign_in(gateway, link_of(made.login_url)).operator
    assert operator.role is role
    assert operator.runs_channels == (role in {Role.ADMIN, Role.OPERATOR})


def test_it_refuses_an_unknown_role_and_tells_the_known_ones(gateway: Gateway) -> None:
    with pytest.raises(InvalidRequest) as refused:
        operators.add(gateway, "zhangsan", "boss")
    assert refused.value.errors == {"role": ["one of admin, operator, sender, viewer"]}


@pytest.mark.parametrize("name", ["", " lisi", "li\nsi", "x" * 65])
def test_it_refuses_an_unusable_name(gateway: Gateway, name: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        operators.add(gateway, name, "viewer")
    assert "1 to 64" in refused.value.errors["name"][0]


def test_it_refuses_a_name_already_taken(gateway: Gateway) -> None:
    operators.add(gateway, "zhangsan", "viewer")
    with pytest.raises(Conflict, match="'zhangsan'"):
        operators.add(gateway, "zhangsan", "admin")


def test_a_link_works_once(gateway: Gateway) -> None:
    link = link_of(operators.add(gateway, "zhangsan", "viewer").login_url)
    assert operators.sign_in(gateway, link).operator.name == "zhangsan"
    with pytest.raises(NotAuthenticated, match="ums operator login NAME"):
        operators.sign_in(gateway, link)


@pytest.mark.parametrize("link", ["", "x", "x" * 43, "密钥", "\udc80"])
def test_an_unknown_link_is_refused(gateway: Gateway, link: str) -> None:
    operators.add(gateway, "zhangsan", "viewer")
    with pytest.raises(NotAuthenticated):
        operators.sign_in(gateway, link)


def test_of_many_parallel_uses_of_one_link_exactly_one_wins(gateway: Gateway) -> None:
    operators.add(gateway, "zhangsan", "viewer")
    for _ in range(ROUNDS):
        link = link_of(operators.login_link(gateway, "zhangsan"))
        assert winners(gateway, link) == 1
    assert rows(gateway, SessionRow) == ROUNDS


def winners(gateway: Gateway, link: str) -> int:
    """How many of 40 threads sign in with the link when all use it at once."""
    start = threading.Barrier(THREADS)
    won: list[str] = []

    def use() -> None:
        start.wait()
        try:
            won.append(operators.sign_in(gateway, link).value)
        except NotAuthenticated:
            return

    threads = [threading.Thread(target=use) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(won)


@pytest.mark.parametrize(("seconds", "works"), [(14 * 60 + 59, True), (15 * 60, False), (15 * 60 + 1, False)])
def test_a_link_is_good_for_fifteen_minutes(gateway: Gateway, seconds: float, works: bool) -> None:
    link = link_of(operators.add(gateway, "zhangsan", "viewer").login_url)
    clock = FrozenClock(gateway.clock.now() + seconds)
    later = create_gateway(home=gateway.settings.home, clock=clock)
    try:
        if works:
            assert operators.sign_in(later, link).operator.name == "zhangsan"
        else:
            with pytest.raises(NotAuthenticated):
                operators.sign_in(later, link)
    finally:
        later.close()


@pytest.mark.parametrize(("seconds", "lasts"), [(12 * 3600 - 1, True), (12 * 3600, False)])
def test_a_session_lasts_twelve_hours(gateway: Gateway, seconds: float, lasts: bool) -> None:
    token = signed_in(gateway)
    assert token.expires_at == gateway.clock.now() + 12 * 3600
    later = create_gateway(home=gateway.settings.home, clock=FrozenClock(gateway.clock.now() + seconds))
    try:
        assert (operators.of_session(later, token.value) is not None) == lasts
    finally:
        later.close()


def test_each_sign_in_has_a_session_of_its_own(gateway: Gateway) -> None:
    first = signed_in(gateway)
    second = operators.sign_in(gateway, link_of(operators.login_link(gateway, "zhangsan")))
    assert first.value != second.value
    operators.sign_out(gateway, first.value)
    assert operators.of_session(gateway, first.value) is None
    assert operators.of_session(gateway, second.value) == first.operator


def test_signing_out_twice_changes_nothing(gateway: Gateway) -> None:
    token = signed_in(gateway)
    operators.sign_out(gateway, token.value)
    operators.sign_out(gateway, token.value)
    assert rows(gateway, SessionRow) == 0


def test_a_link_is_no_session_and_no_token(gateway: Gateway) -> None:
    made = operators.add(gateway, "zhangsan", "admin", with_token=True)
    assert made.token
    for held in (link_of(made.login_url), made.token):
        assert operators.of_session(gateway, held) is None
    assert operators.operator_of_token(gateway, link_of(made.login_url)) is None


def test_an_api_token_is_known_by_its_digest(gateway: Gateway) -> None:
    made = operators.add(gateway, "robot", "sender", with_token=True)
    operators.add(gateway, "zhangsan", "admin")
    assert made.token
    assert made.token not in repr(made)
    found = operators.operator_of_token(gateway, made.token)
    assert found is not None
    assert (found.name, found.role) == ("robot", Role.SENDER)
    for wrong in ("", made.token[:-1], "None"):
        assert operators.operator_of_token(gateway, wrong) is None


def test_the_database_holds_nothing_that_opens_the_console(gateway: Gateway) -> None:
    made = operators.add(gateway, "zhangsan", "admin", with_token=True)
    session_token = operators.sign_in(gateway, link_of(operators.login_link(gateway, "zhangsan"))).value
    with gateway.database.read() as session:
        kept = [
            session.scalars(select(OperatorRow.token_digest)).one(),
            session.scalars(select(LoginLinkRow.digest)).one(),
            session.scalars(select(SessionRow.digest)).one(),
        ]
    held = [made.token, link_of(made.login_url), session_token]
    assert kept == [operators.digest(secret or "") for secret in held]
    assert not set(kept) & set(held)


def test_a_link_for_nobody_is_not_found(gateway: Gateway) -> None:
    with pytest.raises(NotFound, match="ums operator add NAME"):
        operators.login_link(gateway, "nobody")


def test_what_has_run_out_is_forgotten_and_the_rest_kept(gateway: Gateway) -> None:
    token = signed_in(gateway)
    operators.login_link(gateway, "zhangsan")
    later = create_gateway(home=gateway.settings.home, clock=FrozenClock(gateway.clock.now() + 3600))
    try:
        fresh = operators.login_link(later, "zhangsan")
        operators.forget_expired(later)
        assert (rows(later, LoginLinkRow), rows(later, SessionRow)) == (1, 1)
        assert operators.of_session(later, token.value)
        assert operators.sign_in(later, link_of(fresh))
    finally:
        later.close()


def test_links_point_to_the_public_address(gateway: Gateway) -> None:
    parts = urlsplit(operators.add(gateway, "zhangsan", "viewer").login_url)
    assert f"{parts.scheme}://{parts.netloc}" == gateway.settings.address
