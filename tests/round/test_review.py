"""The sample year reviewed: every indicator counted again by other means from the archived files;
audited, tampered with, superseded.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from itertools import pairwise
from pathlib import Path

import openpyxl
import pytest
from archived import failing, numbered, report_of
from conftest import WHOLE_YEAR, WHOLE_YEAR_AMENDED, WHOLE_YEAR_VOIDED, ssj
from faults.conftest import forge, rebuild, tree
from round.test_year_stage import cell
from warm import tell

from ssj import protocol
from ssj.casebook import archive, bags
from ssj.desk import common
from ssj.stages import plan
from ssj.year import indicators

YEAR, END, LATE = "2021", "2021-12-31", "2022-02-28"
PROBLEMS = {
    "发现问题已责令改正",
    "发现问题待后续处理",
    "不配合检查情节严重",
    "未按规定公示应当公示的信息",
    "公示信息隐瞒真实情况、弄虚作假",
    "通过登记的住所（经营场所）无法联系",
    "违反其他规定",
}
GONE = {"已关闭停业或正在组织清算", "迁移、注销等其他情况", "通过登记的住所（经营场所）无法联系"}
PLAN, REVIEW, SECOND_REVIEW, SECOND_PLAN = numbered("plan", "review", "review", "plan")


def loaded(project: Path, name: str, *records: tuple[str, str]) -> dict:
    """The last of some stages' records."""
    found = sorted(
        (stage, file)
        for kind, file in records
        for stage in (project / "outputs" / name).glob(f"*-{kind}")
    )
    return json.loads((found[-1][0] / "data" / "out" / found[-1][1]).read_text(encoding="utf-8"))


def the_review(project: Path) -> dict:
    return loaded(project, YEAR, ("review", "review.json"))


def done(project: Path, *arguments: str) -> str:
    answer = ssj(project, *arguments)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


@pytest.fixture(scope="module")
def reviewed(whole_year, tmp_path_factory) -> Path:
    """A copy of the sample year with invented results, reviewed once."""
    project = shutil.copytree(whole_year, tmp_path_factory.mktemp("review") / "project")
    for name in WHOLE_YEAR:
        done(project, "results", name, "--sample")
    said = done(project, "review", YEAR)
    assert (
        f"已归档：outputs/2021/{REVIEW}，截至 {LATE}" in said
        and "公示率：" in said
        and "考核台账.xlsx" in said
    )
    return project


@pytest.fixture
def project(reviewed, tmp_path) -> Path:
    return shutil.copytree(reviewed, tmp_path / "project")


def rows_of(path: Path) -> list[dict]:
    """A sample table by its headers; the header is the first row whose second cell isn't empty."""
    rows = list(openpyxl.load_workbook(path).active.iter_rows(values_only=True))
    top = next(n for n, r in enumerate(rows) if sum(c is not None for c in r) > 2)
    return [dict(zip(rows[top], r, strict=True)) for r in rows[top + 1 :]]


def day(cell) -> str:
    return cell.date().isoformat() if cell else ""


def counted_again(project: Path) -> dict[str, tuple[int | None, int | None]]:
    """All indicators from the archived JSON files and the sample's workbooks, by loops alone."""
    plan = loaded(project, YEAR, ("plan", "plan.json"))
    draws = {
        r: loaded(project, r, ("draw", "draw.json"), ("amend", "amend.json")) for r in WHOLE_YEAR
    }
    answers = {r: loaded(project, r, ("results", "results.json")) for r in WHOLE_YEAR}
    tables = {
        r: {
            t: rows_of(project / "params" / r / f"{t}.xlsx")
            for t in ("targets", "items", "officers")
        }
        for r in WHOLE_YEAR
    }
    other = [
        o
        for o in rows_of(project / "params" / YEAR / "other_inspections.xlsx")
        if o["是否除外"] == "否"
    ]
    of_visit = {
        (r, v["id"]): [a for a in answers[r]["rows"] if a["visit"] == v["id"]]
        for r in WHOLE_YEAR
        for v in draws[r]["visits"]
    }
    items = {(r, v["id"]): v["items"] for r in WHOLE_YEAR for v in draws[r]["visits"]}

    def inspected(until: str) -> list[tuple[str, str]]:
        return [
            key
            for key, own in of_visit.items()
            if {a["item"] for a in own if a["date"] <= until} == set(items[key])
        ]

    visited, late = inspected(END), inspected(LATE)
    tasks = [(r, t) for r in WHOLE_YEAR for t in draws[r]["tables"]["tasks"]]
    members = {
        (r, t["id"]): {
            i
            for p in draws[r]["drawn"]
            if p["task"] == t["id"]
            for i in (*p["certain"], *p["by_ticket"])
        }
        for r, t in tasks
    }
    found: dict[str, tuple[int | None, int | None]] = {"Z01": (None, None)}
    due = [
        (r, t["id"])
        for t in plan["tasks"]
        for r in WHOLE_YEAR
        if r in t["rounds"] or "全年" in t["rounds"]
    ]
    found["Z02"] = (
        sum(key in members and all((key[0], i) in visited for i in members[key]) for key in due),
        len(due),
    )
    listed = [i["id"] for i in draws["2021Q4"]["tables"]["items"]]
    found["Z03"] = (
        len(set(listed) & {a["item"] for own in of_visit.values() for a in own}),
        len(listed),
    )
    found["Z04"] = lists_again(draws, answers, tables, of_visit)
    found["Z05"] = (sum(len(t["internal"]["departments"]) > 1 for _, t in tasks), len(tasks))
    departments = {
        o["id"]: o["internal"]["department"]
        for r in WHOLE_YEAR
        for o in draws[r]["tables"]["officers"]
        if o["internal"]["kind"] == "officer"
    }
    went = Counter(
        o for own in of_visit.values() for a in own for o in a["officers"] if o in departments
    )
    found["Z06"] = (len({departments[o] for o in went}), None)
    found["Z07"] = (sum(map(len, members.values())) - len(of_visit), None)
    found["Z08"] = (len(visited), len(visited) + len(other))
    times = Counter(i for _, i in visited) + Counter(o["编号"] for o in other)
    # the last round's
    classes = {
        t["id"]: t["internal"]["risk_class"]
        for r in WHOLE_YEAR
        for t in draws[r]["tables"]["targets"]
    }
    found["Z09"] = (
        sum(n > {"A": 2, "B": 2, "C": 4, "D": 6}[classes[i]] for i, n in times.items()),
        len(times),
    )
    found["Z10"] = (sum(differs(draws[r], t) for r, t in tasks), len(tasks))
    able = {
        t["id"]
        for r in WHOLE_YEAR
        for t in draws[r]["tables"]["targets"]
        if any(f["size"] for f in t["internal"]["frames"])
    }
    found["Z11"] = (len({i for _, i in of_visit}), len(able))
    found["Z12"] = (
        sum(
            all(a["entered_by"] and "" < a["entered_on"] <= LATE for a in of_visit[key])
            for key in late
        ),
        len(late),
    )
    public = {
        (r, t["id"]): t["internal"]["public"]
        for r in WHOLE_YEAR
        for t in draws[r]["tables"]["targets"]
    }
    posted = {
        key: max(a["published_on"] for a in of_visit[key])
        for key in late
        if all("" < a["published_on"] <= LATE for a in of_visit[key])
    }
    found["Z13"] = (sum(not public[key] or key in posted for key in late), len(late))
    deadline = {(r, v["id"]): v["deadline"] for r in WHOLE_YEAR for v in answers[r]["visits"]}
    timely = [key for key in late if public[key] and (key in posted or deadline[key] < LATE)]
    found["Z14"] = (
        sum(key in posted and posted[key] <= deadline[key] for key in timely),
        len(timely),
    )
    found["Z15"] = (
        sum(any(PROBLEMS & set(a["results"]) for a in of_visit[key]) for key in visited),
        len(visited),
    )
    matters = [a for own in of_visit.values() for a in own if a["measure"]]
    found["Z16"] = (sum("" < a["closed_on"] <= LATE for a in matters), len(matters))
    able_officers = {
        o["id"]
        for r in WHOLE_YEAR
        for o in draws[r]["tables"]["officers"]
        if o["id"] in departments and o["internal"]["available"]
    }
    found["Z17"] = (len(able_officers & set(went)), len(able_officers))
    return found


def differs(draw: dict, task: dict) -> bool:
    """Whether two classes are treated differently in a task."""
    ratio = {s["stratum"]: s["ratio"] for s in task["internal"]["strata"]}
    ways = {
        (t["internal"]["risk_class"], ratio[f["stratum"]], f["weight"])
        for t in draw["tables"]["targets"]
        for f in t["internal"]["frames"]
        if f["task"] == task["id"] and f["size"]
    }
    return len({way[1:] for way in ways}) > 1


def lists_again(draws: dict, answers: dict, tables: dict, of_visit: dict) -> tuple[int, int]:
    """一单两库: from the sample's workbooks."""
    good: list[bool] = []
    event = {r: draws[r]["event"]["time"][:10] for r in WHOLE_YEAR}
    for r in WHOLE_YEAR:
        good += [
            o["状态"] != "在岗"
            for o in tables[r]["officers"]
            if o["执法证有效期至"] and day(o["执法证有效期至"]) < event[r]
        ]
    for before, now in pairwise(WHOLE_YEAR):
        for table, key, since in (
            ("targets", "编号", "成立日期"),
            ("items", "事项编号", "生效日期"),
        ):
            known = {row[key] for row in tables[before][table]}
            good += [
                day(row[since]) > event[before]
                for row in tables[now][table]
                if row[key] not in known and row[since]
            ]
        status = {t["编号"]: t["状态"] for t in tables[now]["targets"]}
        gone = [
            i
            for (r, i), own in of_visit.items()
            if r == before
            and any(GONE & set(a["results"]) for a in own)
            and all(a["reviewer"] for a in own)
            and max(a["date"] for a in own) < event[now]
        ]
        good += [status.get(i) != "正常" for i in gone]
    return sum(good), len(good)


@pytest.mark.slow
def test_every_indicator_counted_again(reviewed):
    again = counted_again(reviewed)
    assert {
        i["id"]: (i["numerator"], i["denominator"]) for i in the_review(reviewed)["indicators"]
    } == again
    assert set(again) == set(indicators.INDICATORS)
    assert all(whole > 0 for _, whole in again.values() if whole is not None), (
        "the sample year has something to count everywhere"
    )
    assert 0 < again["Z14"][0] < again["Z14"][1] and again["Z04"][0] > 0, "and is not all 100 %"


@pytest.mark.slow
def test_voids_and_amendments_are_shown(reviewed):
    found = the_review(reviewed)
    assert [(v["round"], v["attempt"], v["approver"]) for v in found["voids"]] == [
        (WHOLE_YEAR_VOIDED, 1, "样例局长")
    ]
    assert {(a["round"], a["approver"]) for a in found["amendments"]} == {
        (WHOLE_YEAR_AMENDED, "样例局长")
    }
    assert [(r["round"], r["attempt"]) for r in found["rounds"]] == [
        (r, 1 + (r == WHOLE_YEAR_VOIDED)) for r in WHOLE_YEAR
    ]
    assert found["finished"] and found["running"] == []


@pytest.mark.slow
def test_links_of_the_workbook_lead_to_pages(reviewed):
    place = reviewed / "outputs" / YEAR / "files"
    book = openpyxl.load_workbook(place / "考核台账.xlsx")
    links = {
        link.ref: link.target
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if (link := cell.hyperlink) and link.target
    }
    assert links and all((place / target.replace("\\", "/")).exists() for target in links.values())


@pytest.mark.slow
def test_pages(reviewed):
    page = (reviewed / "outputs" / YEAR / "files" / "年度随机抽查情况.html").read_text(
        encoding="utf-8"
    )
    names = [
        t["identity"]["name"]
        for t in loaded(reviewed, "2021Q4", ("draw", "draw.json"))["tables"]["targets"]
    ]
    assert (
        "演示评估" in page
        and "考核指标的数量" in page
        and not [word for word in (*names, "分类别抽查比例", "推算", "没有达到") if word in page]
    )
    internal = (reviewed / "outputs" / YEAR / "files" / "年度评估过程记录（内部）.html").read_text(
        encoding="utf-8"
    )
    assert (
        "没有计入分子的" in internal
        and "推算的问题率" in internal
        and "各等级抽中过的户数" in internal
    )


@pytest.mark.slow
def test_the_full_audit(reviewed):
    before = tree(reviewed / "outputs")
    report = report_of(reviewed, False, YEAR)
    assert (report.exit_code, failing(report), report.stages) == (0, {}, numbered("plan", "review"))
    assert (
        next(s.name for s in report.steps if s.number == 3) == "年度计划、年度评估"
        and "演示评估：样例数据，不作执法依据" in report.banners
    )
    assert tree(reviewed / "outputs") == before


def edit(path: Path, change) -> None:
    whole = json.loads(path.read_text(encoding="utf-8"))
    change(whole)
    path.write_bytes(protocol.canonical(whole))


def better(whole: dict) -> None:
    own = next(i for i in whole["indicators"] if i["id"] == "Z14")
    own["numerator"] = own["denominator"]


TAMPERED = {
    "a number of the review": (
        lambda data: edit(data / "out" / "review.json", better),
        "indicators[13].numerator",
    ),
    "a void left out": (
        lambda data: edit(data / "in" / "ledger.json", lambda w: w["voids"].clear()),
        "in/ledger.json 与登记的档案不同",
    ),
    "a result in in/": (
        lambda data: edit(
            data / "in" / "2021Q1-results.json",
            lambda w: w["rows"][0].update(published_on="2021-03-09"),
        ),
        "in/2021Q1-results.json 与登记的档案不同",
    ),
    "a date of the lists": (
        lambda data: edit(
            data / "in" / "2021Q2-lists.json", lambda w: w["targets"][0].update(active=False)
        ),
        "in/2021Q2-lists.json 与登记的档案不同",
    ),
    "another goal": (
        lambda data: cell(data / "in" / "indicators.xlsx", 3, "目标值", "≥1%"),
        "in/indicators.xlsx 的校验码与 stage.json 不一致",
    ),
    "another table": (
        lambda data: shutil.copyfile(
            data / "in" / "other_inspections.xlsx", data / "in" / "indicators.xlsx"
        ),
        "这张表像是其他检查登记表",
    ),
    "other inspections left out": (
        lambda data: (data / "in" / "other_inspections.xlsx").unlink(),
        "other_inspections",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", TAMPERED)
def test_a_review_that_was_changed_and_sealed_again(case, project):
    change, text = TAMPERED[case]
    outputs = project / "outputs"
    entries = archive.read_entries(outputs)
    bag = outputs / YEAR / REVIEW
    change(bag / "data")
    rebuild(bag)  # the review is the ledger's last line, so that nothing else has to be forged
    body = {k: v for k, v in entries[-1].items() if k not in ("previous", "hash")}
    line = protocol.ledger_line(
        {**body, "bag": protocol.sha256((bag / bags.MANIFESTS[0]).read_bytes())},
        entries[-2]["hash"],
    )
    lines = (outputs / archive.LEDGER).read_text(encoding="utf-8").splitlines()
    (outputs / archive.LEDGER).write_bytes(
        "".join(one + "\n" for one in [*lines[:-1], line]).encode("utf-8")
    )
    report = report_of(project, round_id=YEAR)
    number = 2 if case == "other inspections left out" else 3  # what a stage accounts for is there
    assert report.exit_code == 5 and list(failing(report)) == [number]
    assert text in failing(report)[number]


@pytest.mark.slow
def test_a_round_forged_afterwards(project):
    """Whoever changes a result and forges bags and ledger throughout has a review that says
    otherwise.
    """

    def spoil(data: Path) -> None:
        if data.parents[1].name == "2021Q1":
            edit(data / "out" / "results.json", lambda w: w["rows"][0].update(remark="改过"))

    forge(project, results=spoil)
    assert "in/ledger.json 与登记的档案不同" in failing(report_of(project, round_id=YEAR))[3]


@pytest.mark.slow
def test_without_the_rounds_archives_it_is_not_checked_whole(project):
    shutil.rmtree(project / "outputs" / "2021Q3")
    report = report_of(project, round_id=YEAR)
    assert report.exit_code == 6 and "不能与档案对照" in next(
        s.detail for s in report.steps if s.number == 3
    )


@pytest.mark.slow
def test_a_later_review_supersedes_and_a_plan_may_follow(project, monkeypatch, capsys):
    code, said = tell(project, "review", YEAR)
    assert (
        code == 0 and f"outputs/2021/{SECOND_REVIEW}" in said and "考核台账（第2次）.xlsx" in said
    )
    book = archive.Archive(project / "outputs", archive.read_entries(project / "outputs"))
    assert the_review(project)["attempt"] == 2 and plan.archived_plan(book, YEAR)["attempt"] == 1
    code, said = tell(project, "plan", YEAR)
    assert code == 4 and f"2021 年的计划已归档（2021/{PLAN}），没有变动" in said
    toml = project / "params" / YEAR / "year.toml"
    toml.write_text(
        toml.read_text(encoding="utf-8")
        .replace("date = 2021-01-15", "date = 2021-07-01")
        .replace("2021年度双随机", "2021年度（变更）双随机"),
        encoding="utf-8",
    )
    code, said = tell(project, "plan", YEAR)
    assert code == 0 and f"outputs/2021/{SECOND_PLAN}" in said
    report = report_of(project, round_id=YEAR)
    assert (report.exit_code, report.stages) == (
        0,
        numbered("plan", "review", "review", "plan"),
    )
    code, said = tell(project, "status")
    assert code == 0 and "2021 年度计划  第 2 次归档" in said and "年度评估  第 2 次归档" in said


@pytest.mark.slow
def test_working_copies_come_back(project, monkeypatch, capsys):
    shutil.rmtree(project / "outputs" / YEAR / "files")
    assert tell(project, "status")[0] == 0
    assert {"考核台账.xlsx", "年度随机抽查情况.html", "年度评估过程记录（内部）.html"} <= {
        p.name for p in (project / "outputs" / YEAR / "files").iterdir()
    }


@pytest.mark.slow
def test_bad_tables_leave_nothing_behind(project, monkeypatch, capsys):
    path = project / "params" / YEAR / "indicators.xlsx"
    book = openpyxl.load_workbook(path)
    book.active.cell(3, 1).value = "Z99"
    book.save(path)
    before = tree(project / "outputs")
    for command, code in (("review", 3), ("check", 3)):
        answer = tell(project, command, YEAR)
        assert (
            answer[0] == code
            and "没有这个指标" in answer[1]
            and "缺少指标 Z02" in answer[1]
            and "indicators.xlsx" in answer[1]
        )
    assert tree(project / "outputs") == before


@pytest.mark.slow
def test_while_rounds_are_running(whole_year, tmp_path, monkeypatch, capsys):
    """Nothing has come back yet, and a fifth round is planned by nobody: the review says what is
    open.
    """
    project = shutil.copytree(whole_year, tmp_path / "project")
    code, said = tell(project, "review", YEAR)
    assert (
        code == 0
        and "还有没有完成的" in said
        and "平台录入率：分母为 0，不计算" in said
        and "公示率：0 %" in said
    )
    found = the_review(project)
    assert not found["finished"] and [o["round"] for o in found["running"]] == list(WHOLE_YEAR)
    page = (project / "outputs" / YEAR / "files" / "年度随机抽查情况.html").read_text(
        encoding="utf-8"
    )
    assert "还没有完成的" in page and "户次没有检查完" in page
    assert report_of(project, round_id=YEAR).exit_code == 0


def test_refusals(tmp_path, monkeypatch, capsys):
    from conftest import new_project

    project = new_project(tmp_path, YEAR, "2021Q1")
    (project / "outputs").mkdir()
    code, said = tell(project, "review", YEAR)
    assert code == 4 and "2021 年的计划还没有归档，不能评估" in said and "ssj plan 2021" in said
    code, said = tell(project, "review", "2021Q1")
    assert code == 1 and "不是年度的文件夹" in said
    assert [p.name for p in (project / "outputs").iterdir() if p.name != ".lock"] == []
    assert common.now().year >= 2021 and archive.record_name("review") == "review.json"
