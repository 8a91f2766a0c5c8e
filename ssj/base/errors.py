"""What can go wrong, as data: problems with their place, and the exceptions that carry them.

Messages are Chinese and plain, since analysts read them; a remedy says what to do next.
Each exception class names the exit code of the command that it ends (README, exit codes).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ssj.base import triage


@dataclass(frozen=True)
class Problem:
    """One finding about the input, with the place where a person can mend it.

    ``code`` names the rule (for example ``"T04"``); ``row`` counts as Excel does, from 1.
    An ``"error"`` stops a freeze, a ``"warning"`` is only shown.
    """

    code: str
    message: str
    remedy: str
    file: str = ""
    sheet: str = ""
    row: int | None = None
    column: str = ""
    value: str = ""
    severity: Literal["error", "warning"] = "error"

    @property
    def place(self) -> str:
        """Where it is, in words: ``targets.xlsx 工作表“名录” 第 5 行 “编号”列``."""
        parts = [self.file]
        if self.sheet:
            parts.append(f"工作表“{self.sheet}”")
        if self.row is not None:
            parts.append(f"第 {self.row} 行")
        if self.column:
            parts.append(
                f"参数 {self.column}" if self.file.endswith(".toml") else f"“{self.column}”列"
            )
        return " ".join(part for part in parts if part)

    def __str__(self) -> str:
        found = f"，现为“{self.value}”" if self.value else ""
        return f"{self.place}：{self.message}{found}。{self.remedy.removesuffix('。')}。"


def quoted(words: Iterable[object]) -> str:
    """Words in Chinese quotation marks: ``quoted(["编号", "名称"]) == "“编号”“名称”"``; at most
    twenty.
    """
    words = [str(word) for word in words]
    return "".join(f"“{word}”" for word in words[:20]) + ("等" if len(words) > 20 else "")


class SsjError(Exception):
    """Something that stops a command; ``str()`` is the Chinese message with its remedy."""

    exit_code = 1

    def __init__(self, message: str, remedy: str = "") -> None:
        self.message, self.remedy = message, remedy
        super().__init__(f"{message}\n{remedy}" if remedy else message)


class StoppedError(SsjError):
    """The machine cut a run short (kernel killed, memory gone); it says nothing about inputs or
    archives.
    """


class InputError(SsjError):
    """The inputs have problems; all of them, of all files, are carried at once."""

    exit_code = 3

    def __init__(self, problems: Iterable[Problem], command: str = "") -> None:
        """``command``: what lists all of them; where there are many, the message then holds their
        kinds only.
        """
        self.problems = tuple(problems)
        lines, remedy = (
            [f"  {n}. {p}" for n, p in enumerate(self.problems, 1)],
            "请逐条改正并保存、关闭文件后，再运行一次。",
        )
        if len(self.problems) > triage.FEW:
            lines = (
                triage.summary(self.problems)
                if command
                else [*lines, "归类如下：", *triage.summary(self.problems)]
            )
            remedy = (
                f"全部问题见 {command}。请按先后改正并保存、关闭文件后，再运行一次。"
                if command
                else remedy
            )
        super().__init__(
            f"输入资料有 {len(self.problems)} 个问题，未生成任何结果：\n" + "\n".join(lines), remedy
        )


def require(problems: Iterable[Problem]) -> None:
    """``InputError`` with every error among the problems; warnings alone pass."""
    if errors := [problem for problem in problems if problem.severity == "error"]:
        raise InputError(errors)


def said(problems: Iterable[Problem]) -> list[str]:
    """Every error among the problems, in words."""
    return [str(problem) for problem in problems if problem.severity == "error"]


class RefusedError(SsjError):
    """The rules of a round forbid this step now; the remedy names the way out."""

    exit_code = 4
