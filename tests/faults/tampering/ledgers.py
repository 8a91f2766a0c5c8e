"""What is done to the ledger: by an editor or a file system; and with the chain made to fit."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from ssj import protocol
from ssj.casebook import runner

from .tools import (
    DRAW,
    DRAW_2,
    FREEZE,
    ROSTERS_2,
    VOID,
    Copy,
    Do,
    Entry,
    Tampering,
    chained,
    ledger,
    lines,
    resealed,
    stage_json,
)


def line(change) -> Do:
    """One line's text changed: the draw's."""

    def do(copy: Copy, bag: Path) -> None:
        name = f'"round":"{bag.parent.name}","stage":"{bag.name}"'.encode()
        every = copy.ledger.read_bytes().splitlines(keepends=True)
        own = next(n for n, text in enumerate(every) if name in text)
        every[own] = change(every[own])
        copy.ledger.write_bytes(b"".join(every))

    return do


def put(key: str, value: Any):
    """A member of the stage's line."""
    return lambda entries, own: entries[own].update({key: value})


def drop(entries: list[Entry], own: int) -> None:
    del entries[own]


def member(old: bytes, new: bytes) -> Do:
    return line(lambda text: text.replace(old, new, 1))


BROKEN = [
    Tampering("a byte of a line rots", DRAW, "V1", line(lambda t: t[:40] + b"~" + t[41:]),
              "留痕登记簿第"),
    Tampering("the first line removed", DRAW, "V1", lines(lambda old: old[1:]),
              "留痕登记簿第 1 行"),
    Tampering("a line in the middle removed", DRAW, "V1", lines(lambda old: old[:5] + old[6:]),
              "留痕登记簿第 6 行"),
    Tampering("two lines swapped", DRAW, "V1",
              lines(lambda old: [*old[:3], old[4], old[3], *old[5:]]),
              "留痕登记簿第 4 行"),
    Tampering("a line doubled", DRAW, "V1", lines(lambda old: [*old[:3], old[2], *old[3:]]),
              "留痕登记簿第 4 行"),
    Tampering("the lines after the freeze cut off", DRAW, "V1", lines(lambda old: old[:12]),
              "03-draw 没有登记"),
    Tampering("all lines removed", DRAW, "V1", lines(lambda old: []), "没有登记"),
    Tampering("the ledger removed", DRAW, "V1", lambda copy, bag: copy.ledger.unlink(),
              "没有留痕登记簿", unchecked=True),
    Tampering("a folder in place of the ledger", DRAW, "V1",
              lambda copy, bag: (copy.ledger.unlink(), copy.ledger.mkdir())),
    Tampering("the last line torn", DRAW, "V1", ledger(lambda d: d[:-100]), "没有写完"),
    Tampering("half a line more", DRAW, "V1", ledger(lambda d: d + b'{"n":17,')),
    Tampering("the last line end cut off", DRAW, "", ledger(lambda d: d[:-1]),
              harmless="the line is whole; the next command that writes puts its end back"),
    Tampering("line ends made those of Windows", DRAW, "V1",
              ledger(lambda d: d.replace(b"\n", b"\r\n"))),
    Tampering("a byte-order mark put before the ledger", DRAW, "V1",
              ledger(lambda d: b"\xef\xbb\xbf" + d)),
    Tampering("an empty line in the middle", DRAW, "V1",
              lines(lambda old: [*old[:3], b"\n", *old[3:]])),
    Tampering("an empty line at the end", DRAW, "V1", ledger(lambda d: d + b"\n")),
    Tampering("text that is no line at the end", DRAW, "V1", ledger(lambda d: d + b"x\n")),
    Tampering("zeros at the end, as after a loss of power", DRAW, "V1",
              ledger(lambda d: d + bytes(300))),
    Tampering("bytes that are no text", DRAW, "V1", ledger(lambda d: d + b"\xff\xfe\n"),
              "不是 UTF-8"),
    Tampering("a line's blanks changed", DRAW, "V1", member(b'","', b'", "')),
    Tampering("a line's members in another order", DRAW, "V1",
              line(lambda t: t.replace(b'"attempt":1,', b"").replace(b"}", b',"attempt":1}'))),
    Tampering("a member twice in a line", DRAW, "V1",
              member(b'"attempt":1', b'"attempt":1,"attempt":1')),
    Tampering("a line's number changed", DRAW, "V1", member(b'"n":13', b'"n":14')),
    Tampering("a line's hash changed", DRAW, "V1",
              line(lambda t: t.replace(b'"hash":"', b'"hash":"0')), "留痕登记簿第 13 行"),
    Tampering("a line's bag changed", DRAW, "V1", member(b'"bag":"', b'"bag":"0')),
    Tampering("a line's time changed", DRAW, "V1", member(b"T10:30:00", b"T10:31:00")),
    Tampering("a line's round changed", DRAW, "V1", member(b"next60", b"next61")),
    Tampering("a line's previous hash changed", DRAW, "V1",
              line(lambda t: t.replace(b'"previous":"', b'"previous":"0'))),
]  # fmt: skip


def alone(name: str, caught: str, change, says: str, at: str = DRAW, **more: Any) -> Tampering:
    return Tampering(name, at, caught, chained(change, **more), says)


def set_aside(entries: list[Entry], own: int) -> None:
    """A line of what was set aside, with a name that writes over the screen."""
    entries.append({**entries[-1], "stage": "aside", "attempt": 0,
                    "name": "\x1b[2J\x1b[H全部相符", "place": ".aside/x-1"})  # fmt: skip


def set_aside_elsewhere(entries: list[Entry], own: int) -> None:
    """One that would have the next command move a bag out of the archive."""
    entries.append({**entries[-1], "stage": "aside", "attempt": 0,
                    "name": "04-void", "place": "../../x"})  # fmt: skip


CHAINED = [
    Tampering("a line of what was set aside that writes over the screen", DRAW, "V1",
              chained(set_aside), "name 不合要求"),
    Tampering("a line that sets something aside out of the archive", DRAW, "V1",
              chained(set_aside_elsewhere), "place 不合要求"),
    alone("a line says another time than its stage", "V2", put("time", "2021-12-24T10:31:00+08:00"),
          "in/stage.json 的 time 与登记不一致"),
    alone("a line says another attempt than its stage", "V1", put("attempt", 2), "03-draw"),
    alone("a line of a round before all others invented", "V2",
          lambda entries, own: entries.insert(0, {**entries[1], "round": "2020Q1"}),
          "in/stage.json 的 previous 与登记不一致"),
    alone("a line of another round before all others taken out", "V2",
          lambda entries, own: entries.pop(0), "in/stage.json 的 previous 与登记不一致"),
    alone("a line without a bag at the end", "V2",
          lambda entries, own: entries.append({**entries[own], "stage": "04-papers"}),
          "04-papers：档案包不见了"),
    alone("a stage's line taken out", "V1", drop, "03-draw 没有登记"),
    alone("the freeze's line taken out", "V1", drop, "02-freeze 没有登记", at=FREEZE),
    alone("a line given another bag's seal", "V2",
          lambda entries, own: entries[own].update(bag=entries[own - 1]["bag"]),
          "的内容与登记的不符"),
    alone("a line renamed to another round", "V1", put("round", "next61"), "03-draw 没有登记"),
    alone("a line renamed to another stage", "V1", put("stage", "03-void"), "03-draw 没有登记"),
    alone("numbers that leave one out", "V1", put("n", 99), "", numbered=False),
    alone("a number that is text", "V1", put("n", "13"), "", numbered=False),
    alone("a line with a member that nobody reads", "V1", put("remark", "x"), ""),
    alone("a line without its attempt", "V1", lambda entries, own: entries[own].pop("attempt"), ""),
    alone("a line without its time", "V1", lambda entries, own: entries[own].pop("time"), ""),
    alone("a time that is no time", "V1", put("time", "yesterday"), ""),
    alone("a time without its offset", "V1", put("time", "2021-12-24T10:30:00"), ""),
    alone("a bag that is no hash", "V1", put("bag", "x"), ""),
    alone("a round that is a path", "V1", put("round", "../next60"), ""),
]  # fmt: skip


def again(copy: Copy, bag: Path) -> None:
    """A second draw in the attempt: redrawing until the list suits. Both are sound."""
    entries = copy.entries()
    own = next(e for e in entries if e["round"] == bag.parent.name and e["stage"] == bag.name)
    shutil.copytree(bag, bag.with_name("04-draw"))
    at = entries.index(own) + 1
    copy.reseal([*entries[:at], {**own, "stage": "04-draw"}, *entries[at:]])


def other_order(entries: list[Entry], own: int) -> None:
    entries[own - 1], entries[own] = entries[own], entries[own - 1]


def renumbered(copy: Copy, bag: Path) -> None:
    entries = copy.entries()
    for entry in entries:
        if (entry["round"], entry["stage"]) == (bag.parent.name, bag.name):
            entry["stage"] = "05-draw"
    bag.rename(bag.with_name("05-draw"))
    copy.reseal(entries)


def unknown(copy: Copy, bag: Path) -> None:
    """A stage of a kind that the program doesn't know, sealed and entered in its turn."""
    entries = copy.entries()
    own = next(e for e in entries if e["round"] == bag.parent.name and e["stage"] == bag.name)
    shutil.copytree(bag, bag.with_name("04-extra"))
    at = entries.index(own) + 1
    copy.reseal([*entries[:at], {**own, "stage": "04-extra"}, *entries[at:]])


def earlier(moment: str) -> Do:
    """A stage's time set back, in its line and in itself."""

    def do(copy: Copy, bag: Path) -> None:
        stage_json(bag, time=moment)
        entries = copy.entries()
        for entry in entries:
            if (entry["round"], entry["stage"]) == (bag.parent.name, bag.name):
                entry["time"] = moment
        copy.reseal(entries)

    return do


def attempts(copy: Copy, bag: Path) -> None:
    """The whole round said to be a later attempt, of which the earlier ones are not told."""
    entries = copy.entries()
    for entry in entries:
        if entry["round"] == bag.parent.name:
            entry["attempt"] = 2
            stage_json(copy.outputs / entry["round"] / entry["stage"], attempt=2)
    copy.reseal(entries)


def unvoided(copy: Copy, bag: Path) -> None:
    """The void and the voided draw taken out: as if the second attempt were the first."""
    copy.take_out(
        *(f"sample60/{name}" for name in ("01-rosters", "02-freeze", "03-draw", "04-void"))
    )


def another(copy: Copy, bag: Path) -> None:
    """``stage.json`` says of itself that it is another round's."""
    stage = runner.read_stage(bag / "data")
    runner.write_json(bag / "data" / "in" / "stage.json", {**stage, "round_id": "next61"})
    copy.reseal()


def capitals(copy: Copy, bag: Path) -> None:
    """The earlier round called as the later one, but for capitals."""
    entries = copy.entries()
    for entry in entries:
        if entry["round"] == "sample60":
            entry["round"] = "NEXT60"
            stage_json(copy.outputs / "sample60" / entry["stage"], round_id="NEXT60")
    (copy.outputs / "sample60").rename(copy.outputs / "NEXT60")
    copy.reseal(entries)


ORDER = [
    Tampering("an earlier round called like this one but for capitals", DRAW, "V1", capitals,
              "批次 next60 与 NEXT60 只差大小写"),
    Tampering("a second draw in the same attempt", DRAW, "V1", again, "04-draw 不该在这里"),
    Tampering("the draw entered before its freeze", DRAW, "V1", resealed(other_order),
              "不该在这里"),
    Tampering("a stage's number left out", DRAW, "V1", renumbered, "05-draw 不该在这里"),
    Tampering("a stage of an unknown kind entered", DRAW, "V1", unknown, "04-extra 不该在这里"),
    Tampering("a stage set before the one that it follows", DRAW, "V1",
              earlier("2021-12-20T08:00:00+08:00")),
    Tampering("a later round set before an earlier one", FREEZE, "V1",
              earlier("2021-11-20T08:00:00+08:00")),
    Tampering("a first attempt that is called the second", DRAW, "V1", attempts, "不该在这里"),
    Tampering("a void taken out, and both attempts left", VOID, "V1",
              lambda copy, bag: copy.take_out(VOID), "不该在这里"),
    Tampering("a voided attempt taken out", DRAW_2, "V1", unvoided, "不该在这里"),
    Tampering("the rosters of an attempt taken out", ROSTERS_2, "V1",
              lambda copy, bag: copy.take_out(ROSTERS_2), "不该在这里"),
    Tampering("the freeze taken out", FREEZE, "V1", lambda copy, bag: copy.take_out(FREEZE),
              "不该在这里"),
    Tampering("a stage that calls itself another round's", DRAW, "V2", another,
              "in/stage.json 的 round 与登记不一致"),
    Tampering("a stage that names another head", DRAW, "V2",
              lambda copy, bag: head_of(copy, bag), "in/stage.json 的 previous 与登记不一致"),
]  # fmt: skip


def head_of(copy: Copy, bag: Path) -> None:
    """A stage sealed with a head that the ledger never had."""
    import bagit

    stage_json(bag, ledger_head=protocol.NO_HEAD)
    bagit.Bag(str(bag)).save(manifests=True)
    entries = copy.entries()
    for entry in entries:
        if (entry["round"], entry["stage"]) == (bag.parent.name, bag.name):
            entry["bag"] = protocol.sha256((bag / "tagmanifest-sha256.txt").read_bytes())
    copy.chain(entries)
