"""An insider with all tools changes an archive, makes its bags and its ledger anew so that they
fit, and is told by the step that looks at what was changed: the contents of a stage (V2), the
fields of ``stage.json`` (V2) and of the ledger (V1), what follows from what (V3), the rounds that
came before.

Each row says beforehand: what is changed, which step tells, in which words.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import openpyxl
import pytest
from archived import DRAW, FREEZE, ROSTERS, last, report_of
from conftest import new_project, ran
from warm import amend, approved, run, tell

from ssj import protocol
from ssj.audit import audit
from ssj.base import params, workdays
from ssj.casebook import archive, bags, runner
from ssj.draw import events

from .conftest import rebuild

ROUND, SECOND = "sample60", "sample60b"
Act = Callable[[Path], object]


class Case(NamedTuple):
    """``base``: which archive; ``kind``: of the stages that are changed, by ``act``; ``step``:
    which must tell, with these ``words``.
    """

    base: str
    kind: str
    act: Act
    step: int
    words: str


def reseal(project: Path, kind: str, act: Act, lines: Callable[[list], list] = list) -> None:
    """Change the stages of a kind, then make every bag and the whole ledger anew; ``lines``: what
    becomes of the ledger's entries first.
    """
    outputs, head, made = project / "outputs", protocol.NO_HEAD, []
    for entry in lines(archive.read_entries(outputs)):
        bag = outputs / entry["round"] / entry["stage"]
        if archive.kind_of(entry["stage"]) == kind:
            act(bag / "data")
        path = bag / "data" / "in" / "stage.json"
        text = path.read_text(encoding="utf-8").replace(entry["previous"], head)
        path.write_text(text, encoding="utf-8", newline="\n")
        rebuild(bag)
        sealed = protocol.sha256((bag / bags.MANIFESTS[0]).read_bytes())
        body = {k: v for k, v in entry.items() if k not in ("previous", "hash")}
        made.append(protocol.ledger_line({**body, "bag": sealed}, head))
        head = json.loads(made[-1])["hash"]
    text = "".join(line + "\n" for line in made)
    (outputs / archive.LEDGER).write_text(text, encoding="utf-8", newline="\n")


@pytest.fixture(scope="module")
def bases(tmp_path_factory, done_sample60) -> dict[str, Path]:
    """Archives of the small round: drawn; with an officer replaced and a scan taken back; voided
    after the draw; two rounds, one after the other.
    """
    made = {"drawn": done_sample60}
    for name in ("amended", "voided", "two"):
        place = tmp_path_factory.mktemp(name) / "project"
        made[name] = shutil.copytree(done_sample60, place)
    record = archive.read_record(
        done_sample60 / "outputs" / ROUND / DRAW / "data" / "out" / "draw.json"
    )
    replaced = (
        amend(made["amended"], taken["officer"], "回避", "--visit", taken["visit"])[0] == 0
        for taken in record["officers"]["taken"]
    )
    assert any(replaced)
    scans = made["amended"] / "扫描件"
    scans.mkdir()
    (scans / f"{ROUND}-001 检查表.pdf").write_bytes(b"x")
    ran(made["amended"], "papers", ROUND, "--scans", scans)
    ran(made["voided"], "void", ROUND, "--reason", "名录有误", *approved())
    inputs = made["two"] / "params"
    shutil.copytree(inputs / ROUND, inputs / SECOND)
    path = inputs / SECOND / "round.toml"
    text = path.read_text(encoding="utf-8").replace(f'id = "{ROUND}"', f'id = "{SECOND}"')
    path.write_text(text.replace("yearly_cap = 2", "yearly_cap = 3"), encoding="utf-8")
    _planned_in(inputs / SECOND)
    ran(made["two"], "run", SECOND)
    return made


def _planned_in(folder: Path) -> None:
    """The plan's tasks are this round's."""
    book = openpyxl.load_workbook(folder / "plan.xlsx")
    for row in book.active.iter_rows():
        for cell in row:
            cell.value = folder.name if cell.value == ROUND else cell.value
    book.save(folder / "plan.xlsx")


def put(name: str, content: bytes = b"x") -> Act:
    """A file is added."""

    def act(data: Path) -> None:
        path = data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    return act


def copied(source: str, name: str) -> Act:
    return lambda data: shutil.copyfile(data / source, data / name)


def renamed(source: str, name: str) -> Act:
    return lambda data: (data / source).rename(data / name)


def removed(name: str) -> Act:
    return lambda data: (data / name).unlink()


def stated(change: Callable[[dict], object]) -> Act:
    """``stage.json`` says something else."""

    def act(data: Path) -> None:
        stage = runner.read_stage(data)
        change(stage)
        runner.write_json(data / "in" / "stage.json", stage)

    return act


def written(old: str, new: str) -> Act:
    """``stage.json`` is written otherwise."""

    def act(data: Path) -> None:
        path = data / "in" / "stage.json"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")

    return act


def edited(name: str, change: Callable[[dict], object]) -> Act:
    """A record says something else."""

    def act(data: Path) -> None:
        record = archive.read_record(data / name)
        change(record)
        (data / name).write_bytes(protocol.canonical(record))

    return act


def both(*acts: Act) -> Act:
    return lambda data: [act(data) for act in acts]


def another_draw(data: Path) -> None:
    """The whole draw replaced by way of an amendment: other dice, and a record that follows from
    them, under a name that begins like one that is allowed.
    """
    record = archive.read_record(data / "in" / "draw.json")
    record["entropy"]["text"] = record["entropy"]["text_again"] = "1" * 16
    (data / "in" / "stage-draw.json").write_bytes(protocol.canonical(record))
    stated(lambda stage: stage.update(amends="stage-draw.json"))(data)


def account(name: str) -> Callable[[dict], object]:
    """``stage.json`` accounts for one more input, of this name."""
    one = {"file": name, "kept": name, "size": 1, "sha256": protocol.sha256(b"x")}
    return lambda stage: stage["inputs"].append({**one, "redacted": False, "dropped": []})


def external(stage: dict) -> None:
    account_of = {"file": "external.csv", "kept": "external.csv", "size": 1}
    hashed = {"sha256": protocol.sha256(b"x"), "redacted": False, "dropped": []}
    stage["source"] = account_of | hashed


def another_amendment(record: dict) -> None:
    record["amendments"].append(record["amendments"][-1])


CONTENTS = {
    "a draw replaced by an amendment that names it": Case(
        "amended", "amend", another_draw, 2, "in/stage.json 的 amends 是多出来的"
    ),
    "another record beside the amended one": Case(
        "amended", "amend", copied("in/draw.json", "in/stage-draw.json"), 2, "in/stage-draw.json"
    ),
    "a second record to choose from": Case(
        "amended", "amend", copied("in/draw.json", "in/amend.json"), 2, "in/amend.json 不该在这里"
    ),
    "another event beside the event": Case(
        "drawn", "draw", copied("in/entropy.toml", "in/entropy-2.toml"), 2, "in/entropy-2.toml"
    ),
    "an older list of the voided": Case(
        "drawn", "draw", copied("in/voided.json", "in/voided-1.json"), 2, "in/voided-1.json"
    ),
    "a platform's list where the round is drawn here": Case(
        "drawn", "draw", put("in/external.csv"), 2, "in/external.csv 不该在这里"
    ),
    "exceptions slipped in": Case(
        "drawn", "rosters", put("in/exceptions.xlsx"), 2, "in/exceptions.xlsx 不该在这里"
    ),
    "a second table slipped in": Case(
        "drawn", "rosters", put("in/targets-002.csv"), 2, "in/targets-002.csv 不该在这里"
    ),
    "a calendar for a draw": Case(
        "drawn", "draw", put("in/calendar.toml"), 2, "in/calendar.toml 不该在这里"
    ),
    "an input that no kind takes, accounted for": Case(
        "drawn",
        "rosters",
        both(put("in/stage-draw.json"), stated(account("stage-draw.json"))),
        2,
        "in/stage.json 说有资料文件 stage-draw.json",
    ),
    "an input whose name goes elsewhere": Case(
        "drawn",
        "rosters",
        stated(account("../out/items.xlsx")),
        2,
        "说有资料文件 ../out/",
    ),
    "an input accounted for twice": Case(
        "drawn", "rosters", stated(account("items.xlsx")), 2, "in/stage.json 说有两份 items.xlsx"
    ),
    "an input taken away": Case(
        "drawn", "rosters", removed("in/officers.xlsx"), 2, "缺少 in/officers.xlsx"
    ),
    "the history taken away": Case(
        "drawn", "freeze", removed("in/history.json"), 2, "缺少 in/history.json"
    ),
    "a folder within in/": Case(
        "drawn", "draw", put("in/more/entropy.toml"), 2, "in/more/entropy.toml 不该在这里"
    ),
    "a second record in out/": Case(
        "drawn", "draw", copied("out/draw.json", "out/draw (2).json"), 2, "out/draw (2).json"
    ),
    "a record of another name": Case(
        "drawn", "draw", renamed("out/draw.json", "out/drawn.json"), 2, "缺少 out/draw.json"
    ),
    "a page of one's own": Case("drawn", "draw", put("results.html"), 2, "results.html 不该在这里"),
    "a page taken away": Case("drawn", "draw", removed("public.html"), 2, "缺少 public.html"),
    "a tag file of one's own": Case("drawn", "draw", put("../notes.txt"), 2, "notes.txt 不该在"),
    "junk that was sealed in": Case(
        "drawn", "draw", put("out/Thumbs.db"), 2, "out/Thumbs.db 不该在这里"
    ),
    "a void of the freeze after the draw": Case(
        "voided", "void", renamed("in/draw.json", "in/freeze.json"), 2, "缺少 in/draw.json"
    ),
}
FIELDS = {
    "a key twice": Case(
        "drawn",
        "draw",
        written('"attempt": 1', '"attempt": 2,\n "attempt": 1'),
        2,
        f"{DRAW}：in/stage.json 读不出：记录含重复的键",
    ),
    "a field too many": Case(
        "drawn", "draw", stated(lambda s: s.update(of="draw.json")), 2, "的 of 是多出来的"
    ),
    "another kind's field": Case(
        "drawn", "draw", stated(lambda s: s.update(salt="0" * 64)), 2, "的 salt 是多出来的"
    ),
    "a field missing": Case(
        "drawn", "draw", stated(lambda s: s.pop("versions")), 2, "的 versions 没有写"
    ),
    "a rehearsal": Case(
        "drawn", "draw", stated(lambda s: s.update(rehearsal=True)), 2, "的 rehearsal 不合要求"
    ),
    "a number for a flag": Case(
        "drawn", "draw", stated(lambda s: s.update(rehearsal=0)), 2, "的 rehearsal 不合要求"
    ),
    "an attempt as text": Case(
        "drawn", "draw", stated(lambda s: s.update(attempt="1")), 2, "的 attempt 不合要求"
    ),
    "a time without its offset": Case(
        "drawn", "draw", stated(lambda s: s.update(time="2021-11-26T10:06:00")), 2, "的 time"
    ),
    "a field within a field": Case(
        "drawn", "draw", stated(lambda s: s["code"].update(by="x")), 2, "的 code.by 是多出来的"
    ),
    "an account without its size": Case(
        "drawn",
        "rosters",
        stated(lambda s: s["inputs"][0].pop("size")),
        2,
        "的 inputs.0.size 没有写",
    ),
    "a date that is none": Case(
        "amended", "amend", stated(lambda s: s.update(date="2021-11-31")), 2, "的 date 不合要求"
    ),
    "visits as one text": Case(
        "amended", "amend", stated(lambda s: s.update(visits="S001")), 2, "的 visits 不合要求"
    ),
}
DERIVED = {
    "an account that says another size": Case(
        "drawn",
        "rosters",
        stated(lambda s: s["inputs"][1].update(size=1)),
        3,
        "的校验码与 stage.json 不一致",
    ),
    "another freeze to compare with": Case(
        "drawn",
        "freeze",
        stated(
            lambda s: s.update(
                previous={
                    "round": "2021Q3",
                    "attempt": 1,
                    "time": "2021-08-20T09:00:00+08:00",
                    "bag": "0" * 64,
                }
            )
        ),
        3,
        "in/stage.json.previous",
    ),
    "a platform's list for a draw made here": Case(
        "drawn", "draw", both(put("in/external.csv"), stated(external)), 3, "平台的名单只在外部抽取"
    ),
    "an amendment of another draw": Case(
        "amended",
        "amend",
        edited("in/draw.json", lambda r: r["entropy"].update(place="别处")),
        3,
        f"in/draw.json 与 {DRAW} 的 out/ 不同",
    ),
    "an amendment that changes more": Case(
        "amended",
        "amend",
        edited("out/amend.json", lambda r: r["parameters"].update(title="别的")),
        3,
        "parameters.title",
    ),
    "an amendment that says more": Case(
        "amended",
        "amend",
        edited("out/amend.json", lambda r: r["amendments"][-1].update(extra="x")),
        3,
        "amendments",
    ),
    "two amendments in one stage": Case(
        "amended", "amend", edited("out/amend.json", another_amendment), 3, "次数应为 1"
    ),
    "an amendment that amends nothing": Case(
        "amended",
        "amend",
        edited("out/amend.json", lambda r: r["amendments"].clear()),
        3,
        "抽后调整的次数应为 1",
    ),
    "a void of another commitment": Case(
        "voided",
        "void",
        edited("out/void.json", lambda r: r.update(commitment="0" * 64)),
        3,
        "commitment",
    ),
    "a void that hides its draw": Case(
        "voided", "void", edited("out/void.json", lambda r: r.update(drawn=False)), 3, "drawn"
    ),
    "a void with an event that it does not need": Case(
        "voided", "void", put("in/entropy.toml"), 3, "in/entropy.toml 只在理由为"
    ),
    "a public record of another commitment": Case(
        "drawn",
        "draw",
        edited("out/public.json", lambda r: r.update(commitment="0" * 64)),
        6,
        "public.json.commitment",
    ),
    "a notice of another head": Case(
        "drawn",
        "freeze",
        edited("out/notice.json", lambda r: r["committed"].update(ledger_head="1" * 64)),
        3,
        "committed.ledger_head：应为 ",
    ),
    "a scan that says no paper": Case(
        "amended",
        "papers",
        edited("in/scans.json", lambda r: r["files"][0].update(file="某文书.pdf")),
        3,
        "不是以检查编号或批次开头",
    ),
    "scans that add nothing": Case(
        "amended",
        "papers",
        edited("in/scans.json", lambda r: r["files"].clear()),
        3,
        "没有新的扫描件",
    ),
    "a draw record without its event": Case(
        "drawn", "draw", edited("out/draw.json", lambda r: r.pop("entropy")), 4, "entropy"
    ),
}
CASES = CONTENTS | FIELDS | DERIVED


def step(report: audit.Report, number: int) -> protocol.Step:
    return next(s for s in report.steps if s.number == number)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_what_was_resealed_is_caught(bases, tmp_path, case):
    project = shutil.copytree(bases[case.base], tmp_path / "project")
    reseal(project, case.kind, case.act)
    report = report_of(project)
    told = step(report, case.step)
    assert (report.exit_code, told.holds) == (5, False), report.steps
    assert case.words in told.detail
    assert all(s.holds for s in report.steps if s.number < min(case.step, 3)), report.steps


@pytest.mark.parametrize("base", ["drawn", "amended", "voided"])
def test_resealing_alone_is_not_caught(bases, tmp_path, base):
    """The bags made anew from what they hold: so what is caught above is what was changed."""
    project = shutil.copytree(bases[base], tmp_path / "project")
    reseal(project, "", lambda data: None)
    assert report_of(project).exit_code == 0


LINES = {
    "a field too many": (lambda e: e.update(note="x"), "留痕登记簿第 2 行 的 note 是多出来的"),
    "no attempt": (lambda e: e.pop("attempt"), "留痕登记簿第 2 行 的 attempt 没有写"),
    "an attempt as text": (lambda e: e.update(attempt="1"), "第 2 行 的 attempt 不合要求"),
    "a time that is none": (lambda e: e.update(time="2021-11-26"), "第 2 行 的 time 不合要求"),
    "a time of another zone": (
        lambda e: e.update(time="2021-11-22T01:00:00Z"),
        "第 2 行 的 time 不合要求",
    ),
    "a time to the minute": (
        lambda e: e.update(time="2021-11-22T09:00+08:00"),
        "第 2 行 的 time 不合要求",
    ),
}


@pytest.mark.parametrize(("change", "words"), LINES.values(), ids=LINES.keys())
def test_a_line_of_another_shape_is_caught(copy_sample60, change, words):
    def lines(entries: list) -> list:
        change(entries[1])
        return entries

    reseal(copy_sample60, "", lambda data: None, lines)
    report = report_of(copy_sample60)
    assert report.exit_code == 5 and words in step(report, 1).detail


def test_a_void_after_the_event_without_its_draw_is_caught(bases, tmp_path):
    """The draw is taken out of folder and ledger, as if it had never been made."""
    project = shutil.copytree(bases["voided"], tmp_path / "project")
    folder = project / "outputs" / ROUND
    shutil.rmtree(folder / DRAW)
    (folder / last("freeze", "draw", "void")).rename(folder / last("freeze", "void"))

    def lines(entries: list) -> list:
        kept = [e for e in entries if e["stage"] != DRAW]
        kept[-1]["stage"] = last("freeze", "void")
        return [{**entry, "n": n} for n, entry in enumerate(kept, 1)]

    def of_the_freeze(data: Path) -> None:
        (data / "in" / "draw.json").unlink()
        shutil.copyfile(
            folder / FREEZE / "data" / "out" / "freeze.json", data / "in" / "freeze.json"
        )
        edited("out/void.json", lambda r: r.update(drawn=False))(data)
        info = data.parent / "bag-info.txt"
        named = info.read_text(encoding="utf-8")
        named = named.replace(last("freeze", "draw", "void"), last("freeze", "void"))
        info.write_text(named, encoding="utf-8")
        # the line before it is another now
        head = archive.read_entries(project / "outputs")[1]["hash"]
        stated(lambda stage: stage.update(ledger_head=head))(data)

    reseal(project, "void", of_the_freeze, lines)
    told = step(report_of(project), 3)
    assert told.holds is False and "须先完成抽取并归档，才能作废" in told.detail


# --- what a freeze or a draw would have been refused for ---


@pytest.fixture
def real(tmp_path) -> Path:
    """A real round, not yet frozen."""
    project = new_project(tmp_path, ROUND)
    path = project / "params" / ROUND / "round.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("demonstration = true", "demonstration = false"), encoding="utf-8")
    return project


def no_custodians(project: Path) -> None:
    path = project / "params" / ROUND / "round.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    kept = ["custodians = []" if line.startswith("custodians") else line for line in lines]
    path.write_text("\n".join(kept) + "\n", encoding="utf-8")


REFUSED = {
    "two days' notice": (
        lambda project: None,
        (workdays, "notice_problems"),
        "2021-11-24T09:00:00+08:00",
        "只有 2 个工作日，应不少于 3 个",
    ),
    "no custodians": (
        no_custodians,
        (params, "event_problems"),
        "2021-11-18T09:00:00+08:00",
        "封库校验码的保管人不足 2 名",
    ),
    "frozen after the event": (
        lambda project: None,
        (params, "event_problems"),
        "2021-11-26T10:30:00+08:00",
        "公开随机数产生的时间已经过去",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize(("change", "rule", "when", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_what_a_freeze_refuses_the_audit_refuses(
    real, monkeypatch, capsys, change, rule, when, words
):
    """Made by a program from which the refusal was taken out."""
    change(real)
    with monkeypatch.context() as patched:
        patched.setattr(workdays, "notice_problems", lambda *_: [])
        patched.setattr(*rule, lambda *_: [])
        assert run(real, "freeze", ROUND, when=when) == 0, capsys.readouterr()
    told = step(report_of(real), 3)
    assert told.holds is False
    assert f"{ROSTERS}：" in told.detail and f"{FREEZE}：" in told.detail
    assert told.detail.count(words) == 2, "of the rosters and of the freeze"
    (real / "outputs").rename(real / "elsewhere")
    assert run(real, "freeze", ROUND, when=when) == 3, "and so does the command"
    assert words in capsys.readouterr().err


@pytest.mark.slow
def test_an_event_saved_while_it_is_drawn_is_looked_at_again(copy_sample60, monkeypatch, capsys):
    """Between the check and the copy, somebody saves entropy.toml: nothing is entered."""
    (copy_sample60 / "outputs").rename(copy_sample60 / "elsewhere")
    assert run(copy_sample60, "freeze", ROUND) == 0
    path, looked = copy_sample60 / "params" / ROUND / "entropy.toml", []
    whole = events.draw_problems

    def look(folder, *more):
        found = whole(folder, *more)
        if not looked:
            text = path.read_text(encoding="utf-8")
            path.write_text(text.replace("5452443366262235", "5452443366262239"), encoding="utf-8")
        looked.append(folder)
        return found

    monkeypatch.setattr(events, "draw_problems", look)
    assert run(copy_sample60, "draw", ROUND) == 3
    assert len(looked) == 2 and "entropy.toml" in capsys.readouterr().err
    assert [e["stage"] for e in archive.read_entries(copy_sample60 / "outputs")] == [
        ROSTERS,
        FREEZE,
    ]


# --- the rounds that came before ---


@pytest.fixture
def two(bases, tmp_path) -> Path:
    return shutil.copytree(bases["two"], tmp_path / "project")


def test_the_rounds_that_came_before_are_looked_at_and_named(two):
    report = report_of(two, round_id=SECOND)
    assert report.exit_code == 0, report.steps
    assert report.earlier == [
        f"{ROUND}：核验了登记次序和 3 个档案包，从中取用的由 V3 对照；其余各步未核验，请另行复核"
    ]
    assert report.as_json()["earlier"] == report.earlier
    assert report_of(two).earlier == []


EARLIER = {
    "a page changed": (lambda folder: put("public.html")(folder / DRAW / "data"), 2, "public.html"),
    "a bag gone": (lambda folder: shutil.rmtree(folder / DRAW), 2, "档案包不见了"),
    "a file beside its manifests": (
        lambda folder: put("x")(folder / FREEZE),
        2,
        "x 是多出来的文件",
    ),
}


@pytest.mark.parametrize(("act", "number", "words"), EARLIER.values(), ids=EARLIER.keys())
def test_an_earlier_round_that_was_changed_fails_the_later_one(two, act, number, words):
    act(two / "outputs" / ROUND)
    told = step(report_of(two, round_id=SECOND), number)
    assert told.holds is False and f"{ROUND}/" in told.detail and words in told.detail


def test_an_earlier_round_resealed_with_a_stray_file_fails_the_later_one(two):
    reseal(two, "draw", lambda data: put("more.html")(data) if data.parts[-3] == ROUND else None)
    told = step(report_of(two, round_id=SECOND), 2)
    assert told.holds is False and f"{ROUND}/{DRAW}：more.html 不该在这里" in told.detail


def test_an_earlier_round_out_of_order_fails_the_later_one(two):
    def lines(entries: list) -> list:
        return [
            *entries[:3],
            {**entries[2], "n": 4},
            *({**e, "n": e["n"] + 1} for e in entries[3:]),
        ]

    reseal(two, "", lambda data: None, lines)
    told = step(report_of(two, round_id=SECOND), 1)
    assert told.holds is False and f"{ROUND}/{DRAW} 不该在这里" in told.detail


def test_earlier_rounds_that_are_not_here_are_said(two):
    shutil.rmtree(two / "outputs" / ROUND)
    report = report_of(two, round_id=SECOND)
    assert report.exit_code == 6 and step(report, 3).holds is None
    assert report.earlier == [f"{ROUND}：档案不在这里，只核验了登记次序"]


@pytest.mark.slow
def test_all_rounds_are_audited_one_after_the_other(two):
    code, said = tell(two, "audit", "--all", "--fast", "--json", "all.json")
    assert code == 0, said
    assert f"{ROUND}：相符" in said and f"{SECOND}：相符" in said
    assert "共 2 个批次和年度，结论：相符。" in said
    put("x")(two / "outputs" / SECOND / DRAW)
    code, said = tell(two, "audit", "outputs", "--all", "--fast", "--json", "all.json")
    assert code == 5
    assert f"{ROUND}：相符" in said and f"{SECOND}：有不符之处" in said
    assert f"V2 档案包：不符——{DRAW}：x 是多出来的文件" in said
    written = json.loads((two / "all.json").read_text(encoding="utf-8"))
    assert written["exit_code"] == 5
    assert [(r["round"], r["exit_code"]) for r in written["reports"]] == [(ROUND, 0), (SECOND, 5)]
    shutil.rmtree(two / "outputs" / SECOND)
    code, said = tell(two, "audit", "--all", "--fast")
    assert code == 5 and f"{SECOND}：有不符之处——找不到文件夹" in said


def test_there_must_be_something_to_audit(tmp_path):
    (tmp_path / "outputs").mkdir()
    code, said = tell(tmp_path, "audit", "--all")
    assert code == 1 and "中没有档案" in said
