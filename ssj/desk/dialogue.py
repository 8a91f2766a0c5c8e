"""Questions on a terminal: every answer is checked at once and asked for again until it is sound.

``ask`` puts a question and gives the answer, ``say`` shows a line. 0 always means back
(:class:`Back`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path

from ssj.desk.screen import columns

Ask = Callable[[str], str]
Say = Callable[[str], None]


class Back(Exception):
    """The answer was 0: return to where the question came from."""


def padded(text: str, width: int) -> str:
    """Text and spaces that fill ``width`` columns."""
    return text + " " * (width - columns(text))


def agreed(ask: Ask, say: Say, question: str) -> bool:
    """A yes or no, however it is typed: ``是``, ``y`` or ``yes``, ``否``, ``n``, ``no`` or 0."""
    while True:
        answer = unicodedata.normalize("NFKC", ask(f"{question}（是/否）")).strip().lower()
        if answer in ("是", "y", "yes"):
            return True
        if answer in ("否", "n", "no", "0"):
            return False
        say("请回答“是”或“否”（也可以输入 y 或 n）。")


class Dialogue:
    """Questions; every answer is checked at once and asked for again until it is sound. 0 means
    back.
    """

    def __init__(self, ask: Ask, say: Say, now: Callable[[], datetime]) -> None:
        self.ask, self.say, self.now = ask, say, now

    def answer(self, prompt: str) -> str:
        """What was typed, in plain digits and letters, without spaces around: for numbers, dates,
        codes, yes and no.
        """
        return unicodedata.normalize("NFKC", self.ask(prompt)).strip()

    def number(self, prompt: str, most: int, default: int | None = None) -> int:
        """A number from 0 to ``most``."""
        while True:
            answer = self.answer(prompt)
            if not answer and default is not None:
                return default
            if re.fullmatch(r"[0-9]{1,4}", answer) and int(answer) <= most:
                return int(answer)
            self.say((f"没有“{answer}”这一项，" if answer else "") + f"请输入 0 到 {most} 的数字。")

    def choose(self, prompt: str, options: Sequence[str], always: bool = False) -> int:
        """The position of one of the options; the only one is not asked for, unless ``always``."""
        if len(options) == 1 and not always:
            return 0
        for number, option in enumerate(options, 1):
            self.say(f"{number:>6}  {option}")
        if not (choice := self.number(f"{prompt}（0 返回）：", len(options))):
            raise Back
        return choice - 1

    def text(self, prompt: str, default: str | None = None) -> str:
        """A text as it was typed; ``default``, where there is one, for an empty answer."""
        while True:
            answer = self.ask(prompt).strip() or (default or "")
            if answer in ("0", "０"):
                raise Back
            if answer or default is not None:
                return answer
            self.say("不能为空，请重新输入；0 返回。")

    def codes(self, prompt: str) -> list[str]:
        """Several codes or none, separated by spaces, commas or 、."""
        return [
            one
            for one in re.split(r"[\s,、;]+", unicodedata.normalize("NFKC", self.text(prompt, "")))
            if one
        ]

    def several(self, prompt: str, options: Sequence[str], least: int) -> list[str]:
        """At least so many of the options, by their numbers."""
        for number, option in enumerate(options, 1):
            self.say(f"{number:>6}  {option}")
        while True:
            chosen = dict.fromkeys(self.codes(f"{prompt}（序号，用空格隔开；0 返回）："))
            if len(chosen) >= least and all(
                re.fullmatch("[0-9]{1,4}", one) and 1 <= int(one) <= len(options) for one in chosen
            ):
                return [options[int(one) - 1] for one in chosen]
            self.say(f"请输入至少 {least} 个序号，在 1 到 {len(options)} 之间。")

    def day(self, prompt: str) -> str:
        """A date as ISO text; today for an empty answer."""
        today = self.now().date().isoformat()
        while True:
            answer = unicodedata.normalize(
                "NFKC", self.text(f"{prompt}（如 2026-12-01；直接回车为今天 {today}）：", today)
            )
            parts = re.fullmatch(r"(\d{4})[-年/.](\d{1,2})[-月/.](\d{1,2})日?", answer)
            with suppress(ValueError):
                if parts:
                    return date(*map(int, parts.groups())).isoformat()
            self.say(f"“{answer}”不是日期，请写成 2026-12-01；0 返回。")

    def folder(self, prompt: str) -> str:
        """A folder that is there."""
        while not Path(answer := self.text(prompt).strip("\"'")).is_dir():
            self.say(f"找不到文件夹“{answer}”，请核对（可以把文件夹拖到这个窗口里）；0 返回。")
        return answer

    def yes(self, question: str) -> bool:
        return agreed(self.ask, self.say, question)

    def pause(self, text: str) -> None:
        self.ask(f"{text}按回车返回。")
