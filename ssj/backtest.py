"""The back-test of ``notebooks/7_backtest.ipynb``: inspections of another city drawn again as rounds, by :mod:`ssj.protocol` itself.

The file (``SSJ_REAL_DATA`` names its folder) is other people's and never part of the project. Each quarter of it is a frame: who was
inspected then, with what was known before that inspection; what the inspection found is looked at only after the draw. Four
policies give the sizes. Exact yields follow from the inclusion probabilities; simulated ones from draws with the same tickets for
all policies. :mod:`ssj.backtest_groups` compares groups of inspections, :mod:`ssj.backtest_standing` follows a roster that stays.
Nothing here enters an archive.
"""

from __future__ import annotations

import datetime as dt
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from math import fsum, prod, sqrt
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

from ssj import chances, protocol, tables
from ssj.errors import InputError, SsjError
from ssj.proof import Rows, figure, percent

FILE, VARIABLE = "chicago_canvass_2011_2013.csv", "SSJ_REAL_DATA"
POLICIES = {"uniform": "等概率", "legal": "法定等级", "past": "过去结果", "both": "等级×过去结果"}
LEVELS = {"Risk 1 (High)": 1, "Risk 2 (Medium)": 2, "Risk 3 (Low)": 3}
CLASS_WEIGHTS = {1: 4, 2: 2, 3: 1}
SALT = protocol.sha256("backtest")  # of no real round: anybody may draw this one again
WORKERS = 2  # processes
Z = 1.959963984540054  # half of a 95 % interval, in standard deviations


# --- The file -----------------------------------------------------------------------------------------------------


class Case(NamedTuple):
    """One inspection: who, when, what was known before it, and whether it found a critical violation."""

    id: str
    firm: str
    day: dt.date
    level: int  # class by law: 1 high, 2, 3
    failed: bool  # the firm's inspection before this one was failed
    critical: bool  # … and found a critical violation
    known: bool  # there is one before
    inspector: str  # a colour; "" for none
    found: bool

    @property
    def quarter(self) -> str:
        return f"{self.day.year}Q{(self.day.month + 2) // 3}"

    def size(self, policy: str) -> int:
        """The declared size (风险权数), an integer from what was known before."""
        legal, past = CLASS_WEIGHTS[self.level], 1 + 2 * self.failed + 2 * self.critical
        return {"uniform": 1, "legal": legal, "past": past, "both": legal * past}[policy]


class File(NamedTuple):
    """The inspections in order of day and id; ``read`` says how each column was read, ``left_out`` which rows were not used."""

    cases: list[Case]
    rows: int
    read: Rows
    left_out: Rows

    def summary(self) -> dict[str, Any]:
        """The file in a few figures."""
        return {"表中行数": self.rows, "采用": len(self.cases), "不采用": self.rows - len(self.cases), "企业（执照号）": len({c.firm for c in self.cases}),
                "检查日期": f"{self.cases[0].day} 至 {self.cases[-1].day}", "有过去记录的": sum(c.known for c in self.cases),
                "查出严重问题的": sum(c.found for c in self.cases)}


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(text)
    return int(text)


def _flag(text: str) -> bool:
    return {"0": False, "1": True}[text]


READERS: dict[str, tuple[Callable[[str], Any], str, str]] = {  # column → reader (KeyError or ValueError refuse), meaning, how
    "Inspection_ID": (str, "检查编号", "文字，原样，不得重复"),
    "License": (str, "企业（执照号）", "文字，原样"),
    "Inspection_Date": (dt.date.fromisoformat, "检查日期", "年-月-日"),
    "Risk": (LEVELS.__getitem__, "法定风险等级", "1 高、2 中、3 低，其余写法不收"),
    "criticalCount": (_whole, "本次严重问题数", "整数，不小于 0；大于 0 算查出"),
    "pastFail": (_flag, "上一次是否不合格", "0 或 1"),
    "pastCritical": (_whole, "上一次严重问题数", "整数，不小于 0；只看是否大于 0"),
    "firstRecord": (_flag, "是否该户在表中的首次", "0 或 1；首次的没有过去记录"),
    "sanitarian": (str, "检查人员（颜色代号）", "文字，可空"),
}
BLANK = {"sanitarian"}


def find(path: str = "") -> Path:
    """The file: ``path``, else in the folder that ``SSJ_REAL_DATA`` names. ``SsjError`` if it isn't there."""
    folder = os.environ.get(VARIABLE, "")
    place = Path(path) if path else Path(folder) / FILE
    if not path and not folder:
        raise SsjError("没有指明回测数据在哪里，本记录不能往下做",
                       f"数据是第三方的，不随本程序提供。请把环境变量 {VARIABLE} 设为 {FILE} 所在的文件夹，或用参数 path 写明文件的位置。")
    if not place.is_file():
        raise SsjError(f"找不到回测数据：{place}", f"数据是第三方的，不随本程序提供。请核对参数 path，或环境变量 {VARIABLE} 所指的文件夹里有没有 {FILE}。")
    return place


def load(path: Path) -> File:
    """The file's inspections. ``InputError`` if a column is missing or the table can't be read; single rows are left out and counted."""
    table = tables.read(path, dict.fromkeys(READERS, True))
    if wrong := [p for p in table.problems if p.severity == "error" and p.column in ("", *READERS)]:
        raise InputError(wrong)
    cases, reasons, values, ids = [], defaultdict(list), defaultdict(Counter), set()
    for number, *row in table.frame[list(READERS)].itertuples():
        texts = {name: "" if cell is None else str(cell) for name, cell in zip(READERS, row, strict=True)}
        for name, text in texts.items():
            values[name][text] += 1
        got = {}
        for name, (reader, _, how) in READERS.items():
            try:
                if not texts[name] and name not in BLANK:
                    raise ValueError(name)
                got[name] = reader(texts[name])
            except (KeyError, ValueError):
                reasons[f"“{name}”列读不了（{how}）"].append(number)
                break
        else:
            if got["Inspection_ID"] in ids:
                reasons["检查编号重复，只用第一行"].append(number)
                continue
            ids.add(got["Inspection_ID"])
            cases.append(Case(got["Inspection_ID"], got["License"], got["Inspection_Date"], got["Risk"], got["pastFail"],
                              got["pastCritical"] > 0, not got["firstRecord"], got["sanitarian"], got["criticalCount"] > 0))
    if not cases:
        raise SsjError(f"{path.name} 里没有一行能用", "请核对是不是这份数据。")
    read = [{"column": name, "meaning": meaning, "how": how, "found": _found(values[name])} for name, (_, meaning, how) in READERS.items()]
    left_out = [{"reason": reason, "rows": len(rows), "first": rows[0]} for reason, rows in reasons.items()]
    return File(sorted(cases, key=lambda c: (c.day, c.id)), len(table.frame), read, left_out)


def _found(counts: Counter[str]) -> str:
    """The values found, if few; else how many different ones, and the blank cells."""
    if len(counts) <= 8:
        return "，".join(f"{value or '（空）'}：{count}" for value, count in sorted(counts.items()))
    return f"{len(counts)} 个不同的值" + (f"，空 {counts['']}" if counts[""] else "")


# --- Frames -------------------------------------------------------------------------------------------------------


class Frame(NamedTuple):
    """A frame (抽取组) of inspections, each of another firm or each a unit of its own, and how many are drawn."""

    name: str
    cases: list[Case]
    n: int


def whole(file: File, ratio: str) -> Frame:
    """All inspections as one frame."""
    return Frame("全部", file.cases, protocol.sample_size(ratio, len(file.cases)))


def quarters(file: File, ratio: str) -> list[Frame]:
    """A frame for each quarter: of a firm that was inspected more than once in it, the first inspection."""
    own: dict[str, dict[str, Case]] = defaultdict(dict)
    for case in file.cases:
        own[case.quarter].setdefault(case.firm, case)
    return [Frame(name, list(firms.values()), protocol.sample_size(ratio, len(firms))) for name, firms in own.items()]


def repeated(file: File, frames: Iterable[Frame]) -> Rows:
    """Rows that the rounds leave out beside those that could not be read."""
    used = sum(len(frame.cases) for frame in frames)
    return [{"reason": "同一季度内同一户的后一次检查", "rows": len(file.cases) - used}, {"reason": "采用", "rows": used}]


class Settled(NamedTuple):
    """A frame with, for each policy, the working sizes as a freeze settles them, the actual chances, and how they came about."""

    frame: Frame
    sizes: dict[str, list[int]]
    chance: dict[str, list[float]]
    method: dict[str, str]

    def expected(self, policy: str) -> float:
        """Expected number of inspections drawn that found a critical violation: Σπ over these."""
        return fsum(p for p, case in zip(self.chance[policy], self.frame.cases, strict=True) if case.found)


def settle(frames: Sequence[Frame]) -> list[Settled]:
    """Working sizes and exact chances, by the same rule as :mod:`ssj.sizing`: calibrated up to 2,000 units, else as declared."""
    jobs = [(frame, policy) for frame in frames for policy in POLICIES]
    done = iter(_many(_sized, [([c.size(policy) for c in frame.cases], frame.n) for frame, policy in jobs]))
    found = []
    for frame in frames:
        sizes, chance, method = zip(*(next(done) for _ in POLICIES), strict=True)
        found.append(Settled(frame, *(dict(zip(POLICIES, of, strict=True)) for of in (sizes, chance, method))))
    return found


def _sized(job: tuple[list[int], int]) -> tuple[list[int], list[float], str]:
    sizes, n = job
    method = "风险权数相同" if len(set(sizes)) == 1 else "已校准" if len(sizes) <= chances.LARGEST_CALIBRATED else "未校准"
    if method == "已校准":
        sizes = chances.calibrate(chances.declared(sizes, n), n)
    return sizes, chances.inclusion(sizes, n), method


def _many(job: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
    """``job`` of each item, in several processes where there are several items."""
    if len(items) < 2 * WORKERS:
        return [job(item) for item in items]
    with ProcessPoolExecutor(WORKERS, get_context("spawn")) as pool:
        return list(pool.map(job, items))


# --- Draws --------------------------------------------------------------------------------------------------------


class Run(NamedTuple):
    """All frames drawn once by one policy: inspections drawn that found something, and most visits of one firm."""

    found: int
    most: int


def draw(settled: Sequence[Settled], seeds: int) -> dict[str, list[Run]]:
    """Every frame drawn with ``seeds`` different random events, by :func:`ssj.protocol.select`; policies share the tickets."""
    done = _many(partial(_drawn, settled), range(seeds))
    return {policy: [runs[policy] for runs in done] for policy in POLICIES}


def _drawn(settled: Sequence[Settled], number: int) -> dict[str, Run]:
    found, visits = Counter(), {policy: Counter() for policy in POLICIES}
    for one in settled:
        tickets = tickets_of(one.frame.name, number, [case.id for case in one.frame.cases])
        cases = {case.id: case for case in one.frame.cases}
        for policy, sizes in one.sizes.items():
            certain, others = protocol.select(map(protocol.Unit, cases, sizes, tickets), one.frame.n)
            found[policy] += sum(cases[i].found for i in certain + others)
            visits[policy].update(cases[i].firm for i in certain + others)
    return {policy: Run(found[policy], max(visits[policy].values())) for policy in POLICIES}


def tickets_of(name: str, number: int, ids: Iterable[str]) -> list[str]:
    """Tickets of a frame in the ``number``-th random event, as the protocol makes them."""
    seed = protocol.seed_of(protocol.sha256(name), str(number))
    return [protocol.target_ticket({"salt": SALT}, seed, "target", i) for i in ids]


# --- Yields -------------------------------------------------------------------------------------------------------


def yields(settled: Sequence[Settled], drawn: dict[str, list[Run]]) -> Rows:
    """Share of visits with a critical violation, in percent: Σwy/Σw (of all frames, by their n), exact from the chances, simulated with the
    95 % interval of the simulated mean, where 95 % of single runs lie, and how often a run found fewer than with equal chances."""
    visits, rows = sum(one.frame.n for one in settled), []
    plain = fsum(one.expected("uniform") for one in settled)
    for policy, label in POLICIES.items():
        counts = [run.found for run in drawn[policy]]
        exact, (mean, error), ends = fsum(one.expected(policy) for one in settled), average(counts), middle(counts)
        fewer = [own.found < equal.found for own, equal in zip(drawn[policy], drawn["uniform"], strict=True)]
        rows.append({"policy": label, "visits": visits, "weighted": percent(fsum(one.frame.n * weighted(one.frame.cases, policy) for one in settled) / visits),
                     "expected": percent(exact / visits), "gain": percent((exact - plain) / visits), "simulated": percent(mean / visits),
                     "interval": span((mean - Z * error) / visits, (mean + Z * error) / visits), "single": span(ends[0] / visits, ends[1] / visits),
                     "fewer": percent(sum(fewer) / len(fewer), 1) if policy != "uniform" else None})
    return rows


def by_round(settled: Sequence[Settled]) -> Rows:
    """Each round: how many may be drawn and are, how sizes were settled, and the exact yield of each policy in percent."""
    return [{"round": one.frame.name, "units": len(one.frame.cases), "n": one.frame.n, "method": one.method["both"],
             "known": percent(sum(c.known for c in one.frame.cases) / len(one.frame.cases), 0),
             **{policy: percent(one.expected(policy) / one.frame.n) for policy in POLICIES}} for one in settled]


def concentration(settled: Sequence[Settled], drawn: dict[str, list[Run]]) -> Rows:
    """Firms over all rounds: expected share never drawn and share of visits to the tenth with the highest chances (exact, rounds have events of
    their own); most visits of one firm in a run: average and largest."""
    visits, rows = sum(one.frame.n for one in settled), []
    for policy, label in POLICIES.items():
        own: dict[str, list[float]] = defaultdict(list)
        for one in settled:
            for case, chance in zip(one.frame.cases, one.chance[policy], strict=True):
                own[case.firm].append(chance)
        tenth = sorted((fsum(ps) for ps in own.values()), reverse=True)[:max(1, len(own) // 10)]
        most = [run.most for run in drawn[policy]]
        rows.append({"policy": label, "firms": len(own), "never": percent(fsum(prod(1 - p for p in ps) for ps in own.values()) / len(own), 1),
                     "tenth": percent(fsum(tenth) / visits, 1), "most": figure(sum(most) / len(most)), "largest": max(most)})
    return rows


def weighted(cases: Iterable[Case], policy: str) -> float:
    """Σwy/Σw: the yield if chances were exactly in proportion to the sizes."""
    pairs = [(case.size(policy), case.found) for case in cases]
    return sum(w for w, found in pairs if found) / sum(w for w, _ in pairs)


def average(values: Sequence[float]) -> tuple[float, float]:
    """Mean, and its standard error."""
    mean = fsum(values) / len(values)
    return mean, sqrt(fsum((v - mean) ** 2 for v in values) / max(1, len(values) - 1) / len(values))


def middle(values: Sequence[float]) -> tuple[float, float]:
    """Ends of the middle 95 % of the values."""
    order, cut = sorted(values), len(values) // 40
    return order[cut], order[-1 - cut]


def span(low: float, high: float) -> str:
    """Two shares as percent: ``span(0.1, 0.123) == "10.00 至 12.30"``."""
    return f"{percent(low)} 至 {percent(high)}"
