"""Where a round stands, and where each step of its work does, as read from its folder and the
ledger; nothing here writes or asks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from ssj.base import approvals, files, formats, params
from ssj.base.errors import InputError
from ssj.casebook import archive, attempts
from ssj.casebook.archive import Archive, kind_of
from ssj.papers import paper_names
from ssj.tables import paramfiles, places

DONE, NOW, LATER, OUTSIDE = "已做", "现在可以做", "还不到时候", "在程序以外做"
ANNOUNCEMENT = "抽取结果公告.html"  # as ``ssj status`` makes it from the publication day on
REPORT = "复核报告.json"  # the last audit's, among the working copies


@dataclass(frozen=True)
class Standing:
    """Where a round stands, as read from its folder and the ledger; files that can't be read count
    as not there.
    """

    folder: Path
    outputs: Path
    entries: Sequence[dict[str, Any]]  # of all rounds
    now: datetime

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def files(self) -> Path:
        """Where the working copies are."""
        return self.outputs / self.id / "files"

    @cached_property
    def own(self) -> list[dict[str, Any]]:
        """The round's ledger entries."""
        return [e for e in self.entries if e["round"] == self.id]

    @cached_property
    def state(self) -> attempts.State:
        return attempts.state_of(self.own)

    @cached_property
    def parameters(self) -> params.Parameters | None:
        """The parameters as they are now; nothing while they have problems."""
        with suppress(InputError):
            return paramfiles.read_round(self.folder)
        return None

    @cached_property
    def frozen(self) -> params.Parameters | None:
        """The parameters of the current attempt's freeze."""
        if self.state.freeze is None:
            return None
        with suppress(InputError):
            return params.read_round(
                Archive(self.outputs, []).folder(self.state.freeze) / "data" / "out" / "round.toml"
            )
        return None

    @cached_property
    def entropy(self) -> params.Entropy | None:
        with suppress(InputError):
            return params.read_entropy(self.folder / "entropy.toml")
        return None

    @cached_property
    def report(self) -> dict[str, Any] | None:
        """The last audit's report that the menu kept, if it covers all stages there are now."""
        with suppress(OSError, ValueError, KeyError):
            report = json.loads((self.files / REPORT).read_text(encoding="utf-8"))
            return report if report["stages"] == sorted(e["stage"] for e in self.own) else None
        return None

    @cached_property
    def results(self) -> dict[str, Any] | None:
        """The last results record of the current attempt."""
        return self._last_record("results")

    @cached_property
    def scans(self) -> dict[str, Any] | None:
        """The last record of signed papers that were taken in, of the current attempt."""
        return self._last_record("papers")

    def _last_record(self, kind: str) -> dict[str, Any] | None:
        own = [e for e in self.own if e["attempt"] == self.state.attempt]
        entry = next((e for e in reversed(own) if kind_of(e["stage"]) == kind), None)
        if entry is None:
            return None
        out = Archive(self.outputs, []).folder(entry) / "data" / "out"
        with suppress(OSError, ValueError):
            return archive.read_record(out / archive.record_name(kind))
        return None

    def counted(self, *states: str) -> int:
        """How many visits stand at one of the states, by the last results record."""
        return sum(v["state"] in states for v in self.results["visits"]) if self.results else 0

    @property
    def unapproved(self) -> bool:
        """Whether the parameters still lacks an approval, or has one that does not count."""
        return self.parameters is not None and any(
            p.severity == "error"
            for p in approvals.approval_problems(self.parameters, today=self.now.date())
        )

    @property
    def declared(self) -> params.Parameters | None:
        """What holds for the current attempt: as frozen, or else as it is now."""
        return self.frozen or self.parameters

    @property
    def demonstration(self) -> bool:
        return self.declared is not None and self.declared.round.demonstration

    @property
    def year(self) -> str:
        """The year whose plan the round belongs to."""
        return str(self.declared.round.window.start.year) if self.declared else self.id[:4]

    @property
    def elsewhere(self) -> bool:
        """Whether the provincial platform draws the targets (外部抽取)."""
        return self.declared is not None and self.declared.round.official_draw == "platform"

    @property
    def dispatch(self) -> Path | None:
        """The papers' list for each section, which says that papers for visits were made."""
        folder = paper_names.folder_of(self.outputs, self.id, self.state.attempt)
        return next(iter(sorted(folder.glob(f"*{paper_names.DISPATCH}*"))), None)

    def list_missing(self, name: str) -> bool:
        """Whether a list of the provincial platform is not in the round's folder yet."""
        return not places.exists(self.folder, name)

    @property
    def stale_event(self) -> bool:
        """Whether ``entropy.toml`` is left over from an attempt before: older than the announced
        time.
        """
        return bool(self.frozen and self.entropy and self.entropy.time < self.frozen.event.time)

    def last(self, kind: str) -> str:
        """When the current attempt's last stage of a kind was entered; empty if it never was."""
        return next(
            (
                formats.stamp(e["time"])
                for e in reversed(self.own)
                if e["attempt"] == self.state.attempt and kind_of(e["stage"]) == kind
            ),
            "",
        )

    def plan(self) -> str:
        """When the year's plan was last entered."""
        return next(
            (
                formats.stamp(e["time"])
                for e in reversed(self.entries)
                if e["round"] == self.year and kind_of(e["stage"]) == "plan"
            ),
            "",
        )


@dataclass(frozen=True)
class Status:
    """A word, and after it when it was done, or what it waits for."""

    word: str
    detail: str = ""

    def __str__(self) -> str:
        return self.word + (
            f"（{self.detail}）" if self.word == DONE else f"：{self.detail}"
        ) * bool(self.detail)


# Where each step stands


def signed(it: Standing) -> Status:
    return Status(DONE, it.last("freeze")) if it.state.freeze else Status(OUTSIDE)


def planned(it: Standing) -> Status:
    if it.plan():
        return Status(DONE, it.plan())
    return Status(NOW if paramfiles.exists("year", it.folder.parent / it.year) else OUTSIDE)


def approved(it: Standing) -> Status:
    if it.declared is None:
        return Status(NOW, f"{paramfiles.file_of('round', it.folder)} 还有要填、要改的")
    if it.state.freeze is None and it.unapproved:
        return Status(NOW, "审批还没有写好")
    return Status(DONE, max((a.date.isoformat() for a in it.declared.approval), default=""))


def frozen(it: Standing) -> Status:
    if it.state.freeze:
        return Status(DONE, it.last("freeze"))
    return (
        Status(LATER, f"先填好 {paramfiles.file_of('round', it.folder)}")
        if it.parameters is None or it.unapproved
        else Status(NOW)
    )


def event(it: Standing) -> Status:
    if not it.state.freeze:
        return Status(LATER, "先封库")
    if it.stale_event and not it.state.draw:
        return Status(NOW, "上一次的 entropy.toml 要先移走")
    if it.state.draw or (it.folder / "entropy.toml").exists():
        return Status(DONE, formats.stamp(it.entropy.time.isoformat()) if it.entropy else "")
    return from_event_on(it)


def from_event_on(it: Standing) -> Status:
    if it.frozen and it.now < it.frozen.event.time:
        return Status(LATER, f"公告的时间是 {formats.stamp(it.frozen.event.time.isoformat())}")
    return Status(NOW)


def drawn(it: Standing) -> Status:
    if it.state.draw:
        return Status(DONE, it.last("draw"))
    if not it.state.freeze:
        return Status(LATER, "先封库")
    if it.stale_event or not (it.folder / "entropy.toml").exists():
        return Status(LATER, "先录入公开随机数")
    if it.elsewhere and it.list_missing("external"):
        return Status(LATER, "先放入平台抽取的名单 external.xlsx")
    return from_event_on(it)


def once_drawn(word: str, detail: str = "") -> Callable[[Standing], Status]:
    """A step that is of use from the draw on."""
    return lambda it: Status(word, detail) if it.state.draw else Status(LATER, "先抽取")


def papers_made(it: Standing) -> Status:
    if not it.state.draw:
        return Status(LATER, "先抽取")
    if it.dispatch is None:
        return Status(NOW)
    made = saved(it.dispatch)
    return Status(NOW, "更换了人员，要重新生成") if it.last("amend") > made else Status(DONE, made)


def saved(path: Path) -> str:
    return formats.stamp(datetime.fromtimestamp(path.stat().st_mtime, formats.BEIJING).isoformat())


def reconciled(it: Standing) -> Status:
    if it.last("platform"):
        return Status(DONE, it.last("platform"))
    return (
        once_drawn(OUTSIDE, "平台名单还没有导出")(it)
        if it.list_missing("platform")
        else once_drawn(NOW)(it)
    )


def posted(it: Standing) -> Status:
    """Results reviewed and published, and the round's list as the platform has it."""
    if not it.state.draw or (
        it.results is None and it.declared and it.now.date() < it.declared.round.window.start
    ):
        return visited(it)
    if it.results is None:
        return Status(NOW, "检查结果还没有归档")
    total, settled = len(it.results["visits"]), it.counted("published", "following", "closed")
    if settled < total:
        late = sum(v["overdue"] for v in it.results["visits"])
        return Status(NOW, f"已公示 {settled}/{total} 户次" + f"，超期 {late} 户次" * (late > 0))
    return reconciled(it) if reconciled(it).word == NOW else Status(DONE, it.last("results"))


def followed(it: Standing) -> Status:
    """Problems that were found, until each is closed."""
    if it.results is None:
        return once_drawn(OUTSIDE)(it)
    if open_ones := it.counted("following"):
        return Status(NOW, f"后续处置中 {open_ones} 户次")
    return (
        Status(DONE, it.last("results"))
        if it.counted("published", "closed") == len(it.results["visits"])
        else Status(OUTSIDE)
    )


def reported(it: Standing) -> Status:
    """The quarterly report, which is made from what is archived."""
    path = it.files / files.file_name(f"{paper_names.QUARTERLY}.docx", it.state.attempt)
    return (
        once_drawn(NOW)(it)
        if it.results is None or not path.exists()
        else Status(DONE, saved(path))
    )


def objected(it: Standing) -> Status:
    """Objections, until each is answered."""
    waiting = sum(not o["answered_on"] for o in it.results["objections"]) if it.results else 0
    return Status(NOW, f"还没有答复的异议 {waiting} 件") if waiting else once_drawn(OUTSIDE)(it)


def replaced(it: Standing) -> Status:
    return (
        Status(DONE, it.last("amend"))
        if it.last("amend")
        else once_drawn(NOW, "没有要更换的，跳过")(it)
    )


def visited(it: Standing) -> Status:
    if not it.state.draw:
        return Status(LATER, "先抽取")
    start = it.declared and it.declared.round.window.start
    return (
        Status(LATER, f"检查期间自 {start} 起")
        if start and it.now.date() < start
        else Status(OUTSIDE)
    )


def archived(it: Standing) -> Status:
    if not it.state.draw:
        return Status(LATER, "先抽取")
    # a draw made elsewhere can't be checked in full
    if it.report and it.report["exit_code"] in ((0, 6) if it.elsewhere else (0,)):
        return Status(DONE, saved(it.files / REPORT))
    return Status(NOW, "上次复核有不符或未核验之处" if it.report else "")


def published(it: Standing) -> Status:
    if not it.state.draw:
        return Status(LATER, "先抽取")
    day = it.declared and it.declared.round.publication_day
    if day and it.now.date() < day:
        return Status(LATER, f"公布日是 {day}")
    page = it.files / files.file_name(ANNOUNCEMENT, it.state.attempt)
    return Status(DONE, saved(page)) if page.exists() else Status(NOW)


def voidable(it: Standing) -> Status:
    return Status(NOW, "确有理由才做") if it.state.freeze else Status(LATER, "还没有封库")


def whole_demonstration(it: Standing) -> Status:
    if not it.demonstration:
        return Status(LATER, "只用于演示批次")
    if it.state.draw:
        return Status(DONE, it.last("draw"))
    if not (it.folder / "entropy.toml").exists():
        return Status(LATER, "没有演示用的 entropy.toml")
    return (
        Status(LATER, "先放入 external.xlsx")
        if it.elsewhere and it.list_missing("external")
        else Status(NOW)
    )
