"""公示登记表: where and when results were posted, with screenshots as evidence (公示凭证), which
stay outside the archive and are bound by their hash.

| code | what is wrong |
| --- | --- |
| B50 | a screenshot that is not in the folder ``evidence`` |
| B51 | a screenshot whose hash is another, than the register says or than was archived |
| B52 | an address that is not of the web |
| B53 | posted before the result was entered, so before its review |
| B54 | posted, but the visit has no reviewed result |
| B55 | posted, but the visit is lawfully not to be published |
| B56 | a hash without a screenshot |
| B57 | an archived posting that is missing or differs (warning) |
| B58 | a result with 公示日期 that is lawfully not to be published |
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from unicodedata import normalize

from ssj.base.errors import Problem
from ssj.draw import lists
from ssj.protocol import Record
from ssj.results.registers import Registers, added, problem, same

CREDIT, PORTAL = "信用公示系统", "门户网站"
FOLDER = "evidence"
_ADDRESS = re.compile(r"https?://[^\s/?#]+\S*", re.IGNORECASE)


def problems(
    record: Record,
    rows: Iterable[Record],
    registers: Registers,
    earlier: Record,
    evidence: Iterable[Record],
) -> list[Problem]:
    """All that is wrong with the postings. ``rows``: the answered ones; ``earlier``: what the
    results stage before left; ``evidence``: the folder's files by name, size and hash.
    """
    numbers, public = lists.visit_numbers(record), lists.internals(record, "targets")
    visits = {numbers[v["id"]]: v for v in record["visits"]}
    own: dict[str, list[Record]] = {}
    for row in rows:
        own.setdefault(row["number"], []).append(row)
    files, before = (
        hashes(evidence),
        {(r["screenshot"], r["sha256"]) for r in earlier.get("postings", ()) if r["sha256"]},
    )
    found: list[Problem] = []
    for row in registers.rows["postings"]:
        found += _evidence(row, files, before)
        if row["number"]:
            visit = visits[row["number"]]
            found += _of_visit(
                row, own.get(row["number"], []), len(visit["items"]), public[visit["id"]]["public"]
            )
    secret = {number for number, visit in visits.items() if not public[visit["id"]]["public"]}
    found += [
        problem(
            "B58",
            "results",
            row,
            "published_on",
            "这个结果依法不公示，却填了公示日期",
            "请核对；已经上网的，立即撤下，在更正撤下登记表中登记，不公示理由不填。",
        )
        for row in rows
        if row["published_on"] and (row["not_public"] or row["number"] in secret)
    ]
    return [*found, *_kept(registers, earlier, files)]


def hashes(evidence: Iterable[Record]) -> dict[str, str]:
    """SHA-256 by file name."""
    return {name(file["file"]): file["sha256"] for file in evidence}


def name(text: str) -> str:
    """A file name as both sides write it."""
    return normalize("NFC", text.replace("\\", "/")).removeprefix(f"{FOLDER}/")


def _evidence(
    row: Record, files: dict[str, str], before: set[tuple[str, str]]
) -> Iterator[Problem]:
    """Address and screenshot of a posting."""
    if not _ADDRESS.fullmatch(row["address"]):
        yield problem(
            "B52",
            "postings",
            row,
            "address",
            "网址不对",
            "请写完整的网址，以 http:// 或 https:// 开头。",
        )
    if row["sha256"] and not row["screenshot"]:
        yield problem(
            "B56",
            "postings",
            row,
            "screenshot",
            "写了截图校验码，没有写截图文件",
            "请写截图的文件名。",
        )
    if not row["screenshot"]:
        return
    digest = files.get(name(row["screenshot"]))
    if digest is None:
        yield problem(
            "B50",
            "postings",
            row,
            "screenshot",
            f"文件夹 {FOLDER} 中没有这个截图",
            f"请把截图放入批次文件夹中的 {FOLDER}；归档以后也不要移走。",
        )
    elif row["sha256"] not in ("", digest):
        yield problem(
            "B51",
            "postings",
            row,
            "sha256",
            f"截图的校验码不是登记的（现在是 {digest[:16]}…）",
            "截图可能换过，请找回原来的；确实另截的，另起文件名，另登记一行。",
        )
    elif any(file == row["screenshot"] and old != digest for file, old in before):
        yield problem(
            "B51",
            "postings",
            row,
            "screenshot",
            f"截图与上次归档的不同（现在是 {digest[:16]}…）",
            "请找回原来的截图；确实另截的，另起文件名，另登记一行。",
        )


def _of_visit(row: Record, results: list[Record], items: int, public: bool) -> Iterator[Problem]:
    """A posting that names a visit."""
    if not public or (results and all(r["not_public"] for r in results)):
        yield problem(
            "B55",
            "postings",
            row,
            "number",
            "这一户的结果依法不公示，却登记了公示",
            "请核对检查编号；已经上网的，立即撤下。",
        )
    if len(results) < items or not all(r["reviewer"] for r in results):
        yield problem(
            "B54",
            "postings",
            row,
            "number",
            "这一户还没有审核，不能公示",
            "请先审核；检查编号有误的，请核对。",
        )
    elif (entered_on := max(r["entered_on"] for r in results)) > row["posted_on"]:
        yield problem(
            "B53",
            "postings",
            row,
            "posted_on",
            f"公示日期早于录入（{entered_on}），审核还在其后",
            "请核对日期。",
        )


def _kept(registers: Registers, earlier: Record, files: dict[str, str]) -> Iterator[Problem]:
    """Archived postings that are no longer there; a hash that the archive added is as written."""
    now = {same("postings", row) for row in bound(registers.rows["postings"], files)}
    for row in earlier.get("postings", ()):
        if same("postings", row) not in now:
            what = " ".join(
                filter(None, (row["number"], row["channel"], row["posted_on"], row["address"]))
            )
            yield problem(
                "B57",
                "postings",
                {"file": "postings.xlsx", "row": None, "number": row["number"]},
                "number",
                f"已归档的公示登记有一行不见了，或者改动了：{what}",
                "登记有误的，可以不管；误删的，请恢复。",
                "warning",
            )


def bound(rows: Iterable[Record], files: dict[str, str]) -> list[Record]:
    """The postings with the hash of each screenshot."""
    return [
        {**row, "sha256": files.get(name(row["screenshot"]), "") if row["screenshot"] else ""}
        for row in rows
    ]


class Portal:
    """When each visit's result first stood on the bureau's site.

    A posting of the whole round (without 检查编号) covers what was reviewed when it was first
    registered, and entered by its day; later results need a posting of their own.
    """

    def __init__(self, postings: Iterable[Record], earlier: Record) -> None:
        self.before = {v["number"]: v["posted_on"] for v in earlier.get("visits", ())}
        # the archive has added the hash
        plain = [{**row, "sha256": ""} for row in postings if row["channel"] == PORTAL]
        new = added(
            "postings",
            plain,
            {"postings": [{**row, "sha256": ""} for row in earlier.get("postings", ())]},
        )
        self.whole = sorted(row["posted_on"] for row in new if not row["number"])
        self.single: dict[str, list[str]] = {}
        for row in plain:
            self.single.setdefault(row["number"], []).append(row["posted_on"])

    def posted_on(self, number: str, entered_on: str) -> str:
        """The first day; empty if there is none. ``entered_on``: when the whole visit was entered,
        empty unless it is reviewed.
        """
        days = [
            day
            for day in (*self.single.get(number, ()), *self.whole)
            if entered_on and day >= entered_on
        ]
        return min(filter(None, [self.before.get(number, ""), *days]), default="")
