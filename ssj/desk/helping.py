"""The help of the command line, laid out by columns: a Chinese character takes two."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any

from ssj.desk import screen

NAMES = 12  # columns for a command's name
SPARE = 20  # columns of usage that its Chinese words take besides their count


class Formatter(argparse.HelpFormatter):
    """argparse's own, but widths are those on the screen."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=26, width=screen.width() - 1)

    def _format_usage(self, *options: Any) -> str:
        self._width, width = self._width - SPARE, self._width
        try:
            return super()._format_usage(*options)
        finally:
            self._width = width

    def _split_lines(self, text: str, width: int) -> list[str]:
        return screen.wrapped(" ".join(text.split()), width, 0)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        lines = screen.wrapped(" ".join(text.split()), width - len(indent), 0)
        return "\n".join(indent + line for line in lines)

    def _format_action(self, action: argparse.Action) -> str:
        """As argparse has it, the header padded by columns."""
        begins, lines = self._action_max_length + 2, []
        at = min(begins, self._max_help_position)
        header = " " * self._current_indent + self._format_action_invocation(action)
        said = self._split_lines(self._expand_help(action), max(self._width - at, 11))
        if screen.columns(header) + 2 <= at and said:
            header += " " * (at - screen.columns(header)) + said.pop(0)
        lines = [header, *(" " * at + line for line in said)]
        return "".join(f"{line.rstrip()}\n" for line in lines)

    def add_argument(self, action: argparse.Action) -> None:
        super().add_argument(action)
        if action.help is not argparse.SUPPRESS:
            header = self._format_action_invocation(action)
            length = screen.columns(header) + self._current_indent
            self._action_max_length = max(self._action_max_length, length)


class Parser(argparse.ArgumentParser):
    """Of one command."""

    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=Formatter, allow_abbrev=False, **options)


class Commands(Parser):
    """Of all commands: its help shows them on one screen, in the order of a quarter's work, each
    with its title: what its own help says before the colon.
    """

    titles: dict[str, str]

    def format_help(self) -> str:
        head = f"用法：{self.prog} [选项] 命令 …\n\n{self.description}\n\n"
        options = self._get_formatter()
        options.start_section("选项")
        options.add_arguments(a for a in self._actions if a.option_strings)
        options.end_section()
        options.add_text(self.epilog)
        return (
            f"{head}命令（怎样写：{self.prog} 命令 --help）：\n"
            + "".join(f"{row}\n" for row in _in_two(self.titles.items()))
            + f"\n{options.format_help()}"
        )


def _in_two(rows: Iterable[tuple[str, str]]) -> list[str]:
    said = [f"  {name:{NAMES}}{text}" for name, text in rows]
    half = -(-len(said) // 2)
    left = max(map(screen.columns, said[:half])) + 2
    right = [*said[half:], ""]
    return [
        (one + " " * (left - screen.columns(one)) + two).rstrip()
        for one, two in zip(said[:half], right, strict=False)
    ]
