"""ssj diff: what came, went and changed between two rounds, from folders and from archives, on the
screen and as a workbook.
"""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from conftest import ROOT, examples
from hypothesis import given
from hypothesis import strategies as st

from ssj import cli
from ssj.base.errors import RefusedError
from ssj.rosters import rosters
from ssj.tables import rawtables, schema, writing
from ssj.upkeep import differences

NAMES = tuple(schema.TITLES)


@pytest.fixture
def rounds(tmp_path) -> Path:
    """Two rounds with the same tables: sample60, and sample61."""
    for name in ("sample60", "sample61"):
        shutil.copytree(ROOT / "demo" / "params" / "sample60", tmp_path / "params" / name)
    return tmp_path


def rewrite(folder: Path, table: str, act) -> None:
    """A table anew, after ``act`` on its raw frame."""
    path = folder / f"{table}.xlsx"
    frame = rawtables.read(path, schema.headers(table)).frame
    writing.write_xlsx(path, {"表": act(frame)})


def run(project: Path, capsys, *arguments: str) -> tuple[int, list[str]]:
    code = cli.main(
        [*arguments, "--params", str(project / "params"), "--outputs", str(project / "outputs")]
    )
    out, err = capsys.readouterr()
    return code, (out + err).splitlines()


def test_nothing_changed(rounds, capsys):
    """Another order of rows is no change."""
    rewrite(rounds / "params" / "sample61", "targets", lambda f: f.sample(frac=1, random_state=7))
    code, lines = run(rounds, capsys, "diff", "sample60", "sample61")
    assert code == 0 and lines == [
        "【演示批次（样例数据，不作执法依据）】",
        "【内部使用：含信用风险等级，不得带出本单位】",
        "名录变动：sample60 → sample61",
        *(f"  {title}：新增 0，删除 0，变更 0 行" for title in (*schema.TITLES.values(), "参数")),
        (
            "没有变动；已写入 "
            f"{(rounds / 'outputs' / 'sample61' / 'files' / '名录变动.xlsx').as_posix()}"
        ),
    ]


def test_what_came_went_and_changed(rounds, capsys):
    def change(f: pd.DataFrame) -> pd.DataFrame:
        f = f.copy()
        f.iloc[1, f.columns.get_loc("信用风险等级")] = {"A": "B", "B": "A", "C": "A", "D": "A"}[
            f.iloc[1]["信用风险等级"]
        ]
        f.iloc[1, f.columns.get_loc("标签")] = None
        new = f.iloc[2].copy()
        new["编号"], new["名称"] = "NEW-1", "样例新公司"
        return pd.concat([f.iloc[1:], new.to_frame().T])

    folder = rounds / "params" / "sample61"
    old = rawtables.read(folder / "targets.xlsx", schema.headers("targets")).frame
    rewrite(folder, "targets", change)
    code, lines = run(rounds, capsys, "diff", "sample60", "sample61")
    gone, changed = old.iloc[0], old.iloc[1]
    fields = "（信用风险等级 1、标签 1）" if changed["标签"] else "（信用风险等级 1）"
    assert code == 0 and f"  检查对象名录库：新增 1，删除 1，变更 1 行{fields}" in lines
    assert (
        f"  检查对象名录库 {gone['编号']} {gone['名称']}：删除" in lines
        and "  检查对象名录库 NEW-1 样例新公司：新增" in lines
    )
    assert any(
        line.startswith(
            f"  检查对象名录库 {changed['编号']} {changed['名称']}："
            f"信用风险等级由“{changed['信用风险等级']}”改为“"
        )
        for line in lines
    )
    book = openpyxl.load_workbook(rounds / "outputs" / "sample61" / "files" / "名录变动.xlsx")
    assert book.sheetnames == ["说明", "数量", *schema.TITLES.values(), "参数"]
    sheet = book["检查对象名录库"]
    assert [cell.value for cell in sheet[1]] == ["编号", "名称", "变动", "栏目", "原值", "现值"]
    assert max((row[0], row[2]) for row in sheet.iter_rows(min_row=2, values_only=True)) == (
        "NEW-1",
        "新增",
    )
    assert [cell.value for cell in book["说明"]["B"]][1:3] == [
        "演示批次（样例数据，不作执法依据）",
        differences.INTERNAL,
    ]
    assert "内部使用" in sheet.oddHeader.center.text


def test_the_first_twenty(rounds, capsys):
    rewrite(rounds / "params" / "sample61", "targets", lambda f: f.assign(地址="样例路"))
    _, lines = run(rounds, capsys, "diff", "sample60", "sample61")
    assert (
        lines[-2] == "  共 60 处，以上是前 20 处。"
        and sum("：地址由" in line for line in lines) == 20
    )
    assert "  检查对象名录库：新增 0，删除 0，变更 60 行（地址 60）" in lines


def test_rows_with_errors_are_said(rounds, capsys):
    rewrite(
        rounds / "params" / "sample61",
        "officers",
        lambda f: f.assign(状态=["活着", *f["状态"][1:]]),
    )
    _, lines = run(rounds, capsys, "diff", "sample60", "sample61")
    assert (
        "提醒：sample61 的执法检查人员名录库有 1 行有错误，没有比较，可能显示成新增或删除："
        "先运行 ssj check sample61。"
    ) in lines


def test_a_table_that_is_not_there(rounds, capsys):
    (rounds / "params" / "sample60" / "plan.xlsx").unlink()
    code, lines = run(rounds, capsys, "diff", "sample60", "sample61")
    assert (
        code == 3
        and any("没有表格 plan" in line for line in lines)
        and not (rounds / "outputs").exists()
    )


def test_an_unknown_round(rounds, capsys):
    code, lines = run(rounds, capsys, "diff", "sample6", "sample61")
    assert code == 1 and any("找不到批次文件夹" in line for line in lines)


# --- archives ---


class Book:
    """An archive of frozen records, without bags."""

    def __init__(self, folder: Path, **records: dict) -> None:
        self.folder_, self.records = folder, records

    def stages(self, name: str) -> list[dict]:
        return [{"stage": "01-freeze", "attempt": 1, "round": name}] if name in self.records else []


def test_of_archives(small_record, tmp_path, monkeypatch):
    """The same words as 与以前的封库相比."""
    import copy

    from ssj.casebook import runner

    after = copy.deepcopy(small_record)
    target = after["tables"]["targets"][0]
    before_class, target["internal"]["risk_class"] = (
        target["internal"]["risk_class"],
        "B" if target["internal"]["risk_class"] != "B" else "A",
    )
    book = Book(tmp_path, a=small_record, b=after)
    for name, record in book.records.items():
        (tmp_path / name).mkdir()
        runner.write_json(tmp_path / name / "freeze.json", record)
    monkeypatch.setattr(Book, "out", lambda _, entry: tmp_path / entry["round"], raising=False)
    found = differences.of_archives(book, "a", "b")
    assert list(found.lines()) == [
        (
            f"检查对象名录库 {target['id']} {target['identity']['name']}："
            f"信用风险等级由“{before_class}”改为“{target['internal']['risk_class']}”"
        )
    ]
    assert list(found.tables) == [
        "随机抽查事项清单",
        "执法检查人员名录库",
        "检查对象名录库",
        "抽查任务",
        "参数",
    ]
    assert differences.INTERNAL in found.banners
    with pytest.raises(RefusedError, match="c 还没有封库，没有档案可以比较"):
        differences.of_archives(book, "a", "c")


# --- properties ---

VALUES = {
    "name": st.sampled_from(["样例甲", "样例乙"]),
    "risk_class": st.sampled_from("ABCD"),
    "tags": st.sampled_from([(), ("专项整治",), ("专项整治", "重点检查")]),
    "complaints": st.integers(0, 3),
    "public": st.booleans(),
    "founded": st.sampled_from([None, schema.FOREVER, schema.dt.date(2020, 1, 1)]),
}
FRAMES = st.dictionaries(
    st.sampled_from("ABCDEFGH"), st.fixed_dictionaries(VALUES), max_size=8
).map(
    lambda rows: pd.DataFrame(
        [{"id": code, **row} for code, row in rows.items()], columns=["id", *VALUES], dtype=object
    )
)


def applied(
    before: pd.DataFrame, changes: pd.DataFrame, after: pd.DataFrame
) -> dict[str, dict[str, str]]:
    """``before`` as people read it, with the changes made; what an added row holds is looked up in
    ``after``.
    """
    rows = {
        row["id"]: {key: rosters.shown(row[key]) for key in VALUES}
        for row in before.to_dict("records")
    }
    new = {
        row["id"]: {key: rosters.shown(row[key]) for key in VALUES}
        for row in after.to_dict("records")
    }
    for change in changes.itertuples():
        if change.change == "新增":
            assert change.id not in rows
            rows[change.id] = new[change.id]
        elif change.change == "删除":
            del rows[change.id]
        else:
            assert rows[change.id][change.field] == change.before
            rows[change.id][change.field] = change.after
    return rows


@given(FRAMES, FRAMES, st.randoms(use_true_random=False))
def test_changes_lead_from_one_to_the_other(a, b, rng):
    assert applied(a, rosters.changes(a, b), b) == {
        row["id"]: {key: rosters.shown(row[key]) for key in VALUES} for row in b.to_dict("records")
    }
    assert rosters.changes(a, a).empty
    order = rng.sample(range(len(a)), len(a))
    assert rosters.changes(a, a.iloc[order]).empty and rosters.changes(a.iloc[order], b).equals(
        rosters.changes(a, b)
    )


@examples(1 / 8)
@given(seed=st.integers(0, 999))
def test_any_order_of_the_file_is_no_change(seed, rounds):
    folder = rounds / "params" / "sample61"
    rng = random.Random(seed)
    for table in NAMES:
        rewrite(folder, table, lambda f: f.iloc[rng.sample(range(len(f)), len(f))])
    found = differences.of_folders(rounds / "params" / "sample60", folder)
    assert list(found.lines()) == [] and set(found.counts()["count"]) == {0}
