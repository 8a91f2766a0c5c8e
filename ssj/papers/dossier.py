"""For the archivist and the auditor: 卷内目录, 备考表 and 复核单, what each may say of a round's
archived stages.

Page numbers, numbers of documents, names of who made and who checked the volume, and dates of
signing are blanks of the templates.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ssj import protocol
from ssj.base import formats, words
from ssj.draw import lists
from ssj.papers import paperwork, reports
from ssj.papers.reports import Attempt
from ssj.protocol import Record
from ssj.results import scans

REST = 5  # changes shown on 复核单, so that it stays on one page
LONGEST = 30  # characters of a check's detail there


@dataclass(frozen=True)
class Bag:
    """An archived stage as it lies on disk: its ledger entry, the files in its bag, and what its
    ``stage.json`` says of the program.
    """

    entry: Record
    files: list[Record]  # their accounts
    code: Record
    python: str
    title: str  # of its kind of stage

    @property
    def size(self) -> int:
        return sum(f["size"] for f in self.files)


def _shared(attempts: list[Attempt]) -> Record:
    return paperwork.common(attempts[-1].record)


def kept(attempts: Iterable[Attempt]) -> list[tuple[Attempt, list[Record]]]:
    """The signed papers taken in, by attempt."""
    return [(a, a.records["papers"]["papers"]) for a in attempts if "papers" in a.records]


def scanned(attempts: Iterable[Attempt]) -> list[Record]:
    """The scans of all attempts, each file once: file, size, sha256."""
    return [
        {"file": file, "size": size, "sha256": digest}
        for file, digest, size in sorted(
            {(p["file"], p["sha256"], p["size"]) for _, papers in kept(attempts) for p in papers}
        )
    ]


# --- 卷内目录 ---


def contents(attempts: list[Attempt], bags: list[Bag]) -> Record:
    """What 卷内目录.docx may say: a row for each archived stage and for the signed papers taken in,
    and the electronic files with their hashes.
    """
    rows = [
        *_stage_rows(attempts[-1].record["parameters"]["title"], bags),
        *(row for a, papers in kept(attempts) for row in _paper_rows(a, papers)),
    ]
    bureau = attempts[-1].record["parameters"]["bureau"]
    return {
        **_shared(attempts),
        "rows": [{"n": n, "by": bureau, **row} for n, row in enumerate(rows, 1)],
        "bags": [
            {
                "stage": b.entry["stage"],
                "line": b.entry["n"],
                "count": len(b.files),
                "size": formats.thousands(b.size),
                "bag": b.entry["bag"],
                "files": [_file(f, f"{b.entry['stage']}/{f['file']}") for f in b.files],
            }
            for b in bags
        ],
        "scans": [_file(f, f["file"]) for f in scanned(attempts)],
        "last_line": bags[-1].entry["n"],
        "last_hash": bags[-1].entry["hash"],
    }


def _file(file: Record, name: str) -> Record:
    return {"name": name, "size": formats.thousands(file["size"]), "sha256": file["sha256"]}


def _stage_rows(title: str, bags: list[Bag]) -> Iterator[Record]:
    for bag in bags:
        e = bag.entry
        yield {
            "title": (f"{title}：{bag.title}\n第 {e['attempt']} 次抽取，档案包 {e['stage']}"),
            "date": e["time"][:10].replace("-", ""),
            "pieces": f"{len(bag.files)}",
            "note": f"登记簿第 {e['n']} 行",
        }


def _paper_rows(attempt: Attempt, papers: list[Record]) -> Iterator[Record]:
    """A row for each paper of the round, one for all declarations (回避声明), and one for each
    visit.
    """
    order = scans.positions()
    own: dict[str, list[Record]] = defaultdict(list)
    for p in papers:
        own[p["number"] if p["target"] else p["paper"]].append(p)
    names = lists.names(attempt.record, "targets")
    for key, some in sorted(
        own.items(),
        key=lambda one: (
            bool(one[1][0]["target"]),
            order[one[1][0]["paper"]] if not one[1][0]["target"] else 0,
            one[0],
        ),
    ):
        kinds = "、".join(sorted({p["paper"] for p in some}, key=lambda name: order[name]))
        people = f"（{len({p['officer'] for p in some})} 人）" if some[0]["officer"] else ""
        title = (
            f"{key} {names[some[0]['target']]}：{kinds}"
            if some[0]["target"]
            else f"{scans.prefix(attempt.record)} {kinds}{people}"
        )
        yield {
            "title": title,
            "date": "",
            "pieces": f"{len({(p['file'], p['sha256']) for p in some})}",
            "note": "有扫描件",
        }


# --- 备考表 ---


def remarks(attempts: list[Attempt], bags: list[Bag], report: Record | None) -> Record:
    """What 备考表.docx may say: counts, the program that made the archive, how it was verified;
    ``report``: the current audit report, if any.
    """
    own, codes = (
        scanned(attempts),
        list(dict.fromkeys((b.code["version"], b.code["hash"], b.python) for b in bags)),
    )
    return {
        **_shared(attempts),
        "bags": len(bags),
        "files": sum(len(b.files) for b in bags),
        "size": formats.thousands(sum(b.size for b in bags)),
        "lines": _lines(bags),
        "last_hash": bags[-1].entry["hash"],
        "scans": len(own),
        "scan_size": formats.thousands(sum(f["size"] for f in own)),
        "stages": [f"{b.entry['stage']} {b.title}" for b in bags],
        "programs": [
            {"version": version, "hash": code, "python": python} for version, code, python in codes
        ],
        "changes": list(reports.changes(attempts))
        if attempts[-1].drawn
        else [
            (
                f"第 {attempts[-1].number} 次抽取"
                f"{'已作废' if 'void' in attempts[-1].records else '尚未完成'}。"
            )
        ],
        "verified": verified(report),
        "said": _said(report),
    }


def _lines(bags: list[Bag]) -> str:
    numbers = [b.entry["n"] for b in bags]
    return f"{len(numbers)} 行（第 {'、'.join(map(str, numbers))} 行）"


def verified(report: Record | None) -> str:
    """The verdict of an audit report in words; what to do where there is none."""
    if report is None:
        return "现有的档案还没有复核，或者复核报告不在 files 文件夹中。"
    verdict = {0: "没有不符之处", 5: "有不符之处", 6: "没有发现不符，但有步骤未核验"}[
        report["exit_code"]
    ]
    if report["exit_code"] == 6 and report.get("unproven"):
        verdict += "，时间和唯一性没有用外部凭据核对"
    if report["exit_code"] == 0 and any(s["holds"] is None for s in report["steps"]):
        verdict = "所核验的步骤全部相符，没有重新执行"
    elif report["exit_code"] == 0:
        verdict = "全部相符"
    return (
        f"{formats.time(report['time'])}复核（ssj {report['ssj']['version']}，Python "
        f"{report['running_versions']['python']}），{verdict}。"
    )


def _said(report: Record | None) -> str:
    """Each step with its result, in one line."""
    return (
        "；".join(f"{s['number']} {s['step']} {s['result']}" for s in _steps(report))
        or reports.NONE_YET
    )


def _steps(report: Record | None) -> list[Record]:
    """The numbered checks, the detail shortened to a line."""
    rows = lists.step_rows(protocol.Step(**s) for s in report["steps"]) if report else []
    rows += _outside(report) if report else []
    return [
        {
            **row,
            "detail": row["detail"]
            if len(row["detail"]) <= LONGEST
            else row["detail"][: LONGEST - 1] + "…",
        }
        for row in rows
    ]


def _outside(report: Record) -> list[Record]:
    """A row for each value that the auditor got from elsewhere; one where there was none."""
    said = {True: "相符", False: "不符", None: "未核对"}
    rows = [
        {
            "number": "外部",
            "step": f"{value['kind']} {value['value'][:17]}",
            "result": said[value["holds"]],
            "detail": f"证明到登记簿第 {value['line']} 行" if value["holds"] else value["detail"],
        }
        for value in report.get("outside", [])
    ]
    if report.get("unproven") and not rows:
        rows = [
            {"number": "外部", "step": "凭据", "result": "没有", "detail": "时间、唯一性未核对"}
        ]
    return rows


# --- 复核单 ---


def sheet(attempts: list[Attempt], report: Record) -> Record:
    """What 复核单.docx may say, one page: how often drawn, what changed, who approved, each
    numbered check.
    """
    changed = [row for a in attempts for row in _changes(a)]
    return {
        **_shared(attempts),
        "attempts": [_attempt(a) for a in attempts],
        "frozen": sum("freeze" in a.records for a in attempts),
        "drawn": sum("draw" in a.records for a in attempts),
        "voided": sum("void" in a.records for a in attempts),
        "changed": changed[:REST],
        "more": max(0, len(changed) - REST),
        "approvals": list(_approvals(attempts)),
        "steps": _steps(report),
        "verdict": verified(report),
        "junk": "、".join(report["junk"]),
    }


def _attempt(a: Attempt) -> Record:
    visits = (
        a.records["draw"]["visits"]
        if "draw" in a.records
        else a.records.get("void", {}).get("unstaffed", {}).get("visits")
    )
    void = a.records.get("void")
    return {
        "n": a.number,
        "frozen": formats.stamp(a.time("freeze")),
        "commitment16": formats.grouped(a.record["commitment"][:16], 8),
        "drawn": formats.stamp(a.time("draw")) or "没有完成抽取",
        "visits": "" if visits is None else len(visits),
        "outcome": f"作废：{void['reason']}" if void else "有效" if a.drawn else "尚未抽取",
    }


def _changes(a: Attempt) -> Iterator[Record]:
    """Every change after a freeze with its approver: replaced officers, corrected and withdrawn
    results, the void.
    """
    people = lists.names(a.record, "officers")
    for m in a.record.get("amendments", []):
        came = "、".join(dict.fromkeys(people[t["officer"]] for t in m["taken"]))
        yield {
            "date": m["date"],
            "what": (
                f"更换检查人员 {people[m['officer']]}（{m['reason']}），{len(m['visits'])} 户次，"
                f"递补 {came}"
            ),
            "approver": m["approver"],
        }
    for c in a.records.get("results", {}).get("corrections", []):
        yield {
            "date": c["approved_on"],
            "what": f"结果{c['action']} {c['number']} {c['item']}：{c['reason']}".replace(
                " ：", "："
            ),
            "approver": c["approver"],
        }
    if void := a.records.get("void"):
        yield {
            "date": void["date"],
            "what": f"第 {a.number} 次抽取作废：{void['reason']}",
            "approver": void["approver"],
        }


def _approvals(attempts: list[Attempt]) -> Iterator[str]:
    """What the last attempt's freeze names as approved, by whom and when; who may approve what
    comes later.
    """
    p: dict[str, Any] = attempts[-1].record["parameters"]
    for a in p["approval"]:
        yield f"{a['matter']}：{a['approver']}，{formats.day(a['date'])}"
    later = [a for a in p.get("authority", []) if a["matter"] in (words.AMENDING, words.VOIDING)]
    if later:
        yield "有权批准：" + "；".join(f"{a['matter']} {'、'.join(a['approvers'])}" for a in later)
