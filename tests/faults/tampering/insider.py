"""What an insider with the whole program changes in records, notebooks and pages, sealing every bag
and chaining the ledger again.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from archived import replaceable
from faults.two_rounds import FROZEN_AGAIN, NEXT_FROZEN

from ssj import protocol
from ssj.casebook import archive, making, runner
from ssj.draw import changes, disclosure
from ssj.stages import registry

from .tools import (
    AMEND,
    DRAW,
    DRAW_2,
    FREEZE,
    PAPERS,
    PLAN,
    PLATFORM,
    RESULTS,
    REVIEW,
    ROSTERS,
    VOID,
    Copy,
    Do,
    Tampering,
    cut,
    edit,
    edited,
    restated,
    retagged,
    sealed,
    stage_json,
    stated,
    written,
)

Record = dict[str, Any]
DRAWN, FROZEN = "out/draw.json", "out/freeze.json"

# --- a draw's record ---


def swap_drawn(record: Record) -> None:
    """A friend's firm goes, another one of its stratum comes."""
    part = next(p for p in record["drawn"] if p["by_ticket"] and p["n"] < p["count"])
    framed = dict(protocol.frames(record))[part["task"], part["stratum"]]
    part["by_ticket"][0] = next(
        i for i, size in framed if size and i not in part["certain"] + part["by_ticket"]
    )


def other_officer(record: Record) -> None:
    first, *others = record["officers"]["taken"]
    other = next(seat for seat in others if seat["officer"] != first["officer"])
    first["officer"], other["officer"] = other["officer"], first["officer"]


def longer_or_none(rows: list[Record]) -> None:
    """A list emptied, or one that is empty given a row."""
    rows[:] = [] if rows else [{"visit": "X"}]


def other_dice(record: Record) -> None:
    """The whole draw made again from them: only entropy.toml and the notebook still tell."""
    record["entropy"]["text"] = "1" * 16
    record.update(protocol.draw(record, "1" * 16))


def heavier(record: Record) -> None:
    """One target gets a larger size; the commitment follows."""
    frame = next(
        f
        for t in record["tables"]["targets"]
        for f in t["internal"]["frames"]
        if f["stratum"] == "*"
    )
    frame["size"] += 7
    record["commitment"] = protocol.commit(record)


def recommitted(change: Callable[[Record], object]) -> Callable[[Record], None]:
    def do(record: Record) -> None:
        change(record)
        record["commitment"] = protocol.commit(record)

    return do


def draw_record(name: str, caught: str, change: Callable[[Record], object], says: str) -> Tampering:
    return Tampering(name, DRAW, caught, sealed(edited(DRAWN, change)), says)


DRAWS = [
    draw_record("a friend's firm exchanged in the drawn list", "V5", swap_drawn, "drawn"),
    draw_record("a firm dropped from the drawn list", "V5",
                lambda r: next(p for p in r["drawn"] if p["by_ticket"])["by_ticket"].pop(),
                "drawn"),
    draw_record("a stratum's number lowered", "V5", lambda r: r["drawn"][0].update(n=0), "drawn"),
    draw_record("a stratum's count raised", "V5",
                lambda r: r["drawn"][0].update(count=r["drawn"][0]["count"] + 1), "drawn"),
    draw_record("an item dropped from a visit", "V6", lambda r: r["visits"][0]["items"].pop(),
                "visits"),
    draw_record("a visit dropped", "V6", lambda r: r["visits"].pop(), "visits"),
    draw_record("a seat added to a visit", "V6",
                lambda r: r["visits"][0]["seats"].append(r["visits"][0]["seats"][0]), "visits"),
    draw_record("two officers exchanged", "V7", other_officer, "officers"),
    draw_record("a count of choices changed", "V7",
                lambda r: r["officers"]["taken"][0].update(choices=1), "officers"),
    draw_record("who was passed over, left out", "V7",
                lambda r: longer_or_none(r["officers"]["skipped"]), "officers"),
    draw_record("another seed", "V4",
                lambda r: r.update(seed=protocol.seed_of(r["commitment"], "1" * 16)), "seed"),
    draw_record("other dice, the draw made from them", "V4", other_dice, "entropy"),
    draw_record("dice that the announced form refuses", "V4",
                lambda r: r["entropy"].update(text="7" * 16)
                or r.update(seed=protocol.seed_of(r["commitment"], "7" * 16)), ""),
    draw_record("who was present, changed", "V4", lambda r: r["entropy"]["roles"].pop(), "entropy"),
    draw_record("a custodian's attestation added", "V4",
                lambda r: r["entropy"]["attestation"].append(r["entropy"]["attestation"][0]),
                "entropy"),
    draw_record("a custodian's attestation removed", "V4",
                lambda r: r["entropy"]["attestation"].pop(), "entropy"),
    draw_record("another commitment", "V4", lambda r: r.update(commitment="0" * 64), "commitment"),
    draw_record("another salt", "V4", lambda r: r.update(salt="0" * 64), "salt"),
    draw_record("the frozen tables changed in the draw alone", "V4", heavier, ""),
    draw_record("the event announced otherwise, in the draw alone", "V4",
                lambda r: r["event"].update(place="x"), ""),
    draw_record("another protocol's name", "V4", lambda r: r.update(protocol="ssj/0"), ""),
    Tampering("a member of the draw record that nobody reads", DRAW, "V9",
              sealed(edited(DRAWN, lambda r: r.update(remark="x"))), "draw.json", full=True),
]  # fmt: skip


def after(
    name: str, at: str, caught: str, *changes: Callable[[Path], object], says: str = ""
) -> Tampering:
    """All seals renewed after changes of a stage. Pages are looked at by the full audit alone."""
    return Tampering(name, at, caught, sealed(*changes), says, full=caught == "V10")


def shape(name: str, content: bytes) -> list[Tampering]:
    return [
        Tampering(f"a draw record that is {name}", DRAW, "V4", sealed(written(DRAWN, content))),
        Tampering(
            f"a frozen record that is {name}", FREEZE, "V3", sealed(written(FROZEN, content))
        ),
    ]


SHAPES = [
    row
    for name, content in {
        "empty": b"",
        "a list": b"[]",
        "no text": b"\xff",
        "an object without parameters": b'{"parameters": {}}',
        "null": b"null",
        "nested a thousand deep": b"[" * 1000 + b"]" * 1000,
        "a number with a fraction": b"0.5",
        "a number of ten thousand digits": b"1" * 10_000,
        "half a surrogate": b'{"round":"\\ud800"}',
    }.items()
    for row in shape(name, content)
]


def doubled(data: Path) -> None:
    """Of two members with one name a careless reader takes the last."""
    path = data / DRAWN
    path.write_bytes(path.read_bytes().replace(b'{"attempt":1', b'{"attempt":2,"attempt":1', 1))


SHAPES.append(Tampering("a member twice in the draw record", DRAW, "V4", sealed(doubled)))

# --- a freeze, and what rests on it ---


def publish(data: Path) -> None:
    """The public record made to fit the draw record."""
    record = archive.read_record(data / DRAWN)
    (data / "out" / "public.json").write_bytes(protocol.canonical(disclosure.published(record)))


def drawn_from(change: Callable[[Record], object], *, frozen_too: bool) -> Do:
    """Freeze and draw made anew from a changed record; or the draw alone."""

    def do(copy: Copy, bag: Path) -> None:
        freeze, draw = copy.data(FREEZE), copy.data(DRAW)
        if frozen_too:
            edit(freeze / FROZEN, change)
            notice = disclosure.notice(archive.read_record(freeze / FROZEN))
            (freeze / "out" / "notice.json").write_bytes(protocol.canonical(notice))
            for name in ("freeze.json", "notice.json"):
                shutil.copyfile(freeze / "out" / name, draw / "in" / name)
        else:
            edit(draw / "in" / "freeze.json", change)
        frozen = archive.read_record(draw / "in" / "freeze.json")
        edit(
            draw / DRAWN, lambda r: r.update(frozen, **protocol.draw(frozen, r["entropy"]["text"]))
        )
        publish(draw)
        copy.reseal()

    return do


def from_frozen(name: str, change: Callable[[Record], object], says: str = "") -> Tampering:
    do = drawn_from(recommitted(change), frozen_too=True)
    return Tampering(f"{name}, freeze and draw made to fit", FREEZE, "V3", do, says)


def officers(record: Record, **change: Any) -> None:
    record["tables"]["officers"][0]["internal"].update(change)


def spared_by_name(copy: Copy, bag: Path) -> None:
    """After the event a drawn firm spared. What was committed to stays, under the name of its
    member with a dot before it, where a careless comparison looks it up.
    """
    freeze, draw = copy.data(FREEZE), copy.data(DRAW)
    true, drawn = archive.read_record(freeze / FROZEN), archive.read_record(draw / DRAWN)
    friend, tables = drawn["visits"][0]["id"], json.loads(json.dumps(true["tables"]))
    row = next(t for t in tables["targets"] if t["id"] == friend)
    for frame in row["internal"]["frames"]:
        frame["size"] = 0
    forged = {**true, "tables": tables, ".tables": true["tables"]}
    redrawn = {**drawn, **forged, **protocol.draw(forged, drawn["entropy"]["text"])}
    assert friend not in {v["id"] for v in redrawn["visits"]}
    for path in (freeze / FROZEN, draw / "in" / "freeze.json"):
        path.write_text(json.dumps(forged, ensure_ascii=False), encoding="utf-8")
    (draw / DRAWN).write_text(json.dumps(redrawn, ensure_ascii=False), encoding="utf-8")
    publish(draw)
    copy.reseal()


def other_window(copy: Copy, bag: Path) -> None:
    """What a freeze hands on of round.toml: in another year no review asks after the round."""
    for place in (copy.data(FREEZE) / "out", copy.data(DRAW) / "in"):
        toml("round.toml", "start = 2021-12-27", "start = 2022-01-04")(place)
    copy.reseal()


def never_visited(history: Record) -> None:
    """A friend's chance lowered by a visit that never was."""
    history["rounds"].append(
        {
            "round": "2021Q3",
            "attempt": 1,
            "bag": "ab" * 32,
            "window": {"start": "2021-09-01", "end": "2021-09-30"},
            "above_cap": [],
            "visits": [{"id": "2019-999998-47-03-004001", "tasks": ["S01"]}],
        }
    )


def in_freeze(name: str, caught: str, file: str, change: Callable[[Any], object], says: str = "",
              at: str = FREEZE) -> Tampering:  # fmt: skip
    return Tampering(name, at, caught, sealed(edited(file, change)), says)


def toml(file: str, old: str, new: str) -> Callable[[Path], object]:
    def do(data: Path) -> None:
        text = (data / file).read_text(encoding="utf-8")
        assert old in text
        (data / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    return do


# another program, which nobody has
UNKNOWN = (
    restated(lambda s: s["code"].update(hash="0" * 64)),
    restated(lambda s: s["versions"].update(ssj="0" * 64)),
)


def parameters(old: str, new: str) -> Do:
    """Other parameters in the freeze's ``in/`` and in the rosters' ``out/`` that it comes from."""

    def do(copy: Copy, bag: Path) -> None:
        for place in (copy.data(ROSTERS) / "out", copy.data(FREEZE) / "in",
                      copy.data(FREEZE) / "out", copy.data(DRAW) / "in"):  # fmt: skip
            toml("round.toml", old, new)(place)
        copy.reseal()

    return do


def other_chances(copy: Copy, bag: Path) -> None:
    for path in (bag / "data/out/chances.json", copy.data(DRAW) / "in/chances.json"):
        edit(path, lambda c: c["targets"][0].update(visit="0.0001"))
    copy.reseal()


def set_stage(at: str, **members: Any) -> Do:
    return lambda copy, bag: (stage_json(copy.bag(at), **members), copy.reseal())


FREEZES = [
    from_frozen("a firm's size raised", heavier, "02-freeze：tables.targets["),
    from_frozen("an officer's availability changed", lambda r: officers(r, available=False)),
    from_frozen("an officer's recusals invented", lambda r: officers(r, recusals=["X"])),
    from_frozen("an officer's cap lowered", lambda r: officers(r, cap=0)),
    from_frozen("a task's ratio lowered",
                lambda r: r["tables"]["tasks"][0]["internal"]["strata"][0].update(ratio="0.01")),
    from_frozen("a firm left out", lambda r: r["tables"]["targets"].pop(0)),
    from_frozen("a firm's name changed",
                lambda r: r["tables"]["targets"][0]["identity"].update(name="x")),
    from_frozen("the slack raised", lambda r: r["parameters"].update(slack=9)),
    from_frozen("an approval changed",
                lambda r: r["parameters"]["approval"][0].update(approver="x")),
    from_frozen("another salt", lambda r: r.update(salt="60" * 32)),
    from_frozen("the event's time moved", lambda r: r["event"].update(
        time="2021-12-24T09:00:00+08:00")),
    from_frozen("a custodian left out of the announcement",
                lambda r: r["event"]["custodians"].pop()),
    Tampering("a drawn firm spared after the event, the true tables kept under another name",
              FREEZE, "V3", spared_by_name, "02-freeze：.tables"),
    Tampering("the round.toml that a freeze hands on", FREEZE, "V3", other_window,
              "02-freeze：out/round.toml"),
    Tampering("a draw from a freeze that never was", DRAW, "V3",
              drawn_from(heavier, frozen_too=False),
              "03-draw：in/freeze.json 与 02-freeze 的 out/ 不同"),
    in_freeze("an invented visit in the history", "V3", "in/history.json", never_visited,
              "in/history.json.rounds"),
    in_freeze("a visit of the earlier round left out of the history", "V3", "in/history.json",
              lambda h: h["rounds"][0]["visits"].pop(), "in/history.json"),
    in_freeze("a firm's designed chances changed in the history", "V3", "in/history.json",
              lambda h: h["cool_down"][0]["recent"].reverse(), "in/history.json"),
    in_freeze("the previous freeze's parameters changed", "V3", "in/previous.json",
              lambda p: p["parameters"].update(slack=9)),
    in_freeze("the year's plan changed as the freeze knows it", "V3", "in/year.json",
              lambda y: y["tasks"][0].update(name="x"), "in/year.json"),
    in_freeze("a chance changed in the published table", "V3", "out/chances.json",
              lambda c: c["targets"][0].update(visit="0.0001"), "chances.json.targets[0].visit"),
    in_freeze("the notice's commitment changed", "V3", "out/notice.json",
              lambda n: n.update(commitment="0" * 64)),
    in_freeze("a firm left out of the published list", "V3", "out/notice.json",
              lambda n: n["public_list"]["targets"].pop()),
    Tampering("parameters changed after the fact", FREEZE, "V3",
              parameters("slack = 1", "slack = 9")),
    Tampering("an approval's day moved behind the freeze", FREEZE, "V3",
              parameters("date = 2021-11-15", "date = 2021-12-21")),
    Tampering("the salt changed in stage.json alone", FREEZE, "V3",
              set_stage(FREEZE, salt="0" * 64), "salt"),
    in_freeze("the rosters changed as the freeze knows them", "V3", "in/rosters.json",
              lambda r: r["tables"]["targets"]["rows"].pop(),
              "in/rosters.json 与 01-rosters 的 out/ 不同"),
    in_freeze("the rosters as read changed", "V3", "out/rosters.json",
              lambda r: r["tables"]["targets"]["rows"].pop(), at=ROSTERS),
    in_freeze("a warning of the rosters taken out", "V3", "out/rosters.json",
              lambda r: r["warnings"].clear(), at=ROSTERS),
    after("another roster in place of the one that was read", ROSTERS, "V3",
          lambda data: shutil.copyfile(data / "in/officers.xlsx", data / "in/targets.xlsx"),
          says="targets.xlsx"),
    Tampering("an input's hash changed in stage.json", ROSTERS, "V3",
              sealed(restated(lambda s: s["inputs"][2].update(sha256="0" * 64)))),
    Tampering("an input left out of stage.json", ROSTERS, "V2",
              sealed(restated(lambda s: s["inputs"].pop()))),
    Tampering("an input's size changed in stage.json", ROSTERS, "V3",
              sealed(restated(lambda s: s["inputs"][0].update(size=1)))),
    in_freeze("the public record says something else", "V6", "out/public.json",
              lambda r: r["visits"].pop(), "public.json.visits", at=DRAW),
    in_freeze("another root for the codes of visits", "V6", "out/public.json",
              lambda r: r["checks"][0].update(root="0" * 64), ".checks[0].root", at=DRAW),
    Tampering("the codes of visits taken out of the public record", DRAW, "V9",
              sealed(edited("out/public.json", lambda r: r.pop("checks"))), full=True),
    in_freeze("the voided draw not told to the next one", "V3", "in/voided.json",
              lambda v: v["visits"].pop(), "in/voided.json", at=DRAW_2),
    Tampering("the event's file changed", DRAW, "V4",
              sealed(toml("in/entropy.toml", "2264135561423316", "1111111111111111")), "entropy"),
    Tampering("the draw's time set before the event", DRAW, "V2",
              set_stage(DRAW, time="2021-12-24T09:00:00+08:00"), "time"),
    Tampering("chances changed in freeze and draw", FREEZE, "V3", other_chances,
              "chances.json.targets[0].visit"),
]  # fmt: skip

# --- what comes after the draw ---


def replaced_by_amendment(copy: Copy, bag: Path) -> None:
    """A forged draw slipped in under another name: the amendment says that it amends that one."""
    other = amended_anew(copy, bag)
    (bag / "data" / "in" / "stage-draw.json").write_bytes(protocol.canonical(other))
    stage_json(bag, amends="stage-draw.json")
    copy.reseal()


def redrawn_in_amendment(copy: Copy, bag: Path) -> None:
    """The draw in the amendment's ``in/`` exchanged for another."""
    other = amended_anew(copy, bag)
    (bag / "data" / "in" / "draw.json").write_bytes(protocol.canonical(other))
    copy.reseal()


def amended_anew(copy: Copy, bag: Path) -> Record:
    """The amendment made of another draw, which is given; nothing comes after it."""
    cut(copy, NEXT_FROZEN)
    before = archive.read_record(bag / "data" / "in" / "draw.json")
    for digit in "123456":  # until teams can be made, and somebody replaced
        with suppress(protocol.ProtocolError, AssertionError):
            text = digit * 16
            other = {**before, **protocol.draw(before, text)}
            other["entropy"] = {**before["entropy"], "text": text}
            officer, _ = replaceable(other, whole=True)
            break
    visits = sorted({t["visit"] for t in other["officers"]["taken"] if t["officer"] == officer})
    stage_json(bag, officer=officer, visits=visits)
    record = changes.amended(other, runner.read_stage(bag / "data"))
    (bag / "data" / "out" / "amend.json").write_bytes(protocol.canonical(record))
    public = protocol.canonical(disclosure.published(record))
    (bag / "data" / "out" / "public.json").write_bytes(public)
    return other


def other_void(copy: Copy, bag: Path) -> None:
    """A void that names a file of its own making."""
    cut(copy, FROZEN_AGAIN)
    data = bag / "data"
    record = archive.read_record(data / "in" / "draw.json")
    record["parameters"]["slack"] = 9
    record["commitment"] = protocol.commit(record)
    (data / "in" / "stage-draw.json").write_bytes(protocol.canonical(record))
    same = {key: record[key] for key in ("commitment", "parameters")}
    edit(data / "out" / "void.json", lambda r: r.update(same))
    stage_json(bag, voids="stage-draw.json")
    copy.reseal()


def both(file: str, other: str, change: Callable[[Any], object]) -> Callable[[Path], object]:
    return lambda data: (edit(data / file, change), edit(data / other, change))


def last_amended(**change: Any) -> Callable[[Record], object]:
    return lambda r: r["amendments"][-1].update(change)


LATER = [
    Tampering("a draw replaced under the name of an amendment", AMEND, "V2", replaced_by_amendment),
    Tampering("a draw replaced in an amendment's in/", AMEND, "V3", redrawn_in_amendment,
              "09-amend：in/draw.json 与 07-draw 的 out/ 不同"),
    after("an amendment's reason changed", AMEND, "V3",
          edited("out/amend.json", last_amended(reason="回避")), says="reason"),
    after("an amendment's reason outside the list", AMEND, "V3",
          edited("out/amend.json", last_amended(reason="不想去")),
          restated(lambda s: s.update(reason="不想去"))),
    after("an amendment approved by nobody who may", AMEND, "V3",
          edited("out/amend.json", last_amended(approver="某人")),
          restated(lambda s: s.update(approver="某人"))),
    after("an amendment approved after it was made", AMEND, "V3",
          edited("out/amend.json", last_amended(date="2021-12-30")),
          restated(lambda s: s.update(date="2021-12-30"))),
    after("who comes instead, chosen by hand", AMEND, "V7",
          edited("out/amend.json", lambda r: r["amendments"][-1]["taken"][0].update(
              officer=next(o["id"] for o in r["tables"]["officers"]
                           if o["id"] != r["amendments"][-1]["taken"][0]["officer"])))),
    after("who was passed over for it, left out", AMEND, "V7",
          edited("out/amend.json", lambda r: longer_or_none(r["amendments"][-1]["skipped"]))),
    after("an amendment's public record changed", AMEND, "V7",
          edited("out/public.json", lambda r: r["visits"].pop()), says="public.json"),
    after("a code ended that was not, by the public record", AMEND, "V7",
          edited("out/public.json", lambda r: r["checks"][1].update(ended=["0" * 64])),
          says="checks[1].ended"),
    after("an amendment taken out of the record", AMEND, "V3",
          edited("out/amend.json", lambda r: r["amendments"].clear()), says="次数应为 1"),
    after("a scan's hash changed", PAPERS, "V3",
          edited("out/papers.json", lambda r: r["papers"][0].update(sha256="0" * 64)),
          says="papers"),
    after("a paper taken out of the list", PAPERS, "V3",
          edited("out/papers.json", lambda r: r["papers"].clear()), says="papers"),
    after("an earlier paper invented", PAPERS, "V3",
          edited("in/earlier.json", lambda r: r["papers"].append({"file": "x"})),
          says="in/earlier.json"),
    after("a further field in the list of scans", PAPERS, "V3",
          edited("in/scans.json", lambda r: r.update(x=1)), says="in/scans.json 的 x 是多出来的"),
    after("a further field of a scan", PAPERS, "V3",
          edited("in/scans.json", lambda r: r["files"][0].update(x=1)), says="是多出来的"),
    after("a further field in the list of screenshots", RESULTS, "V3",
          edited("in/evidence.json", lambda r: r.update(x=1)),
          says="in/evidence.json 的 x 是多出来的"),
    after("papers said to be of another record", PAPERS, "V2",
          restated(lambda s: s.update(of="stage.json"))),
    after("a row of the reconciliation changed", PLATFORM, "V3",
          edited("out/platform.json", lambda r: r["rows"][0].update(findings=["missing"]))),
    after("the reconciliation's counts changed", PLATFORM, "V3",
          edited("out/platform.json", lambda r: r["counts"].update(agrees=0))),
    after("the platform's export exchanged", PLATFORM, "V3",
          restated(lambda s: s["source"].update(sha256="0" * 64)
                   if not s["source"]["redacted"] else s["source"].update(size=1))),
    after("a result changed", RESULTS, "V3",
          edited("out/results.json", lambda r: r["rows"][0].update(results=["违反其他规定"]))),
    after("a day of publication changed", RESULTS, "V3",
          edited("out/results.json", lambda r: r["visits"][0].update(published_on="2021-12-20"))),
    after("a result changed in the published record", RESULTS, "V3",
          edited("out/published.json", lambda r: r["visits"].pop())),
    after("results counted otherwise", RESULTS, "V3",
          edited("out/results.json", lambda r: r["counts"].update(closed=0))),
    after("earlier results invented", RESULTS, "V3",
          lambda data: (data / "in" / "earlier.json").write_bytes(b'{"results":{"rows":[]}}'),
          says="in/earlier.json"),
    after("what is known of firms changed", RESULTS, "V3",
          lambda data: (data / "in" / "known.json").write_bytes(b'{"x":[]}')),
    after("the table of results exchanged", RESULTS, "V3",
          restated(lambda s: next(iter(s["sources"])).update(sha256="0" * 64))),
    after("an indicator's value changed", REVIEW, "V3",
          edited("out/review.json", lambda r: r["indicators"][0].update(value="2021-01-01"))),
    after("a void left out of the review", REVIEW, "V3",
          edited("out/review.json", lambda r: r["voids"].clear())),
    after("a round's record exchanged in the review's in/", REVIEW, "V3",
          edited("in/sample60-draw.json", lambda r: r["visits"].pop())),
    after("the review's list of stages changed", REVIEW, "V3",
          edited("in/ledger.json", lambda r: r["rounds"].pop())),
    after("the review's lists changed", REVIEW, "V3",
          edited("in/sample60-lists.json", lambda r: r["targets"].pop())),
    after("the plan's forecast changed", PLAN, "V3",
          edited("out/plan.json", lambda r: r["forecast"]["totals"].update(visits="1"))),
    after("a task left out of the plan", PLAN, "V3",
          edited("out/plan.json", lambda r: r["tasks"].pop())),
    after("an approver changed in the plan", PLAN, "V3",
          edited("out/plan.json", lambda r: r["tasks"][0].update(approver="x"))),
    after("a year.toml changed after the fact", PLAN, "V3",
          toml("in/year.toml", 'approver = "演示局长"', 'approver = "某人"')),
    after("a void's reason changed", VOID, "V3",
          edited("out/void.json", lambda r: r.update(reason="程序故障"))),
    after("a void's reason outside the list", VOID, "V3",
          edited("out/void.json", lambda r: r.update(reason="不满意")),
          restated(lambda s: s.update(reason="不满意"))),
    after("a void approved by nobody who may", VOID, "V3",
          edited("out/void.json", lambda r: r.update(approver="某人")),
          restated(lambda s: s.update(approver="某人"))),
    after("a void's draw exchanged", VOID, "V3",
          edited("in/draw.json", lambda r: r["visits"].pop()),
          says="04-void：in/draw.json 与 03-draw 的 out/ 不同"),
    Tampering("a void of another draw", VOID, "V2", other_void),
]  # fmt: skip

# --- stage.json, notebooks, pages, programs ---


def twice(data: Path) -> None:
    """A key twice: a careless reader takes the last."""
    path = data / "in" / "stage.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('{\n "attempt"', '{\n "attempt": 2,\n "attempt"', 1))


def another_day(copy: Copy, bag: Path) -> None:
    """The same moment, a day later by the clock of nowhere: rules on days would count by it."""
    entries = copy.entries()
    own = next(e for e in entries if e["round"] == "next60" and e["stage"] == bag.name)
    zone = timezone(timedelta(hours=23, minutes=59))
    own["time"] = datetime.fromisoformat(own["time"]).astimezone(zone).isoformat()
    stage_json(bag, time=own["time"])
    copy.reseal(entries)


STATED = [
    Tampering("stage.json with a member that nobody reads", DRAW, "V2", stated(remark="x")),
    Tampering("stage.json with a member twice", DRAW, "V2", sealed(twice)),
    Tampering("stage.json without a member", DRAW, "V2",
              sealed(restated(lambda s: s.pop("rehearsal")))),
    Tampering("a rehearsal's stage among real ones", DRAW, "V2", stated(rehearsal=True)),
    Tampering("what a stage repeats changed, an unknown program named", DRAW, "V3",
              sealed(written("in/chances.json", b"{}"),
                     restated(lambda s: s["code"].update(hash="0" * 64)),
                     restated(lambda s: s["versions"].update(ssj="0" * 64))),
              "in/chances.json 与 02-freeze 的 out/ 不同"),
    Tampering("the voided draw not told to the next one, an unknown program named", DRAW_2, "V3",
              sealed(edited("in/voided.json", lambda v: v["visits"].pop()), *UNKNOWN),
              "in/voided.json"),
    Tampering("the event's file changed, an unknown program named", DRAW, "V4",
              sealed(toml("in/entropy.toml", "2264135561423316", "1111111111111111"), *UNKNOWN),
              "in/entropy.toml"),
    Tampering("stage.json of another format", DRAW, "V3", stated(format=archive.FORMAT + 1),
              "不在本机所知的发布版本中", unchecked=True),
    Tampering("a file in in/ whose name begins like an allowed one", DRAW, "V2",
              sealed(written("in/stage-2.json", b"{}"))),
    Tampering("a file in in/ that nobody asked for", FREEZE, "V2",
              sealed(written("in/other.json", b"{}"))),
    Tampering("parameters that are said to lack personal data, and so to have any hash", ROSTERS,
              "V2", sealed(restated(
                  lambda s: next(a for a in s["inputs"] if a["kept"] == "round.toml").update(
                      redacted=True, sha256="0" * 64))), "round.toml 存档前略去了个人信息"),
    Tampering("columns left out of a table that is said to be whole", ROSTERS, "V2",
              sealed(restated(lambda s: next(
                  a for a in s["inputs"] if a["kept"] == "targets.xlsx").update(dropped=["手机"]))),
              "又说略去了手机"),
    Tampering("a table that is said to lack personal data, and so to have any hash", ROSTERS, "V3",
              sealed(restated(lambda s: next(
                  a for a in s["inputs"] if a["kept"] == "targets.xlsx").update(redacted=True))),
              "ledger_head"),
    Tampering("the same of a table of the ledger's last stage", REVIEW, "",
              sealed(restated(lambda s: next(
                  a for a in s["inputs"] if a["kept"] == "indicators.xlsx").update(redacted=True)),
                  edited("out/review.json", lambda r: r["sources"][0].update(redacted=True))),
              outside="in words: the file itself as the bureau keeps it, by its hash"),
    Tampering("a file in out/ that nobody wrote", DRAW, "V2",
              sealed(written("out/other.json", b"{}"))),
    Tampering("a file beside the notebook", DRAW, "V2", sealed(written("other.html", b"x"))),
    Tampering("the code's hash changed in stage.json", DRAW, "V8",
              sealed(restated(lambda s: s["code"].update(hash="0" * 64)))),
    Tampering("a time in another zone, and so on another day", DRAW, "V2", another_day,
              "03-draw：in/stage.json 的 time"),
    Tampering("a bag that calls itself another stage's", DRAW, "V2", sealed(
        lambda data: (data.parent / "bag-info.txt").write_text(
            (data.parent / "bag-info.txt").read_text("utf-8").replace("next60", "sample60"),
            encoding="utf-8")), "03-draw：bag-info.txt"),
    *(
        Tampering(name, REVIEW, "V2", retagged(file, change), f"02-review：{says}")
        for name, file, change, says in (
            ("a file listed twice, first with another digest", "manifest-sha256.txt",
             lambda data: b"0" * 64 + data[64:].split(b"\n")[0] + b"\n" + data,
             "manifest-sha256.txt 列了不止一次 data/"),
            ("a manifest with a line that lists nothing", "manifest-sha256.txt",
             lambda data: data + b"x\n", "manifest-sha256.txt 有一行不是校验码和文件名"),
            ("a bag that calls itself two stages'", "bag-info.txt",
             lambda data: b"External-Identifier: 2021/01-plan\n" + data, "bag-info.txt"),
            ("a bag that gives another size", "bag-info.txt",
             lambda data: data.replace(b"Payload-Oxum: ", b"Payload-Oxum: 1"), "bag-info.txt"),
            ("a bag of another encoding", "bagit.txt",
             lambda data: data.replace(b"UTF-8", b"UTF-16"), "bagit.txt"),
        )
    ),
    Tampering("the code's version changed in stage.json", DRAW, "V8",
              sealed(restated(lambda s: s["code"].update(version="9.9")))),
]  # fmt: skip


def notebook(change: Callable[[Record], object]) -> Callable[[Path], object]:
    def do(data: Path) -> None:
        path = data / runner.NOTEBOOK
        node = json.loads(path.read_text(encoding="utf-8"))
        change(node)
        path.write_text(
            json.dumps(node, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8"
        )

    return do


def cell(identifier: str, node: Record) -> Record:
    return next(c for c in node["cells"] if c["id"] == identifier)


def more_code(node: Record) -> None:
    """A statement that would leave a mark if the notebook were run."""
    cell("write", node)["source"].append("\nPath('../ran').write_text('x')")


def injected(source: str) -> Callable[[Path], object]:
    return notebook(lambda node: cell("injected-parameters", node).update(source=source))


def shown(data: Path) -> None:
    """What the notebook shows changed, and the pages rendered from it."""
    only_shown(data)
    for audience, page in making.render_pages(data, registry.kinds()["draw"], "next60").items():
        (data / f"{audience}.html").write_bytes(page.encode("utf-8"))


def unlike_version(copy: Copy, bag: Path) -> None:
    """A page of another release may differ; so may a forged one, if a stage says that it is."""

    def other(stage: Record) -> None:
        stage["versions"].update(ssj="0" * 64)
        stage["code"].update(version="9.9")

    sealed(restated(other))(copy, bag)
    (bag.parent / "files" / "核验.html").write_text("全部相符", encoding="utf-8")


only_shown = notebook(
    lambda node: cell("public-counts", node).update(
        outputs=json.loads(
            json.dumps(cell("public-counts", node)["outputs"], ensure_ascii=False).replace(
                "抽中（户次）", "抽中（户）"
            )
        )
    )
)


PROGRAMS = [
    after("a statement added to the freeze's notebook", FREEZE, "V8", notebook(more_code),
          says="过程记录的单元 write 与发布的不同"),
    after("a statement added to the draw's notebook", DRAW, "V8", notebook(more_code),
          says="过程记录的单元 write 与发布的不同"),
    after("a cell removed", DRAW, "V8", notebook(lambda node: node["cells"].pop(3))),
    after("a cell added", DRAW, "V8",
          notebook(lambda node: node["cells"].append({**node["cells"][-1], "id": "more"})),
          says="单元数"),
    after("a sentence of the prose changed", DRAW, "V8",
          notebook(lambda node: next(c for c in node["cells"] if c["cell_type"] == "markdown")
                   .update(source=["x"]))),
    after("a code cell turned into prose", DRAW, "V8",
          notebook(lambda node: cell("write", node).update(cell_type="markdown")
                   or [cell("write", node).pop(k) for k in ("outputs", "execution_count")])),
    after("a parameter changed", DRAW, "V8",
          injected('# Parameters\nround_id = "next60"\nattempt = 2\n'), says="注入的参数"),
    after("an import among the parameters", DRAW, "V8",
          injected('round_id = "next60"\nattempt = 1\nimport os'), says="注入的参数"),
    after("parameters that are no assignments", DRAW, "V8", injected("import os"),
          says="注入的参数"),
    after("a parameter missing", DRAW, "V8", injected("attempt = 1"), says="注入的参数"),
    after("parameters in one assignment", DRAW, "V8",
          injected('round_id, attempt = "next60", 1'), says="注入的参数"),
    after("another stage's notebook", FREEZE, "V8",
          lambda data: shutil.copyfile(data.parents[1] / "03-draw/data/notebook.ipynb",
                                       data / "notebook.ipynb")),
    after("a notebook that is no notebook", DRAW, "V8", written("notebook.ipynb", b"{}")),
    after("the archived verifier exchanged for one that always passes", DRAW, "V8",
          written("protocol.py", b"print('all good')\n")),
    after("the archived verifier exchanged, another program of the same code named", DRAW, "V8",
          written("protocol.py", b"print('all good')\n"),
          restated(lambda s: s["versions"].update(ssj="0" * 64))),
    Tampering("the verifier page for the website exchanged, another version named", PAPERS, "V10",
              unlike_version, "files/核验.html", unchecked=True),
    after("the archived lock exchanged", DRAW, "V8", written("requirements.lock", b"evil==1.0\n")),
    after("a word on the public page changed", DRAW, "V10",
          toml("public.html", "演示", "范例"),
          says="03-draw：public.html"),
    after("a word on the auditor's page changed", DRAW, "V10",
          toml("auditor.html", "演示", "范例"), says="03-draw：auditor.html"),
    after("a script put into the public page", FREEZE, "V10",
          toml("public.html", "</body>", "<script>1</script></body>"),
          says="02-freeze：public.html"),
    after("what a notebook shows changed, not the pages", DRAW, "V10", only_shown),
    Tampering("what a notebook shows changed, and the pages with it", DRAW, "V9", sealed(shown),
              "public-counts", full=True),
    Tampering("a notebook's metadata changed", DRAW, "V9",
              sealed(notebook(lambda node: node["metadata"].update(x="y"))), full=True),
]  # fmt: skip
