"""Every rule that the guide states has a check in a command, and a test that shows it."""

from __future__ import annotations

import ast
import re

import pytest
from conftest import ROOT

GUIDE = (ROOT / "docs" / "GUIDE.zh-CN.md").read_text(encoding="utf-8")
STATED = re.compile("必须|不得|至少|不少于|须")
# but what the tables of checks print themselves: tests/unit/test_rules.py
WRITTEN = re.sub(
    r"<!-- 以下由 scripts/make_guide_checks\.py 写出.*<!-- 写到这里 -->", "", GUIDE, flags=re.DOTALL
)
# a sentence of the guide, by its beginning → the tests of the check
RULES = {
    "不同的，须由“审批权限”中可以批准“计划变更”的人批准": [
        "unit/test_year.py::test_differing_missing_and_extra_tasks",
        "unit/test_year.py::test_an_approval_by_whoever_may_not_changes_nothing",
    ],
    "日期不得晚于封库，写了不存在的文件也是错误": ["unit/test_parts.py::test_signatures"],
    "封库校验码的保管人，至少两名": [
        "unit/test_params.py::test_two_custodians_or_a_reason",
        "unit/test_params.py::test_one_custodian_in_other_spaces_is_not_two",
    ],
    "“抽查方案”“公布”“抽后调整”“作废”四项必须写": ["unit/test_params.py::test_approvals"],
    "正式批次：骰子不少于 16 粒": ["unit/test_params.py::test_entropy_of_the_event"],
    "封库以后至少三个工作日才能举行公开活动": [
        "unit/test_params.py::test_a_real_event_is_announced_three_working_days_before",
        "unit/test_workdays.py::test_notice",
    ],
    "日期不得晚于封库，不得早于检查期开始前两年": [
        "unit/test_exceptions.py::test_what_is_refused_in_whole_messages"
    ],
    "回避必须写明是哪几户": ["round/test_amend.py::test_refused_amendments_write_nothing"],
    "审批人须是“审批权限”中规定可以批准作废的人": [
        "round/test_change_rules.py::test_what_the_command_would_have_refused_fails_by_v3"
    ],
    "来不及的也不要紧：升级以后 `ssj draw` 用封库时的那一版": [
        "round/test_upgrade.py::test_only_released_programs_are_run"
    ],
    "通知书印有权利、回避、“五个严禁”“八个不得”": [
        "unit/test_papers.py::test_each_form_of_the_ministry_has_the_elements_asked_of_it"
    ],
    "- 复查不得少于两名人员": ["unit/test_followup.py::test_a_row_of_the_register"],
}


def stated() -> list[str]:
    """The sentences that say what must or must not be."""
    parts = re.split(r"(?<=[。；])|\||\n", WRITTEN)
    return [part.strip() for part in parts if STATED.search(part)]


def test_every_rule_that_the_guide_states_is_listed_with_its_check():
    """A sentence without a check is advice: it says 要 or 请. No two sentences share a line of the
    list, so that one that begins like an older one is seen.
    """
    found = [next((rule for rule in RULES if part.startswith(rule)), part) for part in stated()]
    assert sorted(found) == sorted(RULES)
    assert all(RULES.values())


@pytest.mark.parametrize("test", sorted({test for tests in RULES.values() for test in tests}))
def test_the_tests_are_there(test):
    file, name = test.split("::")
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
