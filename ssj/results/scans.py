"""The papers of a round (检查文书), and the signed scans of them that come back: which paper a file
is, what is back, what is missing.

A scan itself never enters the archive, since it bears signatures; its SHA-256 binds it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from ssj import protocol
from ssj.base.errors import Problem
from ssj.draw import lists
from ssj.protocol import Record
from ssj.tables.redaction import holds_personal, mask

SUFFIXES = (".pdf", ".jpg", ".jpeg", ".png", ".tif", ".tiff", ".ofd")
PHOTOS = (".jpg", ".jpeg", ".png", ".heic", ".bmp", ".tif", ".tiff")
RECORDINGS = (
    ".mp4",
    ".mov",
    ".avi",
    ".mkv",
    ".wmv",
    ".mpg",
    ".mpeg",
    ".ts",
    ".3gp",
    ".mp3",
    ".m4a",
    ".wav",
    ".wma",
    ".aac",
    ".amr",
)
# of the draw record
KEPT = ("protocol", "round", "attempt", "parameters", "event", "entropy", "commitment")
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Paper:
    """A paper: for the ``round``, for each ``officer`` or for each ``visit``; whether a signed scan
    of it must come back; whether it leaves the bureau; in what kinds of file it may come; whether
    ``ssj papers`` or the draw makes it (``printed``). Photos and recordings (现场照片, 执法音像)
    are taken in alike, but have no form; 封库校验码交存单 comes with the freeze. ``formerly``: what
    it was called before the Ministry of Justice's forms of 2025; scans of that name are taken in.
    """

    name: str
    level: str
    back: bool
    outgoing: bool = False
    suffixes: tuple[str, ...] = SUFFIXES
    printed: bool = True
    formerly: str = ""


PAPERS = (
    Paper("核签表", "round", True),
    Paper("抽查方案审批表", "round", True),
    Paper("封库公告", "round", False, True),
    Paper("封库校验码交存单", "round", False, printed=False),
    Paper("保管人回执", "round", True),
    Paper("公开随机数记录纸", "round", True),
    Paper("抽取现场记录及结果确认表", "round", True),
    Paper("任务派发表", "round", False),
    Paper("回避声明", "officer", True),
    Paper("行政检查审批表", "visit", True, formerly="检查审批表"),
    Paper("行政检查通知书", "visit", False, True, formerly="检查通知书"),
    Paper("检查表", "visit", True, True),
    Paper("现场检查笔录", "visit", True, True, formerly="现场检查记录"),
    Paper("询问笔录", "visit", False, True),
    Paper("勘验笔录", "visit", False, True),
    Paper("抽样取证凭证", "visit", False, True),
    Paper("行政检查结果告知书", "visit", False, True, formerly="结果告知书"),
    Paper("责令改正通知书", "visit", False, True),
    Paper("送达回证", "visit", True, True),
    Paper("现场照片", "visit", False, suffixes=PHOTOS, printed=False),
    Paper("执法音像", "visit", False, suffixes=RECORDINGS, printed=False),
)
FORMERLY = {p.formerly: p.name for p in PAPERS if p.formerly}
# what the program itself calls without the round
WITHOUT_ROUND = ("抽取现场记录及结果确认表", "封库校验码交存单")
ALL_SUFFIXES = {suffix for p in PAPERS for suffix in p.suffixes}


def prefix(record: Record) -> str:
    """What all 检查编号 of a round and attempt begin with: ``2021Q4``, or ``2021Q4(2)`` in the
    second attempt.
    """
    return record["round"] + (f"({record['attempt']})" if record["attempt"] > 1 else "")


# Which paper a file is


class Unclear(ValueError):
    """A file's name says no paper: what is wrong with it, and what to do."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message, remedy)
        self.message, self.remedy = message, remedy


def meaning(record: Record, file: str) -> list[dict[str, str]]:
    """The papers that a scan's name stands for: number, target (or none), officer (or none), paper.
    :class:`Unclear` if it says none.

    Case, full-width letters, spaces and the kinds of hyphen don't matter:
    ``2021q4_001现场检查笔录.PDF``.
    """
    path, head = PurePosixPath(file), prefix(record)
    if path.suffix.lower() not in ALL_SUFFIXES:
        raise Unclear(
            "不是扫描件",
            f"扫描件应为 {'、'.join(s[1:] for s in SUFFIXES)} 文件，照片、音像见使用指南，"
            "其他文件请移走",
        )
    found = re.match(
        rf"{re.escape(_plain(head))}(?!\()(?:-?(\d{{3,}})|-(\d+))?(.*)",
        _with_round(record, _plain(path.stem)),
    )
    if found is None:
        raise Unclear(
            "不是以检查编号或批次开头",
            f"请改名，如“{head}-001 现场检查笔录.pdf”“{head} 抽查方案审批表.pdf”",
        )
    number, rest = found[1] or found[2], found[3].replace("-", "")
    papers = [p for p in PAPERS if p.name in rest or (p.formerly and p.formerly in rest)]
    if not papers:
        raise Unclear(
            "没有写明是哪种文书",
            "请在文件名中写明："
            f"{'、'.join(p.name for p in PAPERS if (p.level == 'visit') == bool(number))}",
        )
    if wrong := [p.name for p in papers if (p.level == "visit") != bool(number)]:
        raise Unclear(
            f"{'、'.join(wrong)}前面应写{'批次，不写检查编号' if number else '检查编号'}",
            f"请改名，如“{head}{'' if number else '-001'} {wrong[0]}{path.suffix}”",
        )
    if strange := [p for p in papers if path.suffix.lower() not in p.suffixes]:
        raise Unclear(
            f"{strange[0].name}不能是 {path.suffix[1:].lower()} 文件",
            f"应为 {'、'.join(s[1:] for s in strange[0].suffixes)} 文件，请核对文件名",
        )
    if not number:
        return [
            {
                "number": head,
                "target": "",
                "officer": _officer(record, rest) if p.level == "officer" else "",
                "paper": p.name,
            }
            for p in papers
        ]
    visits = {
        int(known.rpartition("-")[2]): (known, target)
        for target, known in lists.visit_numbers(record).items()
    }
    if int(number) not in visits:
        raise Unclear(f"没有检查编号 {head}-{number}", "请核对检查编号")
    known, target = visits[int(number)]
    return [{"number": known, "target": target, "officer": "", "paper": p.name} for p in papers]


def _with_round(record: Record, stem: str) -> str:
    """The plain name of a copy that the program calls without the round
    (``抽取现场记录及结果确认表（第2次）``), with the round and attempt in front, if it is of this
    attempt; any other as it is.
    """
    said = re.search(r"\(第(\d+)次[^)]*\)", stem)
    if stem.startswith(WITHOUT_ROUND) and int(said[1] if said else 1) == record["attempt"]:
        return f"{_plain(prefix(record))}-{stem}"
    return stem


def _officer(record: Record, rest: str) -> str:
    """The one officer whose 工号 stands in the rest of a name; the longest, where one is part of
    another.
    """
    plain = {o["id"]: _plain(o["id"]).replace("-", "") for o in record["tables"]["officers"]}
    found = [i for i, text in plain.items() if text in rest]
    longest = [i for i in found if not any(i != j and plain[i] in plain[j] for j in found)]
    if len(longest) != 1:
        raise Unclear(
            "没有写明是谁的回避声明",
            f"请写一个人的工号，如“{prefix(record)} 回避声明 "
            f"{record['tables']['officers'][0]['id']}.pdf”",
        )
    return longest[0]


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).upper().replace("/", "~")
    return re.sub(r"[\s_\-‐-―−·.,、]+", "-", text).strip("-")


def problems(record: Record, listed: Iterable[Record]) -> list[Problem]:
    """Files whose names say no paper of this round, or that are empty."""
    found = []
    for file in listed:
        try:
            meaning(record, file["file"])
            if not file["size"]:
                found.append(Problem("W02", "是空文件", "请重新扫描", file=file["file"]))
            if holds_personal(file["file"]):
                found.append(
                    Problem(
                        "W05",
                        "文件名含有身份证号或手机号",
                        "请改名，不写个人信息",
                        file=mask(file["file"]),
                    )
                )
        except Unclear as error:
            found.append(Problem("W01", error.message, error.remedy, file=file["file"]))
    return found


def name_of(paper: str) -> str:
    """The name that a paper of a record has today."""
    return FORMERLY.get(paper, paper)


def positions() -> dict[str, int]:
    """The place of each paper among ``PAPERS``, former names too."""
    order = {p.name: n for n, p in enumerate(PAPERS)}
    return order | {old: order[new] for old, new in FORMERLY.items()}


# What is back


def adds(record: Record, listed: Iterable[Record], earlier: list[Record]) -> Rows:
    """What a folder's files add to what came back earlier: a paper each, but none whose very
    content came back for it before.
    """
    known, added = {_key(p) for p in earlier}, []
    for file in sorted(listed, key=lambda f: f["file"]):
        for paper in meaning(record, file["file"]):
            one = {**paper, "file": file["file"], "size": file["size"], "sha256": file["sha256"]}
            if _key(one) not in known:
                known.add(_key(one))
                added.append(one)
    return added


def _key(p: Record) -> tuple[str, ...]:
    return p["number"], p["officer"], name_of(p["paper"]), p["sha256"]


def received(
    record: Record, listed: Iterable[Record], earlier: list[Record], stage: Record
) -> Record:
    """The record of a papers stage: what came back earlier in this attempt, and what this folder
    adds, with the time.
    """
    added = [{**p, "time": stage["time"]} for p in adds(record, listed, earlier)]
    order = positions()
    papers = sorted(
        [*({**p, "paper": name_of(p["paper"])} for p in earlier), *added],
        key=lambda p: (p["number"], order[p["paper"]], p["officer"], p["time"], p["file"]),
    )
    return {
        **{key: record[key] for key in KEPT if key in record},
        "papers": papers,
    }


def fresh(received_: Record, earlier: list[Record]) -> Rows:
    """The scans that this stage adds."""
    return [p for p in received_["papers"] if p not in earlier]


def repeated(listed: Iterable[Record], received_: Record, earlier: list[Record]) -> Rows:
    """Files of the folder that add nothing, since their content came back before for the same
    paper, under another name.
    """
    new = {p["file"] for p in fresh(received_, earlier)}
    before = {p["sha256"]: p["file"] for p in reversed(received_["papers"])}
    same = {(p["file"], p["sha256"]) for p in received_["papers"]}
    return [
        {**file, "before": before[file["sha256"]]}
        for file in listed
        if file["file"] not in new and (file["file"], file["sha256"]) not in same
    ]


def unchanged(listed: Iterable[Record], earlier: list[Record]) -> int:
    """How many files of the folder came back before, as they are."""
    return len(
        {(f["file"], f["sha256"]) for f in listed} & {(p["file"], p["sha256"]) for p in earlier}
    )


def alike(received_: Record) -> Rows:
    """One content for several papers that the file's name doesn't put together: perhaps a copy that
    was only renamed.
    """
    files: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for p in received_["papers"]:
        files[p["sha256"]][p["file"]].append(f"{p['number']} {p['paper']}")
    return [
        {
            "sha256": digest,
            "files": tuple(sorted(names)),
            "papers": tuple(sorted({t for own in names.values() for t in own})),
        }
        for digest, names in sorted(files.items())
        if len({t for own in names.values() for t in own}) > max(map(len, names.values()))
    ]


def replaced(received_: Record) -> Rows:
    """Earlier scans of a file name that came back once more with another content; both stay in the
    record.
    """
    last = {p["file"]: p for p in sorted(received_["papers"], key=lambda p: p["time"])}
    return [
        {**p, "by": last[p["file"]]["sha256"]}
        for p in received_["papers"]
        if last[p["file"]]["sha256"] != p["sha256"]
    ]


def by_visit(record: Record, received_: Record) -> Rows:
    """For every visit which papers are back, and which that must come back are missing."""
    back: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for p in received_["papers"]:
        back[p["target"]][name_of(p["paper"])] += 1
    known = lists.names(record, "targets")
    return [
        {
            "number": number,
            "name": known[target],
            "back": tuple(_counted(back[target])),
            "missing": tuple(
                p.name
                for p in PAPERS
                if p.level == "visit" and p.back and p.name not in back[target]
            ),
        }
        for target, number in lists.visit_numbers(record).items()
    ]


def _counted(papers: dict[str, int]) -> Iterable[str]:
    return (
        f"{p.name}（{papers[p.name]} 份）" if papers[p.name] > 1 else p.name
        for p in PAPERS
        if papers.get(p.name)
    )


def by_officer(record: Record, received_: Record) -> Rows:
    """Whose declaration (回避声明) is back: of everyone who goes now."""
    known, back = lists.names(record, "officers"), {p["officer"] for p in received_["papers"]}
    going = sorted({t["officer"] for taken in protocol.teams_now(record).values() for t in taken})
    return [{"officer": i, "person": known[i], "back": i in back} for i in going]


def of_round(received_: Record) -> Rows:
    """Which papers of the round itself are back; of some there must be several."""
    return [
        {
            "paper": p.name,
            "back": _said_back(due(received_, p), len(_copies(received_, p))),
            "lacks": len(_copies(received_, p)) < due(received_, p),
        }
        for p in PAPERS
        if p.level == "round"
    ]


def due(record: Record, paper: Paper) -> int:
    """How many signed copies of a paper of the round must come back: one for each custodian, one
    for each file that a section vouches for (核签).
    """
    several = {
        "保管人回执": record["event"]["custodians"],
        "核签表": record["parameters"].get("signed", []),
    }
    return len(several[paper.name]) if paper.name in several else int(paper.back)


def _copies(received_: Record, paper: Paper) -> set[str]:
    return {p["sha256"] for p in received_["papers"] if p["paper"] == paper.name}


def _said_back(needed: int, there: int) -> str:
    if there < needed:
        return f"已收 {there} 份，应有 {needed} 份" if there else "缺"
    return "已收" if there else "可以不收"


def summary(record: Record, received_: Record) -> dict[str, int]:
    """Counts in words, no names."""
    visits, officers = by_visit(record, received_), by_officer(record, received_)
    return {
        "已收扫描件（份）": len({(p["file"], p["sha256"]) for p in received_["papers"]}),
        "抽中（户次）": len(visits),
        "其中文书收齐": sum(not v["missing"] for v in visits),
        "回避声明应收": len(officers),
        "回避声明已收": sum(o["back"] for o in officers),
    }


# Scans on disk against the archive


def differences(received_: Record, listed: Iterable[Record]) -> list[tuple[str, str]]:
    """What is wrong with the scans kept in a folder, as (kind, file): ``缺少`` or ``已改动`` break
    the record, ``换了名字`` and ``没有收存`` don't.

    Of a name that came back several times, the last content counts.
    """
    disk = {f["file"]: f["sha256"] for f in listed}
    past = {(p["file"], p["sha256"]) for p in replaced(received_)}
    kept = dict(sorted({(p["file"], p["sha256"]) for p in received_["papers"]} - past))
    astray = {file: digest for file, digest in kept.items() if disk.get(file) != digest}
    spare = {file: digest for file, digest in sorted(disk.items()) if kept.get(file) != digest}
    found, known = [], {p["sha256"] for p in received_["papers"]}
    for file, digest in astray.items():
        now = next((name for name, other in spare.items() if other == digest), None)
        if now is not None:
            del spare[now]
        found.append(
            (
                "换了名字" if now is not None else "已改动" if file in disk else "缺少",
                file if now is None else f"{file} → {now}",
            )
        )
    return found + [
        ("没有收存", file)
        for file, digest in spare.items()
        if digest not in known and file not in astray
    ]
