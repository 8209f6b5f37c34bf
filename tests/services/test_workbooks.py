from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook

from tests.factories import create_channel
from ums.domain.commands import Json
from ums.domain.errors import InvalidRequest
from ums.services import users
from ums.services.gateway import Gateway
from ums.services.importing import ImportResult, import_file

HEADER = ("userid", "phone", "tag", "app_regid")
CELL = '<c r="{0}" t="inlineStr"><is><t>{1}</t></is></c>'
PARTS: dict[str, str | bytes] = {
    "[Content_Types].xml": (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/></Types>'
    ),
    "_rels/.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
        '<sheets><sheet name="people" sheetId="1" r:id="r1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
        'Target="worksheets/sheet1.xml"/></Relationships>'
    ),
}
"""What a workbook has beside its only sheet."""


@pytest.fixture(autouse=True)
def channel(gateway: Gateway) -> str:
    return create_channel(gateway, code="app1").code


def silent(done: int, of: int | None) -> None:
    """Progress that nobody watches."""


def imported(path: Path, gateway: Gateway) -> ImportResult:
    return import_file(gateway, path, None, silent)


def saved(gateway: Gateway, *rows: tuple[str | float | None, ...]) -> Path:
    """A workbook with these rows, as a spreadsheet program saves it."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    return kept(gateway, book)


def kept(gateway: Gateway, book: Workbook) -> Path:
    path = gateway.settings.home / "people.xlsx"
    book.save(path)
    return path


def packed(gateway: Gateway, cells: Sequence[tuple[str, str]], **further: str | bytes) -> Path:
    """A workbook made by hand: cells by their references, a row for each, and further parts."""
    rows = "".join(f"<row>{CELL.format(place, text)}</row>" for place, text in cells)
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{rows}</sheetData></worksheet>"
    )
    path = gateway.settings.home / "people.xlsx"
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, content in (PARTS | {"xl/worksheets/sheet1.xml": sheet} | further).items():
            archive.writestr(name, content)
    return path


def properties(gateway: Gateway, userid: str) -> dict[str, Json]:
    return dict(users.show(gateway, None, userid).properties)


def rejected(result: ImportResult) -> list[list[str]]:
    assert result.rejected_file is not None
    with result.rejected_file.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def refusal(path: Path, gateway: Gateway) -> str:
    with pytest.raises(InvalidRequest) as caught:
        imported(path, gateway)
    assert users.list_for(gateway, None).items == ()
    return caught.value.message


def test_a_workbook_is_taken_as_people_fill_it_in(gateway: Gateway) -> None:
    path = saved(
        gateway,
        HEADER,
        (1001, 13800138000, "vip; 员工", "fake-reg1"),
        (" zhangsan ", "13800138001", True, None),
        (None, None, None, None),
        ("lisi", None, 20260102.5, "fake-reg3"),
    )
    result = imported(path, gateway)
    assert (result.rows, result.taken, result.rejected_file) == (3, 3, None)
    assert properties(gateway, "1001") == {
        "phone": {"all": "13800138000"},
        "tag": {"all": ["vip", "员工"]},
        "app": {"app1": ["fake-reg1"]},
    }
    assert properties(gateway, "zhangsan")["tag"] == {"all": ["TRUE"]}
    assert properties(gateway, "lisi")["tag"] == {"all": ["20260102.5"]}


def test_rows_that_cannot_be_taken_come_back_with_their_line_and_reason(gateway: Gateway) -> None:
    path = saved(
        gateway,
        HEADER,
        ("zhangsan", "13800138000"),
        (None,),
        ("lisi", "one\ntwo"),
        (12345678901234567890, "13800138002"),
        ("", "13800138003"),
    )
    result = imported(path, gateway)
    titles, *rows = rejected(result)
    assert titles == [*HEADER, "reason"]
    assert [row[-1].partition(":")[0] for row in rows] == ["line 4", "line 5", "line 6"]
    assert "more digits than the 15" in rows[1][-1]
    assert rows[1][1] == "13800138002"
    assert (result.taken, result.rejected) == (1, 3)


def test_the_first_sheet_that_people_see_counts_and_its_header_may_stand_lower(gateway: Gateway) -> None:
    book = Workbook()
    hidden, seen = book.active, book.create_sheet("people")
    assert hidden is not None
    hidden.append(("nothing", "of", "interest"))
    hidden.sheet_state = "hidden"
    for row in ((), (), ("", *HEADER[:2]), ("", "zhangsan", "13800138000"), ("", "lisi\tsi", "13800138001")):
        seen.append(row)
    result = imported(kept(gateway, book), gateway)
    assert properties(gateway, "zhangsan") == {"phone": {"all": "13800138000"}}
    assert rejected(result)[1][-1].startswith("line 5: ")


def test_a_workbook_that_asks_for_all_memory_is_refused(gateway: Gateway) -> None:
    path = packed(gateway, [("A1", "userid"), ("XFD1048576", "far away")])
    assert path.stat().st_size < 2048
    assert "takes more than 1,024 MiB or 60 s" in refusal(path, gateway)


def test_a_sheet_with_too_many_rows_is_refused(gateway: Gateway) -> None:
    said = refusal(packed(gateway, [("A1", "userid"), ("A1000002", "zhangsan")]), gateway)
    assert "has 1,000,001 rows; at most 1,000,000 are taken" in said


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("xl/worksheets/sheet1.xml", "<no", "is no Excel workbook"),
        ("xl/workbook.xml", "", "is no Excel workbook|no visible sheet"),
        ("xl/vbaProject.bin", b"\0", "holds macros"),
        ("xl/media/zeros.bin", b"\0" * 1024, None),
    ],
)
def test_what_is_odd_about_a_workbook_is_told(gateway: Gateway, name: str, content: str, said: str | None) -> None:
    path = packed(gateway, [("A1", "userid"), ("A2", "zhangsan")], **{name: content})
    if said is None:
        assert imported(path, gateway).taken == 1
    else:
        with pytest.raises(InvalidRequest, match=said):
            imported(path, gateway)


def test_a_workbook_of_thousands_of_sheets_is_refused(gateway: Gateway) -> None:
    further = {f"xl/worksheets/sheet{number}.xml": "" for number in range(2, 1100)}
    assert "has 1,103 parts" in refusal(packed(gateway, [("A1", "userid")], **further), gateway)


def test_a_sheet_without_a_cell_is_empty(gateway: Gateway) -> None:
    assert "is empty" in refusal(packed(gateway, []), gateway)


def test_nothing_of_a_formula_is_run_or_written_back_as_one(gateway: Gateway) -> None:
    path = packed(gateway, [("A1", "userid"), ("A2", "=1+1 is no userid"), ("A3", "@SUM(A1)")])
    result = imported(path, gateway)
    assert [row[0] for row in rejected(result)[1:]] == ["'=1+1 is no userid"]
    assert result.taken == 1
