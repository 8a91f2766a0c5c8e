"""The forms handed out: read back as they are, lists to choose from, pre-filled with what is known,
sections, registers, same bytes.
"""

from __future__ import annotations

from datetime import date

import openpyxl
import pytest
from returned import PROBLEM, TIME, answered, windowed, write

from ssj.base import workdays
from ssj.draw import lists
from ssj.results import findings, registers
from ssj.results.assemble import assemble
from ssj.tables import cells, schema
from ssj.workbooks import resultforms


@pytest.fixture
def record(small_record) -> dict:
    return windowed(small_record)


def put(folder, content: bytes, name: str = "results.xlsx"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    return folder


def sheet_of(content: bytes, folder):
    return openpyxl.load_workbook(put(folder, content) / "results.xlsx").worksheets


def archived(record, folder) -> dict:
    write(folder, answered(record, **PROBLEM, 整改期限="2022-01-08", 备注="样例"))
    stage = {"time": TIME, "sources": []}
    return assemble(folder, record, stage, workdays.read_calendar(folder / "none")).record


def test_the_unfilled_form_waits_without_a_problem(record, tmp_path):
    form = resultforms.copies(record)["结果回填表.xlsx"]()
    found = findings.read(put(tmp_path, form), record, TIME)
    assert (found.problems, found.rows, found.wrong, found.waiting) == (
        [],
        [],
        0,
        sum(len(v["items"]) for v in record["visits"]),
    )


def test_the_filled_form_is_read_as_answered(record, tmp_path):
    """As Excel leaves it: dates as dates, texts as texts."""
    put(tmp_path, resultforms.copies(record)["结果回填表.xlsx"]())
    book = openpyxl.load_workbook(tmp_path / "results.xlsx")
    page, header = book[resultforms.SHEET], resultforms.HEADER_ROW + 1
    at = {cell.value: cell.column for cell in page[header]}
    for row in range(header + 1, page.max_row + 1):
        if page.cell(row, at["编号"]).value == "S004":
            for name, value in {
                "检查日期": date(2021, 12, 8),
                "检查结果": "发现问题已责令改正；发现问题待后续处理；违反其他规定",
                "处置措施": "责令改正、移送办案机构",
                "录入人": "样例录入员",
                "录入日期": date(2021, 12, 9),
            }.items():
                page.cell(row, at[name], value)
    book.save(tmp_path / "results.xlsx")
    found = findings.read(tmp_path, record, TIME)
    assert found.problems == [] and found.waiting == 3
    assert [
        (r["number"], r["item"], r["date"], r["results"], r["measure"]) for r in found.rows
    ] == [
        (
            "tiny-002",
            item,
            "2021-12-08",
            ["发现问题已责令改正", "发现问题待后续处理", "违反其他规定"],
            ["责令改正", "移送办案机构"],
        )
        for item in ("I1", "I2")
    ]


def test_the_next_form_holds_what_is_archived_and_reads_back_to_the_same(record, tmp_path):
    before = archived(record, tmp_path / "first")
    form = resultforms.copies(record, before, 1)["结果回填表（录入2）.xlsx"]()
    found = findings.read(put(tmp_path / "next", form), record, TIME, before["rows"])
    assert found.problems == [] and found.waiting == 2
    assert [{**r, "file": "", "row": 0} for r in found.rows] == [
        {**r, "file": "", "row": 0} for r in before["rows"]
    ]


def test_one_form_for_each_section_and_all_together_hold_every_row_once(record, tmp_path):
    made = resultforms.copies(record)
    assert [name for name in made if name.startswith(resultforms.NAME)] == [
        "结果回填表.xlsx",
        "结果回填表 乙股.xlsx",
        "结果回填表 甲股.xlsx",
    ]
    for section in ("甲股", "乙股"):
        put(tmp_path / "results", made[f"结果回填表 {section}.xlsx"](), f"{section}.xlsx")
    found = findings.read(tmp_path, record, TIME)
    assert (found.problems, found.waiting) == ([], 5)


def test_what_a_person_sees(record, tmp_path):
    page, how = sheet_of(resultforms.copies(record)["结果回填表 乙股.xlsx"](), tmp_path)
    assert page.title == "检查结果" and how.title == "填写说明" and not page.protection.sheet
    assert page.cell(1, 1).value == (
        "结果回填表　乙股（2 户，4 行）　样例局　样例抽查（tiny，第 1 次抽取）　检查期间 "
        "2021年12月6日至2021年12月17日"
    )
    assert (
        page.cell(2, 1).value.startswith("【演示批次：样例数据")
        and "内部使用：2021-12-06 公布日之前不得带出本单位" in page.cell(2, 1).value
    )
    headers = [cell.value for cell in page[3]]
    assert headers == [c.header for c in schema.LATER["results"]]
    first = dict(zip(headers, page[4], strict=True))
    names, people = lists.names(record, "targets"), lists.names(record, "officers")
    assert (first["编号"].value, first["名称"].value, first["检查日期"].value) == (
        "S004",
        names["S004"],
        None,
    )
    assert all(f"{people[o]}（{o}）" in first["检查人员"].value for o in ("P2", "P3", "P4"))
    assert (first["编号"].number_format, first["检查日期"].number_format) == ("@", "yyyy-mm-dd")
    assert page.freeze_panes == "D4" and page.print_title_rows == "$3:$3"
    explained = {
        row[0].value: (row[1].value, row[2].value)
        for row in how.iter_rows()
        if row[0].value in headers
    }
    assert set(explained) == set(headers) and all(said and who for said, who in explained.values())
    assert any("第 1 版" in str(row[1].value) for row in how.iter_rows())


def test_lists_to_choose_from(record, tmp_path):
    page, how = sheet_of(resultforms.copies(record)["结果回填表.xlsx"](), tmp_path)
    offers = {
        next(iter(v.sqref.ranges)).min_col: v
        for v in page.data_validations.dataValidation
        if v.type == "list"
    }
    at = {cell.value: cell.column for cell in page[3]}
    assert set(offers) == {at["检查结果"], at["处置措施"]}
    source = offers[at["检查结果"]].formula1
    assert source.startswith(("'填写说明'!$B$", "填写说明!$B$"))
    first, last = (int(part.rpartition("$")[2]) for part in source.split(":"))
    choices = [how.cell(row, 2).value for row in range(first, last + 1)]
    assert choices == list(resultforms.CHOICES)
    parse = cells.PARSERS["results"]
    assert {name for choice in choices for name in parse(choice)} == {
        *schema.RESULTS,
        *schema.KINDS_TO_FOLLOW,
    }
    assert offers[at["处置措施"]].formula1 == f'"{",".join(schema.FOLLOW_UP)}"'
    assert {v.errorStyle for v in offers.values()} == {"information"}, (
        "several may apply: nothing is locked"
    )
    assert all(
        len(v.promptTitle) <= 32 and len(v.prompt) <= 255
        for v in page.data_validations.dataValidation
        if v.prompt
    )


@pytest.mark.parametrize("table", schema.REGISTERS)
def test_blank_registers_read_as_nothing(record, tmp_path, table):
    form = resultforms.copies(record)[f"{schema.REGISTERS[table]}.xlsx"]()
    own = registers.read(put(tmp_path, form, f"{table}.xlsx"), record, TIME)
    assert (own.problems, own.rows[table]) == ([], [])
    page = openpyxl.load_workbook(tmp_path / f"{table}.xlsx").worksheets[0]
    at = {cell.value: cell.column for cell in page[3]}
    lists_of = {
        next(iter(v.sqref.ranges)).min_col: v.formula1
        for v in page.data_validations.dataValidation
        if v.type == "list"
    }
    for column in schema.LATER[table]:
        choices = ["是", "否"] if column.kind == "bool" else list(column.words or ())
        assert lists_of.get(at[column.header]) == (f'"{",".join(choices)}"' if choices else None)


def test_names_follow_attempt_amendment_and_stage(record):
    later = {
        **record,
        "attempt": 2,
        "amendments": [
            {
                "officer": "P2",
                "visits": [],
                "all": False,
                "date": "2021-12-01",
                "taken": [],
                "raised": [],
                "skipped": [],
            }
        ],
    }
    assert (
        next(iter(resultforms.copies(later, None, 2))) == "结果回填表（第2次，调整1，录入3）.xlsx"
    )


def test_sections_whose_names_no_file_can_have(record):
    for target in record["tables"]["targets"]:
        target["internal"]["section"] = "质量/安全:股" if target["id"] == "S001" else ""
    assert list(resultforms.copies(record))[:3] == [
        "结果回填表.xlsx",
        "结果回填表 质量_安全_股.xlsx",
        "结果回填表 （未写明股室）.xlsx",
    ]


def test_the_same_content_gives_the_same_bytes(record):
    assert (
        resultforms.copies(record)["结果回填表.xlsx"]()
        == resultforms.copies(record)["结果回填表.xlsx"]()
    )
