"""追溯 through real archives: amended, with papers and results, voided and drawn again; drawn by
the platform; and tampered with.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from archived import DRAW, FREEZE, last, numbered, record_of, replaceable
from conftest import new_project, ran
from faults.conftest import forge
from warm import amend, approved

from ssj import cli, protocol
from ssj.audit import trace
from ssj.casebook import archive
from ssj.draw import disclosure, lists

ROUND = "sample60"
AMEND, PAPERS, RESULTS, VOID = numbered("freeze", "draw", "amend", "papers", "results", "void")[-4:]
SECOND_DRAW = last("freeze", "draw", "amend", "papers", "results", "void", "freeze", "draw")


def trace_of(project: Path, asked: str) -> trace.Trace:
    return trace.trace(project / "outputs", ROUND, asked)


@pytest.fixture(scope="module")
def closed(tmp_path_factory, done_sample60) -> tuple[Path, str]:
    """The small round drawn, amended, a paper and the results taken in; and the 检查编号 of the
    amended visit.
    """
    project = shutil.copytree(done_sample60, tmp_path_factory.mktemp("trace") / "project")
    officer, visit = replaceable(record_of(project, DRAW))
    number = lists.visit_numbers(record_of(project, DRAW))[visit]
    assert amend(project, officer, "请假", "--visit", number)[0] == 0
    (project / "scans").mkdir()
    (project / "scans" / f"{number} 现场检查笔录.pdf").write_bytes(b"sample")
    ran(project, "papers", ROUND, "--scans", "scans")
    ran(project, "results", ROUND, "--sample")
    return project, number


@pytest.mark.slow
def test_from_ticket_to_closing(closed):
    project, number = closed
    found, record, amended = (
        trace_of(project, number),
        record_of(project, DRAW),
        record_of(project, AMEND),
    )
    assert (found.problems, found.exit_code) == ([], 0)
    assert [title.partition("（")[0] for title, _ in found.sections] == [
        "第 1 次抽取",
        f"第 1 次抽取以后：{PAPERS} 文书收存",
        f"第 1 次抽取以后：{RESULTS} 检查结果",
    ]
    text = "\n".join(found.lines())
    assert (
        protocol.target_ticket(record, record["seed"], "target", found.target) in text
        and record["entropy"]["text"] in text
    )
    frames = {
        f["task"]: f
        for t in archive.read_record(
            project / "outputs" / ROUND / FREEZE / "data" / "out" / "chances.json"
        )["targets"]
        if t["id"] == found.target
        for f in t["frames"]
    }
    said = {
        line.facts["task"]: line.facts
        for _, own in found.sections
        for line in own
        if "actual" in line.facts
    }
    assert {task: own["actual"] for task, own in said.items()} == {
        task: f["actual"] for task, f in frames.items()
    }
    now = next(line for _, own in found.sections for line in own if line.about == "现在的检查组")
    assert sorted(now.facts["officers"]) == sorted(
        t["officer"]
        for taken in protocol.teams_now(amended).values()
        for t in taken
        if t["visit"] == found.target
    )
    assert now.source == f"{AMEND} out/amend.json" and "理由 请假" in text
    assert f"{number} 现场检查笔录.pdf；校验码 {protocol.sha256(b'sample')}" in text
    visit = next(v for v in record_of(project, RESULTS)["visits"] if v["number"] == number)
    state = next(line for _, own in found.sections for line in own if line.about == "办到哪一步")
    assert state.facts["state"] == visit["state"] and state.source == f"{RESULTS} out/results.json"
    assert (
        all(f"{bag['stage']} " in text and bag["bag"] in text for bag in found.bags)
        and len(found.bags) == 6
    )


@pytest.mark.slow
def test_every_visit_and_every_other_target_can_be_traced(closed):
    project, _ = closed
    record = record_of(project, DRAW)
    numbers = lists.visit_numbers(record)
    for target in [t["id"] for t in record["tables"]["targets"]]:
        found = trace_of(project, numbers.get(target, target))
        assert (found.target, found.problems, [n["number"] for n in found.numbers]) == (
            target,
            [],
            [numbers[target]] if target in numbers else [],
        )


@pytest.mark.slow
def test_voided_and_drawn_again(closed, tmp_path):
    first, number = closed
    project = shutil.copytree(first, tmp_path / "project")
    ran(project, "void", ROUND, "--reason", "名录有误", *approved())
    ran(project, "run", ROUND)
    found = trace_of(project, number)
    assert found.problems == [] and found.numbers[0] == {
        "number": number,
        "attempt": 1,
        "voided": True,
    }
    titles = [title for title, _ in found.sections]
    assert (
        titles[0] == "第 1 次抽取（封库、抽取、作废）"
        and "第 2 次抽取（封库、抽取）" in titles
        and any(f"{VOID} 作废" in title for title in titles)
    )
    assert f"检查编号 {number}（已作废）" in "\n".join(found.lines())
    assert ("2" in {str(n["attempt"]) for n in found.numbers}) == (
        found.target in lists.visit_numbers(record_of(project, SECOND_DRAW))
    )


@pytest.mark.slow
def test_drawn_by_the_platform(tmp_path):
    import pandas as pd

    from ssj.tables import writing

    project = new_project(tmp_path, ROUND)
    path = project / "params" / ROUND / "round.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace(
            'official_draw = "here"', 'official_draw = "platform"'
        ),
        encoding="utf-8",
    )
    ran(project, "freeze", ROUND)
    frozen = record_of(project, FREEZE)
    rows = [
        {
            "任务编号": task["id"],
            "编号": next(
                t["id"]
                for t in frozen["tables"]["targets"]
                for f in t["internal"]["frames"]
                if f["task"] == task["id"] and f["size"]
            ),
            "平台任务编号": f"PT-{task['id']}",
        }
        for task in frozen["tables"]["tasks"]
    ]
    writing.write_xlsx(project / "params" / ROUND / "external.xlsx", {"名单": pd.DataFrame(rows)})
    ran(project, "draw", ROUND)
    found = trace_of(project, rows[0]["编号"])
    text = "\n".join(found.lines())
    assert (
        (found.problems, found.exit_code) == ([], 6)
        and f"平台任务编号 PT-{rows[0]['任务编号']}" in text
        and "签号数" not in text
        and "实际抽中机会" not in text
    )


def change_state(data: Path) -> None:
    """A visit said to be closed that is not, in both records of the stage."""
    path = data / "out" / "published.json"
    public = archive.read_record(path)
    public["visits"][0]["items"][0]["results"] = ["未发现问题", "样例改动"]
    path.write_bytes(protocol.canonical(public))


def swap_officers(data: Path) -> None:
    """Two officers exchange visits, the public record follows."""
    record = archive.read_record(data / "out" / "draw.json")
    first, *others = record["officers"]["taken"]
    other = next(seat for seat in others if seat["officer"] != first["officer"])
    first["officer"], other["officer"] = other["officer"], first["officer"]
    (data / "out" / "draw.json").write_bytes(protocol.canonical(record))
    (data / "out" / "public.json").write_bytes(protocol.canonical(disclosure.published(record)))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "change", "said"),
    [
        ("draw", swap_officers, f"与前面的记录不同：{DRAW}.officers"),
        ("results", change_state, f"{RESULTS}：公示的内容与检查结果不符"),
    ],
    ids=["a team", "what is public"],
)
def test_a_fact_changed_and_resealed_is_said(closed, tmp_path, kind, change, said):
    project = shutil.copytree(closed[0], tmp_path / "project")
    forge(project, **{kind: change})
    found = trace_of(project, closed[1])
    assert found.exit_code == 5 and any(said in problem for problem in found.problems)


@pytest.mark.slow
def test_a_fact_changed_in_a_sealed_bag_is_said_at_once(closed, tmp_path, capsys, monkeypatch):
    """By the command, in its first lines and its exit code; nothing is written but the report."""
    project = shutil.copytree(closed[0], tmp_path / "project")
    path = project / "outputs" / ROUND / RESULTS / "data" / "out" / "results.json"
    path.write_bytes(path.read_bytes().replace("样例审核人".encode(), "样例某某某".encode()))
    before = {p: p.read_bytes() for p in (project / "outputs").rglob("*") if p.is_file()}
    monkeypatch.chdir(project)
    assert cli.main(["trace", ROUND, closed[1], "--json", "trace.json"]) == 5
    said = capsys.readouterr().out
    assert (
        f"！不符：{RESULTS}：data/out/results.json 的内容与登记的不符" in said.split("档案包（")[0]
        and f"［{RESULTS} out/results.json，档案包不符" in said
    )
    assert json.loads((project / "trace.json").read_text(encoding="utf-8"))["exit_code"] == 5
    assert {p: p.read_bytes() for p in (project / "outputs").rglob("*") if p.is_file()} == before
    assert archive.read_entries(project / "outputs")
