"""The form of parameters against the models: each parameter stands in it once, and what is written
is read back.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import get_args

import pytest
from conftest import ROOT

from ssj.base import formats, params
from ssj.tables import fields, paramfiles
from ssj.workbooks import paramforms
from ssj.year import planning

FORMS = (fields.ROUND, planning.FORM, fields.CALENDAR)
SAMPLES = sorted(path.parent for path in (ROOT / "demo" / "params").glob("*/round.toml"))


def paths_of(model, base: str = "") -> set[str]:
    """All parameters of a model, down to what has no parts; * for what a table is named by."""
    found = set()
    for name, info in model.model_fields.items():
        path, inner = f"{base}{info.alias or name}", fields._model_in(info.annotation)
        mapping = "dict" in str(info.annotation)
        if inner is not None:
            found |= paths_of(inner, f"{path}.") | ({f"{path}.*"} if mapping else set())
        elif mapping:
            found |= {f"{path}.*", f"{path}.="}
        else:
            found.add(path)
    return found


def path(section: fields.Section, own: fields.Field) -> str:
    """A list of texts is one parameter of the model."""
    if own.key == fields.WHOLE and len(section.fields) == 1:
        return section.path
    return ".".join(part for part in (section.path, own.key) if part)


def paths_in(form: fields.Form) -> list[str]:
    return [path(section, own) for section in form.sections for own in section.fields]


UNASKED = {"round.rehearsal"}  # written by ssj rehearse alone


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_each_parameter_of_the_model_stands_in_the_form_once(form):
    assert sorted(paths_in(form)) == sorted(set(paths_of(form.model)) - UNASKED)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_labels_are_told_apart_and_kinds_are_known(form):
    assert len({s.sheet for s in form.sections}) == len(form.sections)
    for section in form.sections:
        labels = [own.label for own in section.fields]
        assert len(set(labels)) == len(labels)
        assert {own.kind for own in section.fields} <= paramfiles.CELLS.keys()
        assert not any(own.key.count(".") and section.table for own in section.fields)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_words_say_all_that_a_choice_may_be(form):
    model = form.model
    for section in form.sections:
        for own in section.fields:
            if own.kind != "choice":
                continue
            annotation = model
            for part in own.key.split("."):
                info = annotation.model_fields[part]
                annotation = fields._model_in(info.annotation) or info.annotation
            known = set(get_args(annotation)) or set(params.protocol.EVENTS)
            assert set(own.words.values()) == known, own.key


def written(tmp_path, form, values) -> params.Strict:
    (tmp_path / f"{form.stem}.xlsx").write_bytes(paramforms.form(form, "2026Q4", values))
    return paramfiles.read(form, tmp_path)


def plain(parameters: params.Strict) -> str:
    """Without the noughts that a ratio may end with."""
    return paramfiles.dumped(parameters).replace('0"\n', '"\n')


@pytest.mark.parametrize("folder", SAMPLES, ids=lambda path: path.name)
def test_the_samples_are_read_from_a_workbook_as_from_toml(folder, tmp_path):
    given = params.read_round(folder / "round.toml")
    again = written(tmp_path, fields.ROUND, given.model_dump(by_alias=True))
    assert plain(again) == plain(given)
    written_twice = paramforms.form(fields.ROUND, "2026Q4", given.model_dump(by_alias=True))
    assert (tmp_path / "round.xlsx").read_bytes() == written_twice


def test_a_year_is_read_from_a_workbook_as_from_toml(tmp_path):
    given = planning.read(ROOT / "demo" / "params" / "2021")
    assert written(tmp_path, planning.FORM, given.model_dump(by_alias=True)) == given


KEY = "58" + "66" * 31  # the base point, so that it is a key
WHOLE = {
    "round": {
        "id": "2026Q4",
        "title": "2026年第四季度双随机抽查",
        "bureau": "样例县住建局",
        "demonstration": True,
        "disclosure": "sealed",
        "official_draw": "platform",
        "window": {"start": date(2026, 12, 7), "end": date(2026, 12, 31)},
        "publication_day": date(2026, 12, 7),
        "slack": 0,
        "rotation": True,
        "team_mode": "groups",
        "receipt_internal": True,
    },
    "authority": [{"matter": "抽查方案", "approvers": ["样例局长", "样例副局长"]}],
    "approval": [{"matter": "抽查方案", "approver": "样例局长", "date": date(2026, 11, 2)}],
    "signed": [{"file": "targets", "section": "样例股", "by": "样例甲", "date": date(2026, 11, 1)}],
    "classes": {"A": {"max_ratio": "0.055", "weight": 3, "yearly_cap": 5}},
    "above_maximum": [{"task": "T1", "class": "A", "reason": "理由一"}],
    "above_cap": [{"task": "T2", "reason": "理由二"}],
    "cool_down": {"epsilon": "0.125", "rounds": 2},
    "risk_factors": {
        "complaints": 2,
        "penalties": 3,
        "last_problem": 4,
        "years": 5,
        "never": 6,
        "most": 7,
        "tasks": ["T1", "T2"],
    },
    "deadlines": {"publish": 7, "objection": 8},
    "pools": {"重点库": "标签：重点检查；条件：投诉举报数≥2"},
    "warnings": {"days": 30, "rounds": 3, "jump": 5, "new_days": 100},
    "outside": {"工商登记": ["施工企业", "物业服务"]},
    "event": {
        "kind": "lottery",
        "count": 2,
        "source": "第 2026023、2026024 期",
        "time": datetime(2026, 11, 30, 9, 5, tzinfo=formats.BEIJING),
        "place": "样例厅",
        "fallback": "顺延",
        "notice_days": 5,
        "custodians": ["甲（样例）", "乙"],
        "keys": [{"name": "乙", "key": KEY}],
        "parties": [{"name": "样例方", "sha256": "0f" * 32}],
    },
}


def test_every_parameter_comes_back_from_its_cell(tmp_path):
    """None of them has its default here."""
    given = params.Parameters.model_validate(WHOLE)
    assert written(tmp_path, fields.ROUND, given.model_dump(by_alias=True)) == given
    assert params.read_round(toml(tmp_path, paramfiles.dumped(given))) == given


def toml(tmp_path, text: str):
    (tmp_path / "other").mkdir()
    path = tmp_path / "other" / "round.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_what_belongs_to_one_round_is_not_carried_over():
    given = params.Parameters.model_validate(WHOLE).model_dump(by_alias=True)
    kept = paramfiles.carried(fields.ROUND, given)
    assert kept["approval"] == [{"matter": "抽查方案", "approver": "样例局长"}]
    assert kept["signed"] == [{"file": "targets", "section": "样例股", "by": "样例甲"}]
    assert kept["event"] == {
        key: WHOLE["event"][key]
        for key in ("kind", "count", "place", "fallback", "notice_days", "custodians", "keys")
    }
    assert not {"id", "title", "window", "publication_day"} & kept["round"].keys()
    for key in ("classes", "pools", "outside", "risk_factors", "cool_down", "authority"):
        assert kept[key] == given[key]
