"""What an audit found: its steps, in words and for machines, and the verdict."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ssj import protocol
from ssj.audit.outside import Held
from ssj.audit.verdict import LEFT_OUT
from ssj.casebook import program, runner
from ssj.protocol import Step

NAMES = {
    1: "留痕登记簿",
    2: "档案包",
    **protocol.STEPS,
    8: "程序与过程记录",
    9: "重新执行",
    10: "网页",
}


@dataclass
class Report:
    """All steps of an audit, the stages they cover, banners, stray files, values from elsewhere,
    and what none of these reaches.
    """

    round_id: str
    steps: list[Step] = field(default_factory=list)
    stages: list[str] = field(default_factory=list)
    banners: list[str] = field(default_factory=list)
    junk: list[str] = field(default_factory=list)
    outside: list[Held] = field(default_factory=list)
    unproven: str = ""
    earlier: list[str] = field(default_factory=list)  # what was checked of rounds that came before

    @property
    def exit_code(self) -> int:
        """0 if every step and value holds; 5 if one does not; 6 if none fails but one was not
        checked without being asked for, or time and uniqueness rest on the archive's own word.
        """
        held = [value.holds for value in self.outside]
        if False in (*(s.holds for s in self.steps), *held):
            return 5
        unchecked = any(s.holds is None and s.detail != LEFT_OUT for s in self.steps)
        return 6 if unchecked or None in held or self.unproven else 0

    @property
    def verdict(self) -> str:
        """The exit code in words."""
        unchecked = [s for s in self.steps if s.holds is None and s.detail != LEFT_OUT]
        if self.exit_code == 5:
            return "有不符之处，见上。"
        if not unchecked and self.exit_code == 6:
            missing = "时间和唯一性没有核对" if self.unproven else "给出的外部凭据有未核对的"
            return f"档案自身没有发现不符，但{missing}，不能视为通过。"
        if [s.number for s in unchecked] == [5] and protocol.EXTERNAL in unchecked[0].detail:
            return "能核验的都相符；检查对象是外部抽取的，V5 不能核验，不能视为随机抽取。"
        if self.exit_code == 6:
            return "没有发现不符，但有步骤未核验，不能视为通过。"
        if any(s.holds is None for s in self.steps):
            return "所核验的步骤全部相符（按要求没有重新执行）。"
        return "全部相符。"

    @classmethod
    def read(cls, report: dict[str, Any]) -> Report:
        """The report that :meth:`as_json` wrote."""
        return cls(
            report["round"],
            [Step(**step) for step in report["steps"]],
            report["stages"],
            report["banners"],
            report["junk"],
            [Held(**value) for value in report["outside"]],
            report["unproven"],
            report["earlier"],
        )

    def dated(self, now: datetime) -> dict[str, Any]:
        """The report as it is kept: when it was made, and by which program."""
        return {**self.as_json(), **made(now)}

    def as_json(self) -> dict[str, Any]:
        """The report for machines."""
        return {
            "round": self.round_id,
            "stages": self.stages,
            "exit_code": self.exit_code,
            "unproven": self.unproven,
            "outside": [value._asdict() for value in self.outside],
            "banners": self.banners,
            "junk": self.junk,
            "earlier": self.earlier,
            "running_versions": runner.versions(),
            "steps": [s._asdict() for s in self.steps],
        }


def made(now: datetime) -> dict[str, Any]:
    """When a report was made, and by which program."""
    return {"time": now.isoformat(timespec="seconds"), "ssj": program.running()}
