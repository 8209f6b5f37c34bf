from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import create_application, create_channel
from ums.domain.commands import Json
from ums.domain.errors import InvalidRequest
from ums.domain.sheet import escaped, unescaped
from ums.services import users
from ums.services.gateway import Gateway
from ums.services.importing import ImportResult, import_file
from ums.services.sheets.csv_files import LONGEST_LINE

HEADER = "userid,phone,tag,app_regid\n"


@pytest.fixture
def channel(gateway: Gateway) -> str:
    return create_channel(gateway, code="app1").code


def silent(done: int, of: int | None) -> None:
    """Progress that nobody watches."""


def sheet(gateway: Gateway, content: str | bytes, name: str = "people.csv") -> Path:
    path = gateway.settings.home / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def imported(gateway: Gateway, content: str | bytes, channel: str | None = None) -> ImportResult:
    return import_file(gateway, sheet(gateway, content), channel, silent)


def rejected(result: ImportResult) -> list[list[str]]:
    assert result.rejected_file is not None
    with result.rejected_file.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def reasons(result: ImportResult) -> list[str]:
    titles, *rows = rejected(result)
    return [row[titles.index("reason")] for row in rows]


def properties(gateway: Gateway, userid: str = "zhangsan") -> dict[str, Json]:
    return dict(users.show(gateway, None, userid).properties)


def refusal(gateway: Gateway, content: str | bytes, channel: str | None = None) -> str:
    with pytest.raises(InvalidRequest) as caught:
        imported(gateway, content, channel)
    assert users.list_for(gateway, None).items == ()
    return caught.value.message


def test_rows_are_set_and_blank_cells_say_nothing(gateway: Gateway, channel: str) -> None:
    result = imported(
        gateway, HEADER + 'zhangsan,138,"vip; 北京;",fake-1;fake-2\nlisi,,,\n\n , , , \nwangwu, 139 ,,\n'
    )

    assert result == ImportResult(rows=3, taken=3, rejected=0, rejected_file=None)
    assert properties(gateway) == {
        "phone": {"all": "138"},
        "tag": {"all": ["vip", "北京"]},
        "app": {"app1": ["fake-1", "fake-2"]},
    }
    assert properties(gateway, "lisi") == {}
    assert properties(gateway, "wangwu") == {"phone": {"all": "139"}}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_it_reads_what_spreadsheet_programs_write(gateway: Gateway, encoding: str, end: str) -> None:
    text = f"userid,tag{end}张三,北京{end}lisi,vip"

    result = imported(gateway, text.encode(encoding))

    assert result.taken == 2
    assert properties(gateway, "张三") == {"tag": {"all": ["北京"]}}


def test_a_damaged_row_of_a_utf8_file_is_rejected_by_itself(gateway: Gateway) -> None:
    result = imported(gateway, "userid,tag\na,北京\nb,上海\nc,".encode() + b"\xb1\xb1\xff\n" + "d,广州\n".encode())

    assert result.taken == 3
    assert "no text" in reasons(result)[0]
    assert properties(gateway, "a") == {"tag": {"all": ["北京"]}}


def test_a_column_may_name_its_place(gateway: Gateway, channel: str) -> None:
    create_channel(gateway, code="app2")
    key = create_application(gateway).channel_key

    imported(
        gateway, f"userid,app_regid:app1,app_regid:app2,phone,phone:{key},dingtalk_userid\nu,fake-1,fake-2,1,2,d\n"
    )

    assert properties(gateway, "u") == {
        "app": {"app1": ["fake-1"], "app2": ["fake-2"]},
        "phone": {"all": "1", key: "2"},
        "dingtalkcc": "d",
    }


def test_a_column_without_a_place_goes_to_the_chosen_channel(gateway: Gateway, channel: str) -> None:
    create_channel(gateway, code="app2")

    imported(gateway, "userid,app_regid\nu,fake-1\n", channel="app2")

    assert properties(gateway, "u") == {"app": {"app2": ["fake-1"]}}


def test_a_column_without_a_place_is_refused_where_there_are_several_channels(
    gateway: Gateway, channel: str
) -> None:
    create_channel(gateway, code="app2")

    message = refusal(gateway, "userid,app_regid\nu,fake-1\n")

    assert "app1, app2" in message
    assert "app_regid:app1" in message


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("phone,tag", "no column userid"),
        ("userid;phone", "Separate cells with commas"),
        ("userid,fax", "no column 'fax'"),
        ("userid,wechatmp_openid", "no wechatmp channel yet"),
        ("userid,phone:app1", "column phone:app1: phone can't stand under app1"),
        ("userid,phone:nobody", "there is no nobody"),
        ("userid,app_regid:all", "app can't stand under all"),
        ("userid,phone,phone", "go to the same place"),
        ("userid,phone,phone:all", "go to the same place"),
        ("userid,userid", "there twice"),
        ("userid,,phone", "column 2 has no title"),
        ('"userid', "quotes don't match"),
        ("userid,\x00", "no column '\\x00'"),
    ],
)
def test_a_bad_header_is_refused_naming_what_is_wrong(
    gateway: Gateway, channel: str, header: str, said: str
) -> None:
    assert said in refusal(gateway, f"{header}\nzhangsan,1,2\n")


def test_a_chosen_channel_must_exist_and_be_used(gateway: Gateway, channel: str) -> None:
    assert "there are app1" in refusal(gateway, "userid,app_regid\nu,fake-1\n", channel="nowhere")
    assert "no column goes to it" in refusal(gateway, "userid,phone\nu,1\n", channel="app1")


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "people.csv", "is empty"),
        (b"PK\x03\x04...", "people.csv", "is no Excel workbook"),
        (b"\xd0\xcf\x11\xe0...", "people.xlsx", "an old Excel workbook .*or one with a password"),
        ("userid\nu\n".encode("utf-16"), "people.csv", "UTF-16"),
    ],
)
def test_a_file_that_is_no_csv_is_refused(gateway: Gateway, content: bytes, name: str, said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        import_file(gateway, sheet(gateway, content, name), None, silent)


def test_a_file_that_is_not_there_is_refused(gateway: Gateway) -> None:
    for path in (gateway.settings.home / "nowhere.csv", gateway.settings.home):
        with pytest.raises(InvalidRequest, match="no such file"):
            import_file(gateway, path, None, silent)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",138,,", "userid: "),
        ("a b,138,,", "userid: "),
        ("u,138", "has only 2 cells, but the first row has 4"),
        ("u,138,,,5", "has 5 cells, but the first row has 4"),
        ("u,138;139,,", "phone: holds one value, not 2"),
        ("u,1\x003,,", "phone: must be 1 to 255 characters"),
        ("u\x00,1,,", "userid: "),
        (f"u,{'1' * 256},,", "phone: must be 1 to 255 characters"),
        (f"u,{'1' * 200_000},,", f"longer than {LONGEST_LINE:,} characters"),
        ("u,1,a-b,", "tag: "),
        ("u,1,,wrong", "app_regid: "),
        ('u,"1,,', "quotes don't match"),
        ('u,"1"2,,', "quotes don't match"),
    ],
)
def test_a_bad_row_is_rejected_with_its_reason_and_spoils_no_other(
    gateway: Gateway, channel: str, row: str, reason: str
) -> None:
    result = imported(gateway, f"{HEADER}before,1,,\n{row}\nafter,1,,\n")

    assert (result.rows, result.taken, result.rejected) == (3, 2, 1)
    assert reasons(result)[0].startswith("line 3: ")
    assert reason in reasons(result)[0]
    assert [view.userid for view in users.list_for(gateway, None).items] == ["after", "before"]


def test_a_user_in_a_second_row_is_rejected(gateway: Gateway) -> None:
    filler = "".join(f"u{index},1\n" for index in range(1500))

    result = imported(gateway, f"userid,phone\nzhangsan,1\n{filler}zhangsan,2\nbad,1;2\nbad,3\n")

    assert result.rejected == 2
    assert "stands in a row above already" in reasons(result)[0]
    assert properties(gateway) == {"phone": {"all": "1"}}
    assert properties(gateway, "bad") == {"phone": {"all": "3"}}


def test_rejected_rows_can_be_corrected_and_uploaded_again(gateway: Gateway) -> None:
    first = imported(gateway, "userid,phone,tag\nu,+86138,a-b\nv,1,\n")
    assert rejected(first)[0] == ["userid", "phone", "tag", "reason"]
    assert first.rejected_file is not None
    as_it_came = first.rejected_file.read_text("utf-8-sig")
    assert imported(gateway, as_it_came).taken == 0

    second = imported(gateway, "userid,phone,tag,reason\nu,+86138,ab,\n")

    assert (second.taken, second.rejected) == (1, 0)
    assert properties(gateway, "u") == {"phone": {"all": "+86138"}, "tag": {"all": ["ab"]}}


def test_cells_that_could_be_formulas_are_escaped_in_the_file_of_rejected_rows(gateway: Gateway) -> None:
    result = imported(gateway, "userid,phone\n=HYPERLINK(1),1;2\n@x,+1;2\n")

    assert [row[:2] for row in rejected(result)[1:]] == [["'=HYPERLINK(1)", "1;2"], ["'@x", "'+1;2"]]


def test_the_file_of_rejected_rows_of_a_former_import_goes_when_all_is_well(gateway: Gateway) -> None:
    first = imported(gateway, "userid,phone\nu,1;2\n")
    assert first.rejected_file is not None

    second = imported(gateway, "userid,phone\nu,1\n")

    assert second.rejected_file is None
    assert not first.rejected_file.exists()


def test_progress_is_told_after_each_thousand_rows(gateway: Gateway) -> None:
    told: list[tuple[int, int | None]] = []
    path = sheet(gateway, "userid\n" + "".join(f"u{index}\n" for index in range(2500)))

    import_file(gateway, path, None, lambda done, of: told.append((done, of)))

    assert told == [(1000, 2500), (2000, 2500), (2500, 2500)]


def test_an_import_may_be_repeated(gateway: Gateway) -> None:
    content = "userid,tag\nzhangsan,a;b\n"
    imported(gateway, content)

    assert imported(gateway, content).taken == 1
    assert properties(gateway) == {"tag": {"all": ["a", "b"]}}


@given(cell=st.text(alphabet="'=+-@ab\t", max_size=6))
def test_escaping_can_be_undone_and_leaves_no_formula(cell: str) -> None:
    assert unescaped(escaped(cell)) == cell
    assert not escaped(cell).startswith(("=", "+", "-", "@", "\t"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200) | st.text(alphabet='uv12,;"\n\r\x00=é北', max_size=60).map(str.encode))
def test_whatever_the_rows_hold_each_is_taken_or_rejected(gateway: Gateway, content: bytes) -> None:
    result = imported(gateway, b"userid,phone\n" + content)

    assert result.taken + result.rejected == result.rows
    assert (result.rejected_file is None) == (result.rejected == 0)
