"""What is shown and asked before anything is entered."""

from __future__ import annotations

import sys
from datetime import date

import pytest
from conftest import ROOT

from ssj.base import params
from ssj.base.errors import RefusedError
from ssj.desk import dialogue, telling
from ssj.stages import freeze


@pytest.fixture
def terminal(monkeypatch):
    """A person at a terminal who gives these answers; what was asked."""
    asked: list[str] = []

    def given(*answers: str) -> list[str]:
        left = list(answers)

        def answer(prompt: str) -> str:
            asked.append(prompt)
            return left.pop(0)

        monkeypatch.setattr("builtins.input", answer)
        for stream in (sys.stdin, sys.stdout):
            monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
        return asked

    return given


def test_reminders_are_shown_and_then_it_is_asked(terminal, capsys):
    asked = terminal("也许", "是")
    telling.Agreement(telling.Progress(), False)("封库", ["提醒 1 个"])
    assert asked == ["封库登记以后不能修改。现在登记吗？（是/否）"] * 2
    said = capsys.readouterr().out
    assert said.index("封库以前，请看：") < said.index("提醒 1 个") < said.index("请回答“是”或“否”")


@pytest.mark.parametrize("no", ["否", "n", "0"])
def test_whoever_says_no_enters_nothing(terminal, no):
    terminal(no)
    with pytest.raises(RefusedError, match="没有抽取，什么也没有登记"):
        telling.Agreement(telling.Progress(), False)("抽取", [])


@pytest.mark.parametrize("unasked", [True, False])
def test_without_a_terminal_or_with_yes_reminders_are_only_shown(monkeypatch, capsys, unasked):
    def nobody(_: str) -> str:
        raise AssertionError("asked")

    monkeypatch.setattr("builtins.input", nobody)
    telling.Agreement(telling.Progress(), unasked)("封库", ["提醒 1 个"])
    assert "提醒 1 个" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("是", True), ("y", True), ("ＹＥＳ", True), (" 否 ", False), ("N", False), ("0", False)],
)
def test_yes_and_no_however_they_are_typed(typed, meant):
    assert dialogue.agreed(lambda _: typed, print, "对吗？") is meant


def test_the_freeze_says_which_holidays_a_later_step_will_need(tmp_path):
    own = params.read_round(ROOT / "demo" / "params" / "sample60" / "round.toml")
    assert list(freeze.later(own, tmp_path / "calendar.toml")) == []
    window = own.round.window.model_copy(update={"end": date(2026, 12, 20)})
    late = own.model_copy(update={"round": own.round.model_copy(update={"window": window})})
    (text,) = freeze.later(late, tmp_path / "calendar.toml")
    assert text.startswith("公示和异议的期限要用：不知道 2027 年的节假日安排。")
    assert "calendar.xlsx" in text
