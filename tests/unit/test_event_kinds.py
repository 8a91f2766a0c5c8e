"""A kind of public random event is one row of ``protocol.EVENTS``, which all others read.

An invented row is added; freezing, form, outcomes, words, print and two-person entry work for it.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta

import openpyxl
import pytest
from conftest import ROOT

from ssj import protocol
from ssj.base import params, words
from ssj.desk import event
from ssj.protocol import EventKind, ProtocolError
from ssj.upkeep import starter

INVENTED = {  # kind → its row, how often, its form, a result, the result in print, what is wrong
    "coins": (
        EventKind("硬币", "枚", "正面写 1、反面写 0，连写", 2, "[01]", "01", group=8, source=False),
        48,
        "[01]{48}",
        "01" * 24,
        " ".join(["01010101"] * 6),
        "2" + "01" * 23 + "1",
    ),
    "digits": (
        EventKind("福彩3D", "期", "三个数字连写，各期用分号分开", 1_000, "[0-9]{3}", "123", ";"),
        5,
        "[0-9]{3}(;[0-9]{3})(;[0-9]{3})(;[0-9]{3})(;[0-9]{3})",
        "007;123;999;000;512",
        "007;\n123;\n999;\n000;\n512",
        "x07;123;999;000;512",
    ),
}
ROUND = (ROOT / "demo" / "params" / "sample60" / "round.toml").read_text(encoding="utf-8")
NOW = datetime.fromisoformat("2021-11-22T09:00:00+08:00")


def read(folder, kind, count, source='source = "样例"'):
    text = ROUND.replace("demonstration = true", "demonstration = false")
    text = text.replace('kind = "dice"\ncount = 16', f'kind = "{kind}"\ncount = {count}\n{source}')
    (folder / "round.toml").write_text(text, encoding="utf-8")
    return params.read_round(folder / "round.toml")


@pytest.mark.parametrize("kind", INVENTED)
def test_a_row_is_all_that_a_kind_needs(kind, tmp_path, monkeypatch):
    row, count, form, result, printed, wrong = INVENTED[kind]
    with pytest.raises(params.InputError, match="不是允许的值"):
        read(tmp_path, kind, count)
    monkeypatch.setitem(protocol.EVENTS, kind, row)

    parameters = read(tmp_path, kind, count)
    assert params.event_problems(parameters, NOW) == []
    assert [p.code for p in params.event_problems(read(tmp_path, kind, 2), NOW)] == ["R03"]
    announced = parameters.event.announced()
    assert announced["form"] == form == protocol.event_form(kind, count)
    assert protocol.event_outcomes(kind, count) == row.outcomes**count

    protocol.check_event_text(announced, result)
    with pytest.raises(ProtocolError, match="书写格式"):
        protocol.check_event_text(announced, wrong)
    assert words.event(announced) == f"{row.name} {count} {row.unit}"
    assert words.form(announced) == row.writing
    assert words.event_text({"event": announced, "entropy": {"text": result}}) == printed

    said = []
    answers = ["样例甲", wrong, result, "样例乙", result, "", "", *[""] * 5]
    answers += [""] * len(announced["custodians"]) + ["是"]

    def ask(prompt):
        said.append(prompt)
        return answers.pop(0)

    path = event.record(
        announced, "0" * 64, tmp_path, ask, said.append, lambda: NOW + timedelta(365)
    )
    assert params.read_entropy(path).text == result and answers == []
    assert f"第 1 个字符不合写法：{row.writing}。请重新录入。" in said


def test_a_source_is_named_where_the_row_asks_for_it(tmp_path, monkeypatch):
    for kind, (row, count, *_) in INVENTED.items():
        monkeypatch.setitem(protocol.EVENTS, kind, row)
        if row.source:
            with pytest.raises(params.InputError, match="source 没有写"):
                read(tmp_path, kind, count, source="")
        else:
            assert read(tmp_path, kind, count).event.kind == kind


def test_a_new_rounds_parameters_offer_every_kind(tmp_path):
    starter.new_round(tmp_path, "2026Q1", None)
    page = openpyxl.load_workbook(tmp_path / "2026Q1" / "round.xlsx")["公开活动"]
    offers = [rule.formula1 for rule in page.data_validations.dataValidation if "B3" in rule.sqref]
    assert offers == [f'"{",".join(row.name for row in protocol.EVENTS.values())}"']
    dice = protocol.EVENTS["dice"]
    text = (ROOT / "ssj" / "templates" / "entropy.toml").read_text(encoding="utf-8")
    assert f"16 {dice.unit}{dice.name}{dice.writing.split('，')[0]}" in text


def test_the_verifier_in_the_browser_knows_the_same_kinds():
    """Its outcomes as text; its forms by the vectors, which it is tried with in a real browser."""
    source = (ROOT / "ssj" / "verifier" / "protocol.js").read_text(encoding="utf-8")
    table = re.search(r"const OUTCOMES = \{(.*?)\};", source)[1]
    outcomes = {kind: int(number) for kind, number in re.findall(r"(\w+): (\d+)n", table)}
    assert outcomes == {kind: row.outcomes for kind, row in protocol.EVENTS.items()}
    vectors = json.loads((ROOT / "tests" / "vectors" / "event_forms.json").read_text("utf-8"))
    forms = {
        c["input"]["kind"]: c["expected"]
        for c in vectors["cases"]
        if c["function"] == "event_form" and "expected" in c
    }
    assert forms.keys() == protocol.EVENTS.keys()
