"""Results through the whole course: handed out, returned in parts, refused, archived, amended,
voided, tampered with; firms found again by a later round.
"""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import openpyxl
import pytest
from archived import DRAW, FREEZE, data_of, failing, numbered, record_of, report_of
from conftest import new_project, ran
from faults.conftest import forge, tree
from warm import amend, approved, run

from ssj import protocol
from ssj.base import params, workdays
from ssj.casebook import archive, runner
from ssj.draw import lists
from ssj.results import gone, invented, published
from ssj.results.assemble import assemble
from ssj.rosters import listings
from ssj.tables import schema
from ssj.workbooks import resultforms

ROUND = "sample60"
GONE = "已关闭停业或正在组织清算"
pytestmark = pytest.mark.slow
RESULTS, _, SECOND_RESULTS = numbered("freeze", "draw", "results", "amend", "results")[-3:]
SECOND_DRAW, RESULTS_AFTER_VOID = numbered(
    *("freeze", "draw", "results", "amend", "results"), "void", "freeze", "draw", "results"
)[-2:]


def rows_of(record: protocol.Record, day: str = "2021-12-31") -> list[dict]:
    """What would be handed in on a day, Chinese headers as keys."""
    return invented.rows(
        record, workdays.date.fromisoformat(day), workdays.read_calendar(Path("no such file"))
    )


def hand_in(folder: Path, rows: list[dict], name: str = "results.csv") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    headers = [*(c.header for c in schema.LATER["results"]), "联系电话"]
    with (folder / name).open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, headers, restval="")
        out.writeheader()
        out.writerows({**row, "联系电话": "13812345678"} for row in rows)


def answered(row: dict, **change) -> dict:
    """A row answered and reviewed, whatever was invented."""
    return {
        **row,
        "检查日期": "2021-12-08",
        "检查结果": "未发现问题",
        "处置措施": "",
        "责任单位": "",
        "整改期限": "",
        "完结日期": "",
        "录入人": "样例录入员",
        "录入日期": "2021-12-09",
        "审核人": "样例审核人",
        "公示日期": "",
        "公示网址": "",
        **change,
    }


def blank(row: dict) -> dict:
    return {
        key: row[key] if key in ("检查编号", "编号", "事项编号", "检查人员") else "" for key in row
    }


LAST_FORMS = "结果回填表（调整1，录入3）"


@pytest.fixture(scope="module")
def thrice(done_sample60, tmp_path_factory) -> Path:
    """Handed in by sections and in parts: some visits (one gone, one entered only), an amendment,
    all visits (the one found again).
    """
    project = shutil.copytree(done_sample60, tmp_path_factory.mktemp("results") / "project")
    record = record_of(project, DRAW)
    rows, folder = rows_of(record), project / "params" / ROUND / "results"
    first, second, third = (v["id"] for v in record["visits"][:3])
    known = {first: {}, second: {"检查结果": GONE, "审核人": ""}}
    hand_in(
        folder, [answered(r, **known[r["编号"]]) for r in rows if r["编号"] in known], "乙股.csv"
    )
    hand_in(folder, [blank(r) for r in rows if r["编号"] not in known], "甲股.csv")
    assert run(project, "results", ROUND) == 0
    seat = next(t for t in record["officers"]["taken"] if t["visit"] == third)
    assert amend(project, seat["officer"], "回避", "--visit", third)[0] == 0
    hand_in(folder, [answered(r) for r in rows if r["编号"] in known], "乙股.csv")
    hand_in(folder, [answered(r) for r in rows if r["编号"] not in known], "甲股.csv")
    assert run(project, "results", ROUND) == 0
    return project


def test_they_audit_clean(thrice):
    report = report_of(thrice, fast=False)
    assert (report.exit_code, [s for s in report.steps if not s.holds]) == (0, [])
    assert report.stages == numbered("freeze", "draw", "results", "amend", "results")


def test_what_the_stages_hold(thrice):
    first, second = record_of(thrice, RESULTS), record_of(thrice, SECOND_RESULTS)
    repeated = [
        [p.name for p in (data_of(thrice, s) / "in").glob("[ad][rm]*.json")]
        for s in (RESULTS, SECOND_RESULTS)
    ]
    assert repeated == [["draw.json"], ["amend.json"]]
    assert [s["file"] for s in first["sources"]] == ["乙股.csv", "甲股.csv"] and {
        r["file"] for r in first["rows"]
    } == {"乙股.csv"}
    visits = [v["id"] for v in record_of(thrice, DRAW)["visits"]]
    assert {v["id"]: v["state"] for v in first["visits"] if v["state"] != "drawn"} == {
        visits[0]: "reviewed",
        visits[1]: "entered",
    }
    assert {v["state"] for v in second["visits"]} <= {"reviewed", "closed"} and second[
        "waiting"
    ] == 0  # closed: lawfully not published
    found = {w["code"] for w in second["warnings"]}
    assert found == {"H01"} and len(second["warnings"]) == len(
        record_of(thrice, DRAW)["visits"][1]["items"]
    )
    assert "曾录入“" in (data_of(thrice, SECOND_RESULTS) / "auditor.html").read_text(
        encoding="utf-8"
    )
    assert "曾录入“" not in (data_of(thrice, SECOND_RESULTS) / "public.html").read_text(
        encoding="utf-8"
    )


def test_personal_columns_stay_out(thrice):
    first = record_of(thrice, RESULTS)
    assert all(s["redacted"] and s["dropped"] == ["联系电话"] for s in first["sources"])
    assert not any(b"13812345678" in content for content in tree(thrice / "outputs").values())


def test_the_working_copies(thrice):
    folder = thrice / "outputs" / ROUND / "files"
    sections = {
        t["internal"]["section"]
        for t in record_of(thrice, DRAW)["tables"]["targets"]
        if t["id"] in {v["id"] for v in record_of(thrice, DRAW)["visits"]}
    }
    notes = ("", "（录入2）", "（调整1，录入2）", "（调整1，录入3）")
    assert {p.name for p in folder.glob(f"{resultforms.FOLDER}*")} == {
        f"{resultforms.FOLDER}{note}" for note in notes
    }
    for note in notes:
        assert {p.name for p in (folder / f"{resultforms.FOLDER}{note}").iterdir()} == {
            f"结果回填表{part}{note}.xlsx" for part in ("", *(f" {s}" for s in sections))
        } | {f"{t}.xlsx" for t in schema.REGISTERS.values()}
    listing = listings.load(folder, "results", folder / f"{LAST_FORMS}/{LAST_FORMS}.xlsx")
    assert [p.message for p in listing.problems] == [] and all(
        row["reviewer"] for row in listing.rows
    )
    page = openpyxl.load_workbook(folder / "名录库更新建议（录入2）.xlsx")["名录库更新建议"]
    assert [c.value for c in page[1]] == gone.SUGGESTED and page.max_row - 1 == len(
        record_of(thrice, SECOND_RESULTS)["visits"]
    )


def test_the_form_handed_out_is_nothing_new(thrice, tmp_path, capsys):
    """It is pre-filled with what is archived: returned as it is, it says nothing new, and nothing
    is written.
    """
    project = shutil.copytree(thrice, tmp_path / "project")
    folder = project / "params" / ROUND
    shutil.rmtree(folder / "results")
    shutil.copyfile(
        project / "outputs" / ROUND / "files" / LAST_FORMS / f"{LAST_FORMS}.xlsx",
        folder / "results.xlsx",
    )
    before = tree(project / "outputs")
    assert run(project, "results", ROUND) == 4
    said = capsys.readouterr().err
    assert (
        "sample60 没有新的结果：交回的表和各登记表与上次归档的相同，没有再归档\n有新的结果，"
        "填好、保存后再运行。"
    ) in said
    assert tree(project / "outputs") == before


def test_all_that_is_wrong_is_said_at_once_and_nothing_is_written(thrice, tmp_path, capsys):
    project = shutil.copytree(thrice, tmp_path / "project")
    folder, before = project / "params" / ROUND, tree(project / "outputs")
    rows = rows_of(record_of(project, DRAW))
    visits = [v["id"] for v in record_of(project, DRAW)["visits"]]
    hand_in(
        folder / "results",
        [
            answered(
                r,
                **(
                    {"检查结果": "发现问题已责令改正", "处置措施": "责令改正"}
                    if n == 0
                    else {"检查编号": f"{ROUND}-999"}
                    if n == 1
                    else {}
                ),
            )
            for n, r in enumerate(r for r in rows if r["编号"] in visits[3:])
        ],
        "甲股.csv",
    )
    (folder / "objections.csv").write_text(
        "异议编号,检查编号,收到日期,异议内容\nY1,sample60-998,2021-12-20,样例\n", encoding="utf-8"
    )
    assert run(project, "results", ROUND) == 3
    said = capsys.readouterr().err
    for text in (
        "甲股.csv 第 3 行 “检查编号”列：本批次没有抽中这一户",
        "甲股.csv 第 2 行 “检查结果”列：已审核的结果与上次归档的不同",
        "objections.csv 第 2 行 “检查编号”列：",
    ):
        assert text in said
    assert tree(project / "outputs") == before


def test_a_void_after_results(thrice, tmp_path, capsys):
    """The forms of the voided draw are refused afterwards; the next attempt begins with nothing."""
    project = shutil.copytree(thrice, tmp_path / "project")
    folder = project / "params" / ROUND
    ran(project, "void", ROUND, "--reason", "名录有误", *approved())
    assert run(project, "results", ROUND) == 4 and "还没有抽取" in capsys.readouterr().err
    assert run(project, "run", ROUND) == 0
    assert (
        run(project, "results", ROUND) == 3
        and "作废的抽取发下的表也不能用" in capsys.readouterr().err
    )
    shutil.rmtree(folder / "results")
    record = record_of(project, SECOND_DRAW)
    hand_in(folder, [answered(r) for r in rows_of(record)])
    assert run(project, "results", ROUND) == 0
    assert record_of(project, RESULTS_AFTER_VOID)["warnings"] == [], (
        "what the voided attempt said of anybody is not taken over"
    )
    assert (
        project / "outputs" / ROUND / "files" / "结果回填表（第2次）" / "结果回填表（第2次）.xlsx"
    ).exists()
    assert report_of(project).exit_code == 0


def test_an_external_draw_by_groups(tmp_path):
    project = new_project(tmp_path, ROUND)
    folder = project / "params" / ROUND
    text = (folder / "round.toml").read_text(encoding="utf-8")
    (folder / "round.toml").write_text(
        text.replace('official_draw = "here"', 'official_draw = "platform"\nteam_mode = "groups"'),
        encoding="utf-8",
    )
    assert run(project, "freeze", ROUND) == 0
    frozen = record_of(project, FREEZE)
    rows = [
        (f["task"], t["id"])
        for t in frozen["tables"]["targets"]
        for f in t["internal"]["frames"]
        if f["size"]
    ][:12]
    (folder / "external.csv").write_text(
        "任务编号,编号\n" + "".join(f"{task},{i}\n" for task, i in rows), encoding="utf-8"
    )
    assert run(project, "draw", ROUND) == 0
    hand_in(folder, [answered(r) for r in rows_of(record_of(project, DRAW))])
    assert run(project, "results", ROUND) == 0
    assert failing(report_of(project)) == {} and report_of(project).exit_code == 6


# --- tampering: bags resealed, the ledger rewritten ---


def change(name: str, edit):
    """Change a record of a stage's ``in/`` or ``out/``."""

    def act(folder: Path) -> None:
        record = archive.read_record(folder / name)
        edit(record)
        (folder / name).write_bytes(protocol.canonical(record))

    return act


def last_alone(act):
    """Only in the last results stage."""
    return lambda folder: act(folder) if folder.parent.name == SECOND_RESULTS else None


def other_result(folder: Path) -> None:
    path = next((folder / "in").glob("results-02.csv"))
    path.write_text(
        path.read_text(encoding="utf-8").replace(
            "未发现问题", "未发现开展本次抽查涉及的经营活动", 1
        ),
        encoding="utf-8",
    )


TAMPERED = {
    "a row of the record": change(
        "out/results.json", lambda r: r["rows"][0].update(results=["不配合检查情节严重"])
    ),
    "a row left out": change("out/results.json", lambda r: r["rows"].pop()),
    "a state": change("out/results.json", lambda r: r["visits"][0].update(state="closed")),
    "a deadline": change(
        "out/results.json", lambda r: r["visits"][0].update(deadline="2099-01-01")
    ),
    "a warning left out": change("out/results.json", lambda r: r.update(warnings=[])),
    "a source's hash": change(
        "out/results.json", lambda r: r["sources"][0].update(sha256="0" * 64)
    ),
    "the public view": change(
        "out/published.json",
        lambda r: r["visits"][0]["items"][0].update(results=["不配合检查情节严重"]),
    ),
    "a visit left out of the public view": change(
        "out/published.json", lambda r: r["visits"].pop()
    ),
    "what was archived before": change(
        "in/earlier.json", lambda r: r["rows"][0].update(reviewer="")
    ),
    "what other rounds said": change(
        "in/known.json",
        lambda r: r["gone"].append(
            {"id": "x", "round": "x", "number": "x", "date": "", "results": []}
        ),
    ),
    "the file": other_result,
}


@pytest.mark.parametrize("name", TAMPERED)
def test_tampering_fails(thrice, tmp_path, name):
    project = shutil.copytree(thrice, tmp_path / "project")
    forge(project, results=last_alone(TAMPERED[name]))
    failed = failing(report_of(project))
    assert next(iter(failed)) == 3 and f"{SECOND_RESULTS}：" in failed[3]


def test_tampering_without_a_new_seal_fails_earlier(thrice, tmp_path):
    project = shutil.copytree(thrice, tmp_path / "project")
    TAMPERED["a row of the record"](data_of(project, SECOND_RESULTS))
    assert (
        f"{SECOND_RESULTS}：data/out/results.json 的内容与登记的不符"
        in failing(report_of(project))[2]
    )


def test_a_whole_stage_made_up_again_differs_from_its_notebook(thrice, tmp_path):
    """File, record and public view changed so that they agree: the executed notebook still shows
    what was.
    """

    def act(folder: Path) -> None:
        other_result(folder)
        stage, drawn = runner.read_stage(folder), params.read_given(folder / "in")
        before, known = (
            archive.read_record(folder / "in" / name) for name in ("earlier.json", "known.json")
        )
        is_workday = workdays.read_calendar(folder / "none")
        made = assemble(folder / "in", drawn, stage, is_workday, before, known=known).record
        (folder / "out" / "results.json").write_bytes(protocol.canonical(made))
        (folder / "out" / "published.json").write_bytes(
            protocol.canonical(published.view(drawn, made))
        )

    project = shutil.copytree(thrice, tmp_path / "project")
    forge(project, results=last_alone(act))
    failed = {s.number: s.detail for s in report_of(project, fast=False).steps if s.holds is False}
    assert set(failed) == {9, 10} and f"{SECOND_RESULTS}：重新执行得到的过程记录不同" in failed[9]
    assert failed[10].startswith("files/检查结果公示")  # which still is as it was published


# --- looked at before it is entered ---


def test_a_look_at_the_results_enters_nothing(done_sample60, tmp_path, capsys):
    project = shutil.copytree(done_sample60, tmp_path / "project")
    folder = project / "params" / ROUND
    rows = [answered(r) for r in rows_of(record_of(project, DRAW))]
    hand_in(folder, [{**rows[0], "检查结果": "很好"}, *rows[1:]])
    before = (project / "outputs" / "ledger.jsonl").read_bytes()
    assert run(project, "results", ROUND, "--check") == 3
    said = capsys.readouterr().out
    assert "检查结果”列" in said and "现为“很好”" in said
    path = project / "outputs" / ROUND / "files" / "检查结果问题清单.xlsx"
    assert f"全部问题见 outputs/{ROUND}/files/{path.name}" in said
    book = openpyxl.load_workbook(path)
    listed, copy = book["问题清单"], book.worksheets[1]
    verdict = f"results.csv：{len(rows)} 行中 {len(rows) - 1} 行能用；错误 1 个，“检查结果”列："
    assert f"\n{verdict}不认识的写法\n\n" in said
    assert listed["A3"].value == f"{verdict}不认识的写法" and listed["B5"].value == "错误"
    counted = f"表头下 {len(rows)} 行 = 使用 {len(rows) - 1} 行 + 有错误 1 行（E06 1）。"
    assert f"结果回填表（results.csv）：{counted}" in said
    assert [row[1].value for row in book["读取情况"].iter_rows(min_row=2, max_row=2)] == [
        "results.csv"
    ]
    (wrong,) = [c for row in copy.iter_rows() for c in row if c.fill.fgColor.rgb == "FFFFC7CE"]
    assert wrong.value == "很好" and wrong.comment
    hand_in(folder, rows)
    assert run(project, "results", ROUND, "--check") == 0
    assert "没有错误，可以归档：ssj results" in capsys.readouterr().out
    assert (project / "outputs" / "ledger.jsonl").read_bytes() == before


def test_returned_tables_are_mapped_as_rosters_are(done_sample60, tmp_path, capsys):
    """Sheets of sections, another title, another word: archived with the mapping.toml that says so,
    and derived from it again.
    """
    project = shutil.copytree(done_sample60, tmp_path / "project")
    folder, book = project / "params" / ROUND, openpyxl.Workbook()
    rows = [answered(r, 检查结果="好") for r in rows_of(record_of(project, DRAW))]
    for name, part in (("甲股", rows[:5]), ("乙股", rows[5:])):
        page = book.create_sheet(name)
        page.append(["流水" if key == "检查编号" else key for key in rows[0]])
        for row in part:
            page.append([*row.values()])
    book.remove(book.active)
    book.save(folder / "results.xlsx")
    assert run(project, "results", ROUND) == 3
    (folder / "mapping.toml").write_text(
        '[results]\nsheet = "全部"\n"检查编号" = "流水"\n'
        '[values."检查结果"]\n"好" = "未发现问题"\n',
        encoding="utf-8",
    )
    capsys.readouterr()
    assert run(project, "results", ROUND, "--check") == 0
    said = capsys.readouterr().out
    assert "结果回填表（results.xlsx 工作表“甲股”）：读取 5 行。" in said
    assert "的“检查结果”列有 5 格的“好”按“未发现问题”读取（mapping.toml）。" in said
    assert run(project, "results", ROUND) == 0
    archived = data_of(project, RESULTS) / "in"
    assert (archived / "mapping.toml").read_bytes() == (folder / "mapping.toml").read_bytes()
    report = report_of(project, fast=True)
    assert not [s for s in report.steps if s.holds is False]


# --- a later round ---


def later_round(project: Path, name: str) -> Path:
    """The small round's inputs once more, as another round."""
    folder = shutil.copytree(
        project / "params" / ROUND,
        project / "params" / name,
        ignore=shutil.ignore_patterns("results*"),
    )
    text = (folder / "round.toml").read_text(encoding="utf-8")
    (folder / "round.toml").write_text(
        text.replace(f'id = "{ROUND}"', f'id = "{name}"'), encoding="utf-8"
    )
    book = openpyxl.load_workbook(folder / "plan.xlsx")
    for line in book.worksheets[0].iter_rows():
        for cell in line:
            if isinstance(cell.value, str) and ROUND in cell.value:
                cell.value = cell.value.replace(ROUND, name)
    book.save(folder / "plan.xlsx")
    return folder


def test_a_firm_that_is_found_again_by_a_later_round(done_sample60, tmp_path, capsys):
    project = shutil.copytree(done_sample60, tmp_path / "project")
    hand_in(
        project / "params" / ROUND,
        [answered(r, 检查结果=GONE) for r in rows_of(record_of(project, DRAW))],
    )
    assert run(project, "results", ROUND) == 0
    folder = later_round(project, "sample61")
    capsys.readouterr()
    assert run(project, "check", "sample61", "--all") == 0
    visits = len(record_of(project, DRAW)["visits"])
    assert capsys.readouterr().out.count("名录中的状态仍在检查范围内") == visits
    assert run(project, "run", "sample61") == 0
    said = capsys.readouterr().out
    assert said.index("封库以前，请看：") < said.index("H03") < said.index("已封库：")
    record = record_of(project, DRAW, "sample61")
    hand_in(
        folder, [answered(r, 检查日期="2021-12-10", 录入日期="2021-12-10") for r in rows_of(record)]
    )
    assert run(project, "results", "sample61") == 0
    both = {v["id"] for v in record["visits"]} & {
        v["id"] for v in record_of(project, DRAW)["visits"]
    }
    made = record_of(project, RESULTS, "sample61")
    numbers = lists.visit_numbers(record)
    assert both and sorted(w["message"].partition(" ")[0] for w in made["warnings"]) == sorted(
        numbers[i] for i in both
    )
    assert report_of(project, round_id="sample61").exit_code == 0
    shutil.move(project / "outputs" / ROUND, project / "elsewhere")
    unchecked = {
        s.number: s.detail for s in report_of(project, round_id="sample61").steps if s.holds is None
    }
    assert "档案不在这里" in unchecked[3]
