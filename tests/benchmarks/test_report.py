"""Tables, plots and the page, from one document."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from benchmarks.__main__ import main
from benchmarks.machine import described
from benchmarks.report.drawing import Axis, round_up
from benchmarks.report.pages import page, plots
from benchmarks.report.tables import faults, sheets
from ums.domain.commands import Json

SVG = "{http://www.w3.org/2000/svg}"


def contestant(key: str, *rates: float, left_out: str = "") -> dict[str, Json]:
    ratios: list[Json] = [1000 / rate for rate in rates] if key != "gateway" else []
    return {
        "key": key,
        "label": f"<{key}>",
        "lacks": "" if key == "gateway" else "keeps nothing",
        "calls": 100,
        "rates": list(rates),
        "rate": rates[0] if rates else None,
        "ratios": ratios,
        "ratio": ratios[0] if ratios else None,
        "left_out": left_out,
        "faults": [],
        "load_begin": 0.25,
        "load_end": 1.5,
    }


def cell(processes: int, recipients: int, rate: float | None, *, capped: bool = True) -> dict[str, Json]:
    given: dict[str, Json] = {
        "engine": "embedded",
        "database": "postgresql",
        "processes": processes,
        "recipients": recipients,
        "capped": capped,
        "load_begin": 0.5,
        "load_end": 2.0,
        "left_out": "" if rate else "no time left of 3 minutes",
        "fault": "",
        "rates": [rate] if rate else [],
    }
    spent: dict[str, Json] = {"cpu_us_per_delivery": 121.4, "commits_per_1000": 3.4, "peak_rss_mb": 140.0}
    measured: dict[str, Json] = {"rate": rate, "in_flight": 64 if capped else 512, "efficiency": 0.91, **spent}
    return {**given, **measured} if rate else given


def document(**given: Json) -> dict[str, Json]:
    measured: dict[str, Json] = {
        "comparators": [
            contestant("gateway", 1000, 900, 1100),
            contestant("apprise", 20, 19, 21),
            contestant("celery", left_out="no broker"),
            contestant("celery_noted", left_out="no broker"),
        ],
        "ingress": {"sends_per_second": 1234, "send_p99_ms": 20.5},
        "growth": [
            *(cell(one, 10_000 * one, 1000.0 * one) for one in (1, 2, 4)),
            *(cell(2, many, 5000, capped=False) for many in (10_000, 100_000)),
            cell(2, 1_000_000, None, capped=False),
        ],
    }
    around: dict[str, Json] = {"load_begin": 0.2, "load_end": 1.9, "seconds": 180, "latency_ms": 50.0}
    return {"date": "2026-12-01", "machine": described(), **around, **measured, **given}


def test_the_page_says_where_and_how_busy_and_shows_each_row() -> None:
    shown = page(document())
    assert "Load average 0.2 at the beginning" in shown
    assert "Others were at work" not in shown
    assert "| <apprise> | 100 | 20 (19–21) | 50 (47.62–52.63) | keeps nothing | 0.25–1.5 |" in shown
    assert "| embedded | PostgreSQL | 4 | 64 | 40,000 | 4,000 | 4.00 | 91% | 121 | 3.4 | 140 | 0.5–2 |" in shown
    assert "| sends per second | 1,234 |" in shown


def test_what_was_left_out_is_told_with_its_reason_once() -> None:
    shown = page(document())
    assert "- <celery>; <celery_noted>: left out, no broker." in shown
    assert (
        "- embedded on PostgreSQL, 2 processes, 1,000,000 recipients: left out, no time left of 3 minutes." in shown
    )


def test_a_run_beside_others_work_says_so() -> None:
    assert "Others were at work" in page(document(load_begin=1.01))


def test_what_went_wrong_is_told() -> None:
    wrong = contestant("gateway")
    wrong["faults"] = ["deliveries are lost"]
    broken = document(comparators=[wrong], ingress={"fault": "RuntimeError: 500"})
    assert faults(broken) == ["deliveries are lost", "RuntimeError: 500"]
    assert "<gateway>: failed, deliveries are lost." in page(broken)
    assert faults(document()) == []


@pytest.mark.parametrize("name", ["comparators", "growth", "sizes"])
def test_a_plot_is_a_picture_by_itself(name: str) -> None:
    drawn = plots(document())[name]
    picture = Xml.fromstring(drawn)  # noqa: S314 - of our own making
    assert {found.tag for found in picture.iter()} <= {
        f"{SVG}{tag}" for tag in ("svg", "title", "desc", "style", "rect", "text", "line", "polyline", "circle")
    }
    assert drawn.count("http") == 1
    assert "prefers-color-scheme: dark" in drawn
    assert picture.findtext(f"{SVG}desc")


def test_bars_are_as_long_as_their_figures_are_large() -> None:
    picture = Xml.fromstring(plots(document())["comparators"])  # noqa: S314
    _, gateway, apprise = (float(found.attrib["width"]) for found in picture.iter(f"{SVG}rect"))
    assert gateway > apprise > 1


def test_nothing_is_drawn_of_what_was_not_measured() -> None:
    assert plots(document(comparators=[], growth=[])) == {}
    assert sheets(document(comparators=[], growth=[], ingress={})) == []


def test_an_axis_marks_round_values() -> None:
    assert Axis(0, 5000, 400, 0).ticks() == [0, 1000, 2000, 3000, 4000, 5000]
    assert Axis(10, 20_000, 0, 100, is_log=True).ticks() == [10, 100, 1000, 10_000]
    assert [round_up(value) for value in (3.1, 100, 1100, 24_000)] == [5, 100, 2000, 25_000]


def test_an_earlier_document_is_drawn_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    earlier, into = tmp_path / "figures.json", tmp_path / "drawn"
    earlier.write_text(json.dumps(document()), "utf-8")
    assert main(["--draw", str(earlier), "--figures", str(into), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == document()
    names = ["comparators.svg", "figures.json", "figures.md", "growth.svg", "sizes.svg"]
    assert sorted(path.name for path in into.iterdir()) == names
    assert (into / "figures.md").read_text("utf-8") == page(document())


def test_a_run_without_time_measures_nothing_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--quick", "--only", "growth", "--minutes", "0.01", "--figures", str(tmp_path)]) == 0
    assert "no time left of the 0.01 minutes" in capsys.readouterr().out
    assert (tmp_path / "figures.md").exists()
