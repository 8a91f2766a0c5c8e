"""A round whose target roster comes in three files, one for each section, with reviewed exceptions
and a single entry: the same frozen table, a clean audit.
"""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest
import xlwt
from archived import FREEZE, ROSTERS, record_of
from conftest import new_project, new_year, ssj

from ssj import protocol
from ssj.casebook import archive, gathering, inspection
from ssj.rosters import rosters
from ssj.tables import parts, rawtables, schema, writing
from ssj.upkeep import additions, starter

ROUND, NOW = "sample60", datetime.fromisoformat("2021-11-22T09:00:00+08:00")
OFFICER = {
    "工号": "样9",
    "姓名": "样例新人",
    "部门": "演示县住建局",
    "人员类别": "执法人员",
    "专业": "工程质量",
    "状态": "在岗",
    "执法证号": "样证9",
    "执法证有效期至": "长期",
}
FILES = ("targets/建筑市场股.xlsx", "targets/燃气股.csv", "targets/物业股.xls")  # in order
SIGNED = "".join(
    f'[[signed]]\nfile = "{file}"\nsection = "样例股{n}"\nby = "样例核签{n}"\ndate = 2021-11-0{n}\n'
    for n, file in enumerate(FILES, 1)
)


def write_xls(path: Path, frame: pd.DataFrame) -> None:
    book = xlwt.Workbook(encoding="utf-8")
    sheet, day = book.add_sheet("物业"), xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for n, row in enumerate(
        [["样例县物业名录"], list(frame.columns), *frame.itertuples(index=False)]
    ):
        for at, cell in enumerate(row):
            if cell is not None:
                sheet.write(n, at, cell, day) if hasattr(cell, "year") else sheet.write(n, at, cell)
    book.save(str(path))


def split(folder: Path) -> Path:
    """The round's targets.xlsx in three files of three formats, each with columns and titles of its
    own.
    """
    source = folder / "targets.xlsx"
    whole = rawtables.read(source, schema.headers("targets")).frame
    source.unlink()
    (folder / "targets").mkdir()
    first, second, third = whole.iloc[40:], whole.iloc[:25], whole.iloc[25:40]
    writing.write_xlsx(folder / FILES[0], {"名录": first})
    second.rename(columns={"名称": "企业名称", "编号": "统一社会信用代码"}).assign(
        联系电话="0000-0000000"
    ).to_csv(folder / FILES[1], index=False, encoding="gb18030")
    write_xls(folder / FILES[2], third[third.columns[::-1]])
    return folder


def frozen(project: Path) -> dict:
    return archive.read_record(
        project / "outputs" / ROUND / FREEZE / "data" / "out" / "freeze.json"
    )


@pytest.fixture(scope="module")
def split_round(tmp_path_factory) -> Path:
    """A project whose sample round is split, drawn; one more row, with an error, is left out by a
    reviewed exception, and one more officer is a single entry.
    """
    project = new_project(tmp_path_factory.mktemp("split"), ROUND)
    folder = split(project / "params" / ROUND)
    text = (folder / "round.toml").read_text(encoding="utf-8")
    (folder / "round.toml").write_text(
        text.replace("[classes.A]", SIGNED + "[classes.A]", 1), encoding="utf-8"
    )
    path = folder / FILES[1]
    rows = path.read_bytes().decode("gb18030").splitlines()
    cells = dict(zip(rows[0].split(","), rows[-1].split(","), strict=True))
    more = {**cells, "统一社会信用代码": "X-1", "企业名称": "演示多余一户", "状态": "失联"}
    path.write_bytes("\r\n".join([*rows, ",".join(more.values()), ""]).encode("gb18030"))
    one = (
        "检查对象名录库",
        "T06",
        "X-1",
        "演示多余一户",
        "不列入",
        "已查明迁出，原登记机关正在办理",
        "样例复核",
        "2021-11-10",
        "",
    )
    writing.write_xlsx(
        folder / "exceptions.xlsx",
        {"例外登记": pd.DataFrame([one], columns=[*schema.headers("exceptions")], dtype=object)},
    )
    entry = additions.Entry(folder, "officers")
    entry.write(entry.values(OFFICER.items()))
    done = ssj(project, "run", ROUND)
    assert done.returncode == 0, done.stdout + done.stderr
    return project


def test_the_three_files_hold_what_the_one_does(tmp_path):
    one = new_project(tmp_path / "one", ROUND) / "params" / ROUND
    other = split(new_project(tmp_path / "other", ROUND) / "params" / ROUND)
    looks = [inspection.inspect(folder, NOW) for folder in (one, other)]
    a, b = (look.rosters.targets.reset_index(drop=True) for look in looks)
    pd.testing.assert_frame_equal(a, b)
    assert [n for n in looks[1].notes if "检查对象名录库" in n] == [
        f"检查对象名录库（{file}）：读取 {rows} 行。"
        for file, rows in zip(FILES, (20, 25, 15), strict=True)
    ]
    assert [(p.code, p.file, p.severity) for p in looks[1].problems] == [
        ("S20", file, "warning") for file in FILES
    ], "a demonstration may go unsigned"
    assert {
        parts.place(looks[1].rosters.targets, index)["file"]
        for index in looks[1].rosters.targets.index
    } == {*FILES}


@pytest.mark.slow
def test_a_split_round_freezes_draws_and_audits_clean(split_round):
    data = split_round / "outputs" / ROUND / ROSTERS / "data"
    kept = sorted(p.name for p in (data / "in").iterdir() if p.name.startswith("targets"))
    assert kept == ["targets-001.xlsx", "targets-002.csv", "targets-003.xls"]
    assert sorted(p.name for p in (data / "in").glob("officers*")) == [
        "officers-002.csv",
        "officers.xlsx",
    ]
    stage = json.loads((data / "in" / "stage.json").read_text(encoding="utf-8"))
    mine = {
        i["kept"]: (i["file"], i["redacted"], i["dropped"])
        for i in stage["inputs"]
        if i["kept"] != i["file"]
    }
    assert mine.pop("officers-002.csv") == ("officers/单户录入.csv", False, [])
    assert mine == dict(
        zip(
            kept,
            ((FILES[0], False, []), (FILES[1], True, ["联系电话"]), (FILES[2], False, [])),
            strict=True,
        )
    )
    assert OFFICER["工号"] in {row["id"] for row in frozen(split_round)["tables"]["officers"]}
    assert b"0000-0000000" not in (data / "in" / "targets-002.csv").read_bytes()
    page = (data / "auditor.html").read_text(encoding="utf-8")
    assert all(file in page for file in FILES) and "样例核签2" in page
    pages = split_round.glob(f"outputs/{ROUND}/*/data/public.html")
    public = {path.parts[-3]: path.read_text(encoding="utf-8") for path in pages}
    for name in ("样例核签", "演示多余一户", "样例复核"):
        assert [stage for stage, text in public.items() if name in text] == []
    assert "已复核的例外" in public[FREEZE]
    assert all(
        text in page
        for text in ("演示多余一户", "已查明迁出，原登记机关正在办理", "样例复核 2021-11-10")
    )
    assert "演示多余一户" not in json.dumps(frozen(split_round), ensure_ascii=False)
    assert [s["file"] for s in frozen(split_round)["parameters"]["signed"]] == [*FILES]
    again = ssj(split_round, "audit", f"outputs/{ROUND}")
    assert again.returncode == 0, again.stdout


@pytest.mark.slow
def test_the_frozen_targets_are_the_same(split_round, done_sample60):
    """Each freeze has its own salt, so the tables are compared, and their roots with one salt."""
    ours, theirs = frozen(split_round), frozen(done_sample60)
    assert ours["tables"]["targets"] == theirs["tables"]["targets"]
    assert (
        protocol.commitment_object({**ours, "salt": theirs["salt"]})["tables"]["targets"]
        == protocol.commitment_object(theirs)["tables"]["targets"]
    )


@pytest.mark.slow
def test_the_review_reads_a_split_freeze(split_round):
    listed = gathering.lists_of(record_of(split_round, ROSTERS, ROUND))
    assert len(listed["targets"]) == 60


@pytest.mark.slow
def test_a_part_changed_in_the_archive_is_found(split_round, tmp_path):
    outputs = tmp_path / "outputs"
    shutil.copytree(split_round / "outputs", outputs)
    part = outputs / ROUND / ROSTERS / "data" / "in" / "targets-001.xlsx"
    part.write_bytes(part.read_bytes() + b"\0")
    assert ssj(tmp_path, "audit", f"outputs/{ROUND}", "--fast").returncode == 5


@pytest.mark.slow
def test_a_years_plan_is_made_and_audited_on_a_split_roster(tmp_path):
    new_year(tmp_path)
    split(tmp_path / "params" / ROUND)
    done = ssj(tmp_path, "plan", "2021")
    assert done.returncode == 0, done.stdout + done.stderr
    again = ssj(tmp_path, "audit", "outputs/2021")
    assert again.returncode == 0, again.stdout


def test_a_new_round_takes_the_folder_over(tmp_path):
    project = new_project(tmp_path, ROUND)
    folder = split(project / "params" / ROUND)
    (folder / "targets" / "~$燃气股.xlsx").write_bytes(b"x")
    made = starter.new_round(project / "params", "2022Q1", ROUND)
    assert sorted(p.name for p in (made / "targets").iterdir()) == sorted(
        Path(f).name for f in FILES
    )
    assert not (made / "targets.xlsx").exists()
    assert (
        len(rosters.load(made, ("A", "B", "C", "D"), "2022Q1", (NOW.date(), NOW.date())).targets)
        == 60
    )
