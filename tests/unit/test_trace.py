"""追溯: what is told of one target, backwards from the records of a small round, forwards from
hand-made results, and what is said to be wrong.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
from conftest import small_frozen

from ssj import cli, protocol
from ssj.audit import lineage, outcome, trace
from ssj.base.errors import RefusedError
from ssj.casebook import archive
from ssj.draw import disclosure, lists
from ssj.stages import registry

TEXT = "3134356236641245"
MORE = {
    "title": "样例抽查",
    "bureau": "样例局",
    "publication_day": "2021-12-06",
    "window": {"start": "2021-12-06", "end": "2021-12-24"},
}
EVENT = {
    "text": TEXT,
    "time": "2021-11-26T10:06:00+08:00",
    "place": "大厅",
    "roles": [{"role": "主持", "name": "样例甲"}],
    "attestation": [],
}


def frozen_record(**parameters) -> dict:
    record = small_frozen()
    record["parameters"] |= MORE | parameters
    return {**record, "commitment": protocol.commit(record)}


def drawn_record(external: dict | None = None, **parameters) -> dict:
    record = frozen_record(**parameters)
    return {**record, "entropy": EVENT, **protocol.draw(record, TEXT, external)}


def chances_of(record: dict) -> dict:
    """``chances.json`` as a freeze writes it, with chances by hand."""

    def row(t: dict) -> dict:
        frames = [
            {
                "task": f["task"],
                "weight": 1,
                "points": 0,
                "factor": 1_000_000,
                "size": f["size"],
                "declared": "0.250000000",
                "actual": "0.251000000",
                "reason": "",
            }
            for f in t["internal"]["frames"]
        ]
        return {
            "id": t["id"],
            "risk_class": t["internal"]["risk_class"],
            "last": 2,
            "visit": "0.4000",
            "factor": 1_000_000,
            "reason": "",
            "recent": [],
            "frames": frames,
        }

    strata = [
        {"task": t, "stratum": s, "count": len(own), "n": 1, "method": "calibrated", "bound": ""}
        for (t, s), own in protocol.frames(record).items()
    ]
    return {
        "draws": 1000,
        "strata": strata,
        "targets": [row(t) for t in record["tables"]["targets"]],
    }


def told(lines) -> dict[str, str]:
    """Lines by what they are about; the last one of each."""
    return {line.about: line.text for line in lines}


# --- backwards ---


def test_the_row_and_its_chances():
    record = drawn_record()
    said = told(lineage.frozen_lines(record, chances_of(record), "S003", "f", "c"))
    assert said["封库校验码"].replace(" ", "") == record["commitment"]
    assert said["名录库中的登记"] == "样例第3公司；编号 S003；类别 燃气；信用风险等级 B；公开"
    assert (
        said["任务 R1 任务R1"].startswith("抽取组 B：待抽 2 户，应抽 1 户；风险权数 1；等级权数 1")
        and "实际抽中机会 25.1 %" in said["任务 R1 任务R1"]
    )
    assert said["被任一任务抽中的机会"] == "40 %（模拟 1000 次）；2 个批次前抽中过"


def test_an_excluded_target_says_why_and_a_size_of_its_own_is_found():
    record = drawn_record()
    chances = chances_of(record)
    assert lineage.differing_sizes(record, chances, "S005") == []
    record["tables"]["targets"][4]["internal"]["frames"][1].update(size=0, reason="状态为“注销”")
    assert (
        told(lineage.frozen_lines(record, chances, "S005", "f", "c"))["任务 R2 任务R2"]
        == "抽取组 全部，不抽：状态为“注销”"
    )
    assert lineage.differing_sizes(record, chances, "S005") == ["R2"]


@pytest.mark.parametrize("target", [f"S00{n}" for n in range(1, 6)])
def test_the_ticket_and_how_it_was_drawn_are_derived_again(target):
    """By the protocol's own functions, for every target, drawn or not."""
    record = drawn_record()
    lines = list(lineage.drawn_lines(record, target, "d"))
    ticket = protocol.target_ticket(record, record["seed"], "target", target)
    assert (
        lines[0].facts == {"ticket": ticket, "number": protocol.ticket_number(ticket)}
        and ticket in lines[0].text
    )
    parts = {(p["task"], p["stratum"]): p for p in record["drawn"]}
    assert len(lines) == 3, "one line for each frame"
    for line in lines[1:]:
        part = parts[line.facts["task"], line.facts["stratum"]]
        assert (
            (line.facts["how"] != "")
            == (target in protocol.drawn_ids(part))
            == ("抽中：" in line.text)
        )
        assert ("没有抽中" in line.text) == (target not in protocol.drawn_ids(part))
        if target in part["by_ticket"]:
            assert part["by_ticket"][line.facts["place"] - 1] == target
        if part["by_ticket"]:
            assert (
                line.facts["last"]
                == protocol.target_ticket(record, record["seed"], "target", part["by_ticket"][-1])
                and line.facts["last"] in line.text
            )


def test_the_visit_has_every_seat_and_everybody_who_was_passed_over():
    record = drawn_record()
    for visit in record["visits"]:
        lines = list(lineage.visit_lines(record, visit["id"], "d"))
        assert lines[0].facts == {
            "number": lists.visit_numbers(record)[visit["id"]],
            "tasks": visit["tasks"],
            "items": visit["items"],
        }
        for kind in ("officers", "experts"):
            seats = [t["officer"] for t in record[kind]["taken"] if t["visit"] == visit["id"]]
            passed = [s["officer"] for s in record[kind]["skipped"] if s["visit"] == visit["id"]]
            own = [
                line
                for line in lines
                if line.about.startswith("检查组 " if kind == "officers" else "专家 ")
            ]
            assert [line.facts["officer"] for line in own] == seats
            assert [
                line.facts["officer"] for line in lines if line.about.startswith("签号在前")
            ].count(passed[0] if passed else "") == (1 if passed else 0)


def test_a_target_that_was_not_drawn_has_no_visit():
    record = drawn_record()
    undrawn = sorted(
        {t["id"] for t in record["tables"]["targets"]} - {v["id"] for v in record["visits"]}
    )
    assert undrawn and [line.text for line in lineage.visit_lines(record, undrawn[0], "d")] == [
        "本次没有抽中"
    ]


def test_drawn_elsewhere_no_ticket_and_no_chance_is_told():
    record = drawn_record({"R1": ["S001"]}, official_draw="platform")
    record["platform_list"] = [
        {
            "row": 2,
            "task": "R1",
            "target": "S001",
            "number": "PT-1",
            "name": "",
            "time": "2021-11-26 10:30",
            "remark": "",
        }
    ]
    lines = list(lineage.drawn_lines(record, "S001", "d"))
    assert [line.text for line in lines] == [
        (
            "外部抽取：由省级平台抽取，是否抽中与签号无关；平台名单第 2 行，平台任务编号 PT-1，"
            "平台上的抽取时间 2021-11-26 10:30"
        )
    ]
    assert "机会" not in "".join(
        line.text for line in lineage.frozen_lines(record, chances_of(record), "S001", "f", "c")
    )


def test_amendments_say_who_went_why_and_who_goes_now(monkeypatch):
    record = drawn_record()
    seat = record["officers"]["taken"][0]
    monkeypatch.setattr(protocol, "replace", None)  # the record is by hand
    taken = {**seat, "officer": "P9"}
    record["tables"]["officers"].append(
        {
            "id": "P9",
            "identity": {"name": "样例新"},
            "internal": {"certificate": "Z9", "department": "住建", "kind": "officer"},
        }
    )
    record["amendments"] = [
        {
            "officer": seat["officer"],
            "visits": [seat["visit"]],
            "all": False,
            "reason": "请假",
            "note": "",
            "approver": "演示局长",
            "date": "2021-12-07",
            "time": "2021-12-07T09:00:00+08:00",
            "taken": [taken],
            "skipped": [],
            "raised": [],
        }
    ]
    said = told(lineage.amended_lines(record, seat["visit"], ["03-amend out/amend.json"]))
    assert (
        "不能参加；理由 请假；审批人 演示局长，2021年12月7日" in said["抽后调整（第 1 次）"]
        and "样例新（P9）" in said["现在的检查组"]
    )
    other = next(v["id"] for v in record["visits"] if v["id"] != seat["visit"])
    assert list(lineage.amended_lines(record, other, ["03-amend out/amend.json"])) == []


# --- forwards ---

ROW = {
    "number": "tiny-001",
    "target": "S001",
    "item": "I1",
    "date": "2021-12-08",
    "officers": ["P1", "P2"],
    "results": ["发现问题已责令改正"],
    "measure": ["责令改正"],
    "responsible": "质量监督站",
    "due": "2022-01-07",
    "closed_on": "",
    "entered_by": "样例录入员",
    "entered_on": "2021-12-09",
    "reviewer": "样例审核人",
    "published_on": "",
    "address": "",
    "not_public": "",
    "excuse": "",
    "remark": "",
    "file": "results.xlsx",
    "row": 2,
}
VISIT = {
    "id": "S001",
    "number": "tiny-001",
    "name": "样例第1公司",
    "items": ["I1"],
    "answered": 1,
    "date": "2021-12-08",
    "deadline": "2022-01-06",
    "overdue": False,
    "published_on": "",
    "not_public": "",
    "withdrawn": False,
    "state": "reviewed",
}
FOLLOWED = {
    "number": "tiny-001",
    "item": "I1",
    "problem": "样例问题",
    "measure": "责令改正",
    "responsible": "质量监督站",
    "closed_on": "2021-12-20",
    "joint_punishment": False,
    "major": True,
    "file": "followup.xlsx",
    "row": 3,
}
CORRECTED = {
    "number": "tiny-001",
    "item": "",
    "action": "更正",
    "reason": "样例笔误",
    "approver": "演示局长",
    "approved_on": "2022-01-10",
    "file": "corrections.xlsx",
    "row": 2,
}
OBJECTED = {
    "id": "YY-1",
    "number": "tiny-001",
    "item": "",
    "received_on": "2022-01-08",
    "content": "样例异议",
    "outcome": "更正",
    "file": "objections.xlsx",
    "row": 2,
}
POSTED = {
    "number": "",
    "channel": "门户网站",
    "posted_on": "2021-12-30",
    "address": "https://www.example.org/",
    "file": "postings.xlsx",
    "row": 2,
}
PUBLIC = {
    "number": "tiny-001",
    "id": "S001",
    "name": "样例第1公司",
    "entry": "",
    "date": "2021-12-08",
    "items": [
        {"id": "I1", "name": "事项I1", "results": ["发现问题已责令改正"], "measure": ["责令改正"]}
    ],
}


def results_of(visit: dict = VISIT, rows=(ROW,), **registers) -> dict:
    return {
        "rows": list(rows),
        "visits": [visit],
        "followup": [],
        "corrections": [],
        "objections": [],
        "postings": [],
        **registers,
    }


def forward(result: dict, before: dict | None = None, public=(PUBLIC,)) -> list[lineage.Line]:
    return list(
        outcome.result_lines(
            drawn_record(),
            result,
            before,
            {"visits": list(public)},
            "tiny-001",
            "03-results out/results.json",
            "03-results out/published.json",
        )
    )


def test_a_results_stage_tells_state_rows_and_what_is_public():
    said = told(forward(results_of()))
    assert (
        said["办到哪一步"]
        == "已审核，未公示；1 个事项，有结果的 1 个；检查日期 2021年12月8日；公示期限 2022年1月6日"
    )
    assert said["检查结果 I1 事项I1"].startswith(
        "检查日期 2021-12-08；检查人员 P1、P2；检查结果 发现问题已责令改正；处置措施 "
        "责令改正；责任单位 质量监督站"
    )
    assert said["公示的内容"] == "事项I1：发现问题已责令改正（责令改正）"
    assert forward(results_of())[1].source == "03-results out/results.json（results.xlsx 第 2 行）"


def test_a_later_stage_tells_what_it_adds():
    closed = {**VISIT, "state": "closed", "published_on": "2021-12-30", "overdue": True}
    later = results_of(
        closed,
        [{**ROW, "published_on": "2021-12-30", "row": 7}],
        followup=[FOLLOWED],
        corrections=[CORRECTED],
        objections=[OBJECTED],
        postings=[POSTED],
    )
    said = told(forward(later, results_of(), [{**PUBLIC, "entry": "已更正"}]))
    assert (
        said["办到哪一步"].startswith("已办结（上一次归档时：已审核，未公示）")
        and "超过公示期限；公示日期 2021年12月30日" in said["办到哪一步"]
    )
    assert "公示日期 2021-12-30" in said["检查结果（有变动） I1 事项I1"]
    assert (
        "是否重大决定 是" in said["后续处置"]
        and "联合惩戒" not in said["后续处置"]
        and "办结日期 2021-12-20" in said["后续处置"]
    )
    assert (
        said["更正撤下"] == "处理 更正；理由 样例笔误；审批人 演示局长；审批日期 2022-01-10"
        and "异议内容 样例异议" in said["异议"]
    )
    assert said["公示（本批次全部）"].startswith("渠道 门户网站") and said["公示的内容"].startswith(
        "已更正；"
    )
    again = told(forward(later, later, [{**PUBLIC, "entry": "已更正"}]))
    assert set(again) == {"办到哪一步", "公示的内容"} and again["办到哪一步"].startswith(
        "已办结（与上一次归档时相同）"
    )


def test_the_same_row_at_another_place_is_no_change():
    assert {
        line.about
        for line in forward(results_of(rows=[{**ROW, "row": 9, "file": "x.xlsx"}]), results_of())
    } == {"办到哪一步", "公示的内容"}


@pytest.mark.parametrize(
    ("visit", "said"),
    [
        ({"state": "entered"}, "没有列出：还没有审核"),
        ({"state": "closed", "not_public": "国家秘密"}, "没有列出：依法不公示，只计入总数"),
    ],
    ids=["not reviewed", "lawfully not"],
)
def test_what_the_public_does_not_see(visit, said):
    assert told(forward(results_of({**VISIT, **visit}), public=[]))["公示的内容"] == said


def test_a_row_that_is_gone_is_said():
    assert (
        told(forward(results_of(rows=[]), results_of()))["检查结果 I1 事项I1"]
        == "上一次有，这一次没有了"
    )


def test_withdrawn_is_said():
    visit = {**VISIT, "withdrawn": True}
    said = told(forward(results_of(visit), public=[{**PUBLIC, "entry": "依法撤下", "items": []}]))
    assert said["办到哪一步"].endswith("已依法撤下") and said["公示的内容"] == "依法撤下"


def test_papers_and_platform():
    papers = {
        "papers": [
            {"number": n, "paper": "现场检查笔录", "file": f"{n}.pdf", "sha256": "0" * 64}
            for n in ("tiny-001", "tiny-002")
        ]
    }
    assert [line.text for line in outcome.paper_lines(papers, [], "tiny-001", "s")] == [
        f"现场检查笔录；tiny-001.pdf；校验码 {'0' * 64}"
    ]
    assert list(outcome.paper_lines(papers, papers["papers"], "tiny-001", "s")) == []
    row = {
        "task": "R1",
        "id": "S001",
        "row": 0,
        "number": "",
        "name": "样例第1公司",
        "listed_name": "",
        "officers": [],
        "listed_officers": [],
        "findings": ["missing"],
        "note": "",
    }
    assert [
        line.about
        for line in outcome.platform_lines({"rows": [row, {**row, "id": "S002"}]}, "S001", "s")
    ] == ["省级平台核对（任务 R1）"]


# --- archives, made without kernels ---


def archived(folder: Path, *stages: tuple[str, dict[str, dict]]) -> Path:
    """An outputs folder whose stages hold these records in ``out/``, sealed and entered in a
    ledger.
    """
    outputs = folder / "outputs"
    attempt = 1
    with archive.opened(outputs) as book:
        for number, (kind, records) in enumerate(stages, 1):
            with book.workplace(kind) as place:
                data = place / "stage"
                for part in ("in", "out"):
                    (data / part).mkdir(parents=True)
                for name, record in records.items():
                    (data / "out" / name).write_bytes(protocol.canonical(record))
                (data / "in" / "x").write_text("x", encoding="utf-8")
                book.commit(
                    data,
                    "tiny",
                    attempt,
                    f"{number:02}-{kind}",
                    kind,
                    f"2021-11-2{number}T10:00:00+08:00",
                )
            attempt += kind == "void"
    return outputs


def freeze_and_draw(record: dict) -> list[tuple[str, dict]]:
    frozen = {key: record[key] for key in frozen_record()}
    return [
        ("freeze", {"freeze.json": frozen, "chances.json": chances_of(frozen)}),
        ("draw", {"draw.json": record, "public.json": disclosure.published(record)}),
    ]


def first(record: dict) -> tuple[str, str]:
    """检查编号 and id of the first visit."""
    target, number = next(iter(lists.visit_numbers(record).items()))
    return number, target


def test_number_and_id_give_the_same_trace(tmp_path):
    record = drawn_record()
    outputs, (number, target) = archived(tmp_path, *freeze_and_draw(record)), first(record)
    traces = [
        trace.trace(outputs, "tiny", asked)
        for asked in (number, number.upper(), target, target.lower())
    ]
    assert [t.problems for t in traces] == [[]] * 4 and {t.target for t in traces} == {target}
    assert len({tuple(list(t.lines())[1:]) for t in traces}) == 1 and traces[0].exit_code == 0
    text = "\n".join(traces[0].lines())
    assert (
        "内部使用" in text.splitlines()[0]
        and "V5 抽取检查对象相符" in text
        and text.endswith("由原始资料重算，请运行 ssj audit。")
    )
    for entry in archive.read_entries(outputs):
        assert f"登记簿第 {entry['n']} 行；档案包校验码 {entry['bag']}；与登记相符" in text
    numbered = [line for line in text.splitlines() if line.partition(".")[0].strip().isdigit()]
    assert [int(line.partition(".")[0]) for line in numbered] == list(range(1, len(numbered) + 1))


def test_every_fact_of_the_draw_names_the_file_that_holds_it(tmp_path):
    record = drawn_record()
    found = trace.trace(archived(tmp_path, *freeze_and_draw(record)), "tiny", first(record)[0])
    sources = {line.source for _, own in found.sections for line in own if line.about != "检查结果"}
    assert sources == {
        "01-freeze out/freeze.json",
        "01-freeze out/chances.json",
        "01-freeze out/freeze.json、01-freeze out/chances.json",
        "02-draw out/draw.json",
    }


def swap_drawn(record: dict) -> None:
    part = next(p for p in record["drawn"] if p["by_ticket"] and p["n"] < p["count"])
    part["by_ticket"][0] = next(
        i
        for i, size in protocol.frames(record)[part["task"], part["stratum"]]
        if size and i not in part["by_ticket"] + part["certain"]
    )


SEALED = {  # changed before it was sealed: every bag is sound
    "another firm drawn": (swap_drawn, "V5 抽取检查对象"),
    "another seed": (lambda r: r.update(seed="0" * 64), "V4 公开随机数与抽取随机数"),
    "an item left out": (lambda r: r["visits"][0]["items"].pop(), "V6 入企检查与事项"),
    "another officer": (
        lambda r: r["officers"]["taken"][0].update(
            officer="P3" if r["officers"]["taken"][0]["officer"] != "P3" else "P1"
        ),
        "V7 指派检查组",
    ),
    "another class": (
        lambda r: r["tables"]["targets"][0]["internal"].update(risk_class="D"),
        "V3 封库校验码",
    ),
}


@pytest.mark.parametrize(("change", "said"), SEALED.values(), ids=SEALED.keys())
def test_what_does_not_follow_is_said_though_the_bags_are_sound(tmp_path, change, said):
    record = drawn_record()
    stages = freeze_and_draw(record)
    forged = copy.deepcopy(record)
    change(forged)
    stages[1][1]["draw.json"] = forged
    found = trace.trace(archived(tmp_path, *stages), "tiny", "S001")
    assert found.exit_code == 5 and any(said in problem for problem in found.problems)
    assert f"！不符：{found.problems[0]}" in list(found.lines()) and "不能作准" in found.verdict


def test_a_public_record_that_says_something_else(tmp_path):
    stages = freeze_and_draw(drawn_record())
    stages[1][1]["public.json"]["visits"].pop()
    assert any(
        "公开记录与抽取记录不符" in p
        for p in trace.trace(archived(tmp_path, *stages), "tiny", "S001").problems
    )


def test_other_sizes_than_those_that_were_calibrated(tmp_path):
    stages = freeze_and_draw(drawn_record())
    stages[0][1]["chances.json"]["targets"][0]["frames"][0]["size"] = 77
    assert trace.trace(archived(tmp_path, *stages), "tiny", "S001").problems == [
        "任务 R1 的风险权数：chances.json 与封库的不同"
    ]


@pytest.mark.parametrize(
    "content",
    [None, b"", b"[]", b"\xff", b"{}"],
    ids=["gone", "empty", "a list", "not text", "no fields"],
)
@pytest.mark.parametrize(
    "name",
    [
        "01-freeze/data/out/freeze.json",
        "01-freeze/data/out/chances.json",
        "02-draw/data/out/draw.json",
        "02-draw/data/out/public.json",
    ],
)
def test_a_broken_file_is_a_problem_and_no_crash(tmp_path, name, content):
    record = drawn_record()
    outputs = archived(tmp_path, *freeze_and_draw(record))
    path = outputs / "tiny" / name
    path.unlink() if content is None else path.write_bytes(content)
    found = trace.trace(outputs, "tiny", "S001")
    stage = name.partition("/")[0]
    assert found.exit_code == 5 and any(
        problem.startswith(f"{stage}：data/out/") for problem in found.problems
    )
    assert [bag["stage"] for bag in found.bags if bag["problems"]] == [stage]
    assert "名录库中的登记" in told(found.sections[0][1]), "what can still be read is told"


def test_a_changed_byte_marks_what_comes_from_that_bag(tmp_path):
    outputs = archived(tmp_path, *freeze_and_draw(drawn_record()))
    path = outputs / "tiny" / "01-freeze" / "data" / "out" / "chances.json"
    path.write_bytes(path.read_bytes().replace(b'"0.4000"', b'"0.1000"'))
    found = trace.trace(outputs, "tiny", "S001")
    assert found.problems == ["01-freeze：data/out/chances.json 的内容与登记的不符"]
    marked = [line for _, own in found.sections for line in own if "档案包不符" in line.source]
    assert marked and all(line.source.startswith("01-freeze") for line in marked)


def test_a_broken_ledger_ends_it(tmp_path):
    outputs = archived(tmp_path, *freeze_and_draw(drawn_record()))
    ledger = outputs / archive.LEDGER
    ledger.write_bytes(ledger.read_bytes().replace(b'"attempt":1', b'"attempt":2', 1))
    with pytest.raises(trace.BrokenLedger, match="留痕登记簿第 1 行") as error:
        trace.trace(outputs, "tiny", "S001")
    assert error.value.exit_code == 5


def test_a_voided_attempt_and_the_next_one(tmp_path):
    record = drawn_record()
    void = {
        "parameters": record["parameters"],
        "commitment": record["commitment"],
        "drawn": True,
        "reason": "名录有误",
        "note": "",
        "approver": "演示局长",
        "date": "2021-11-27",
        "time": "2021-11-27T10:00:00+08:00",
        "witnesses": [],
    }
    again = {**frozen_record(), "attempt": 2}
    again["commitment"] = protocol.commit(again)
    again = {**again, "entropy": EVENT, **protocol.draw(again, TEXT)}
    both = sorted({v["id"] for v in record["visits"]} & {v["id"] for v in again["visits"]})
    assert both, "the draws are fixed"
    found = trace.trace(
        archived(
            tmp_path,
            *freeze_and_draw(record),
            ("void", {"void.json": void}),
            *freeze_and_draw(again),
        ),
        "tiny",
        both[0],
    )
    assert found.problems == [] and [title.partition("：")[0] for title, _ in found.sections] == [
        "第 1 次抽取（封库、抽取、作废）",
        "第 1 次抽取以后",
        "第 2 次抽取（封库、抽取）",
    ]
    assert [(n["attempt"], n["voided"]) for n in found.numbers] == [(1, True), (2, False)]
    text = "\n".join(found.lines())
    assert (
        "（已作废）、tiny(2)-" in text
        and "理由 名录有误；审批人 演示局长，2021年11月27日；作废时已经抽取" in text
    )
    assert trace.trace(tmp_path / "outputs", "tiny", found.numbers[1]["number"]).target == both[0]


def test_drawn_elsewhere_is_not_checked(tmp_path):
    record = drawn_record({"R1": ["S001"], "R2": ["S004"]}, official_draw="platform")
    found = trace.trace(archived(tmp_path, *freeze_and_draw(record)), "tiny", "S001")
    assert (
        found.problems == []
        and found.exit_code == 6
        and found.unchecked == [f"第 1 次抽取：抽取检查对象：{protocol.EXTERNAL}"]
    )
    assert "未核验：" in "\n".join(found.lines()) and "有不能核验的" in found.verdict


def test_frozen_only(tmp_path):
    found = trace.trace(archived(tmp_path, freeze_and_draw(drawn_record())[0]), "tiny", "S001")
    assert (
        (found.exit_code, found.numbers) == (0, [])
        and "公告的公开随机数来源" in told(found.sections[0][1])
        and "没有抽中" in list(found.lines())[2]
    )


# --- the command ---


def test_without_an_argument_it_says_where_the_numbers_are(tmp_path, capsys):
    outputs = archived(tmp_path, *freeze_and_draw(drawn_record()))
    assert cli.main(["trace", "tiny", "--outputs", str(outputs)]) == RefusedError.exit_code
    said = capsys.readouterr().err
    assert (
        "没有写追溯哪一户" in said and "ssj trace tiny tiny-001" in said and "抽取结果.xlsx" in said
    )


def test_an_unknown_one_is_refused_with_similar_ones(tmp_path, capsys):
    outputs = archived(tmp_path, *freeze_and_draw(drawn_record()))
    assert cli.main(["trace", "tiny", "S009", "--outputs", str(outputs)]) == 1
    assert "没有“S009”" in (said := capsys.readouterr().err) and "与它相近的：S00" in said
    assert (
        cli.main(["trace", "2020Q1", "S001", "--outputs", str(outputs)]) == RefusedError.exit_code
    )


def test_json_holds_the_same(tmp_path, capsys):
    record = drawn_record()
    outputs, target = archived(tmp_path, *freeze_and_draw(record)), first(record)[1]
    before = {p: p.read_bytes() for p in outputs.rglob("*") if p.is_file()}
    assert (
        cli.main(
            ["trace", "tiny", target, "--outputs", str(outputs), "--json", str(tmp_path / "t.json")]
        )
        == 0
    )
    assert {p: p.read_bytes() for p in outputs.rglob("*") if p.is_file()} == before
    saved, said = (
        json.loads((tmp_path / "t.json").read_text(encoding="utf-8")),
        capsys.readouterr().out,
    )
    assert (
        saved == trace.trace(outputs, "tiny", target).as_json() and "内部使用" in saved["internal"]
    )
    assert all(line["text"] in said for section in saved["sections"] for line in section["lines"])
    assert registry.kinds()["freeze"].title == saved["bags"][0]["title"]
