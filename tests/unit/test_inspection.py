"""Everything that is wrong with a round's folder, of all files at once, before anything runs."""

from __future__ import annotations

import re
import shutil
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import pytest
from conftest import ROOT

from ssj import protocol
from ssj.base.errors import InputError
from ssj.casebook import inspection
from ssj.draw import events, framing
from ssj.rosters.history import NOTHING
from ssj.rosters.rosters import load_round
from ssj.tables import paramfiles, rawtables, schema, writing
from ssj.tables.frames import rows_of
from ssj.year import planning

# a Monday; the event is on Friday of that week
NOW = datetime.fromisoformat("2021-11-22T09:00:00+08:00")


@pytest.fixture
def folder(tmp_path) -> Path:
    return shutil.copytree(ROOT / "demo" / "params" / "sample60", tmp_path / "params" / "sample60")


def change(folder: Path, old: str, new: str, file: str = "round.toml") -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")


def change_table(
    folder: Path, name: str, column: str, value: object, rows: slice = slice(0, 1)
) -> None:
    frame = rawtables.read(folder / f"{name}.xlsx", schema.headers(name)).frame
    frame.iloc[rows, frame.columns.get_loc(column)] = value
    writing.write_xlsx(folder / f"{name}.xlsx", {"表": frame})


def found(folder: Path, now: datetime = NOW) -> list[str]:
    return [str(p) for p in inspection.inspect(folder, now).problems]


def test_sound_round(folder):
    look = inspection.inspect(folder, NOW)
    problems, notes = look.problems, look.notes
    assert problems == []
    assert notes == [
        "随机抽查事项清单（items.xlsx）：读取 8 行。",
        "检查对象名录库（targets.xlsx）：读取 60 行。",
        "执法检查人员名录库（officers.xlsx）：读取 10 行。",
        "年度抽查计划（plan.xlsx）：读取 4 行。",
    ]


REAL = ("demonstration = true", "demonstration = false")
DICE = "请改用 16 粒骰子、两期双色球或大乐透、40 位以上的公开信标。"
# name → (changes of round.toml, messages)
ROUND = {
    "another folder's name": (
        [('id = "sample60"', 'id = "2021Q4"')],
        [
            (
                "round.toml 参数 round.id：批次号与文件夹名“sample60”不一致，现为“2021Q4”。"
                "请改成一致。"
            ),
            *(
                (
                    f"round.toml 参数 above_maximum：“超上限任务”提到的任务 S03 或 {c} "
                    "类不在本批次中，现为“S03”。请核对。"
                )
                for c in "AB"
            ),
        ],
    ),
    "too little entropy in a demonstration": ([("count = 16", "count = 3")], []),
    "too little entropy": (
        [REAL, ("count = 16", "count = 15")],
        [
            (
                "round.toml 参数 event.count：公开随机数的可能结果不足 2^40 种，"
                f"内部人可以试出想要的结果，现为“15”。{DICE}"
            )
        ],
    ),
    "notice too short": (
        [REAL, ("notice_days = 3", "notice_days = 5")],
        [
            (
                "round.toml 参数 event.time：封库公告日 2021-11-22 到公开随机数产生日只有 4 "
                "个工作日，应不少于 5 个，现为“2021-11-26”。请推迟公开随机数产生的时间。"
            )
        ],
    ),
    "time of another zone, whose day is later than Beijing's": (
        [REAL, ("time = 2021-11-26T10:00:00+08:00", "time = 2021-11-26T00:30:00+14:00")],
        [
            (
                "round.toml 参数 event.time：公开随机数产生的时间不是北京时间，现为"
                "“2021-11-26T00:30:00+14:00”。请写北京时间，如 2021-11-26T10:00:00+08:00。"
            )
        ],
    ),
    "year without a calendar": (
        [
            REAL,
            ("time = 2021-11-26", "time = 2031-01-06"),
            ("start = 2021-12-06, end = 2021-12-24", "start = 2031-01-06, end = 2031-01-24"),
            ("publication_day = 2021-12-06", "publication_day = 2031-01-06"),
        ],
        [
            (
                "calendar.xlsx：不知道 2027 年的节假日安排，现为“2027-01-01”。"
                "请按国务院办公厅通知填写 params/calendar.xlsx。"
            )
        ],
    ),
    "unknown parameter": (
        [("slack = 1", "slak = 1")],
        ["round.toml 参数 round.slak：不认识的参数，现为“1”。请删去，或核对拼写。"],
    ),
    "not approved by whoever may": (
        [('approver = "演示局长"', 'approver = "演示科员"')],
        [
            *(
                (
                    f"round.toml 参数 approval.{n}.approver："
                    f"“演示科员”无权批准“{matter}”（规定的审批人：演示局长），现为“演示科员”。"
                    "请由有权的人批准；规定有误的，改“审批权限”。"
                )
                for n, matter in enumerate(("抽查方案", "公布"))
            )
        ],
    ),
    "maximum": (
        [('task = "S03"', 'task = "S09"')],
        [
            *(
                (
                    f"round.toml 参数 above_maximum：“超上限任务”提到的任务 S09 或 {c} "
                    "类不在本批次中，现为“S09”。请核对。"
                )
                for c in "AB"
            )
        ],
    ),
}


@pytest.mark.parametrize(("changes", "messages"), ROUND.values(), ids=list(ROUND))
def test_parameters(changes, messages, folder):
    for old, new in changes:
        change(folder, old, new)
    errors = [
        p
        for p in inspection.inspect(folder, NOW).problems
        if p.severity == "error" and p.file.endswith((".toml", "calendar.xlsx"))
    ]
    assert [str(p) for p in errors] == messages


@pytest.mark.parametrize(("day", "remarked"), [("2021-11-28", True), ("2021-11-29", False)])
def test_an_event_on_a_day_off_is_remarked(folder, day, remarked):
    """And forbidden to nobody: lotteries are drawn on Sundays."""
    for old, new in (
        REAL,
        ("time = 2021-11-26", f"time = {day}"),
        ("publication_day = 2021-12-06", "publication_day = 2021-12-07"),
    ):
        change(folder, old, new)
    problems = inspection.inspect(folder, NOW).problems
    own = [p for p in problems if p.code == "R12"]
    assert [p.severity for p in own] == ["warning"] * remarked


def test_event_already_past(folder):
    change(folder, *REAL)
    after = datetime.fromisoformat("2021-11-26T10:00:00+08:00")
    assert found(folder, after) == [
        (
            "round.toml 参数 event.time：公开随机数产生的时间已经过去，封库必须在前，"
            "现为“2021-11-26T10:00:00+08:00”。请另定时间并重新公告。"
        ),
        (
            "round.toml 参数 event.time：封库公告日 2021-11-26 到公开随机数产生日只有 0 "
            "个工作日，应不少于 3 个，现为“2021-11-26”。请推迟公开随机数产生的时间。"
        ),
    ]


def test_own_calendar_extends_and_never_overrides(folder):
    """Days off of one's own would stretch or shorten the notice."""
    change(folder, *REAL)
    (folder.parent / "calendar.toml").write_text(
        "years = [2021]\nholidays = [2021-11-24, 2021-11-25]\nworkdays = []\n", encoding="utf-8"
    )
    assert [m.partition("，现为")[0] for m in found(folder)] == [
        "calendar.toml 参数 years：2021 年的节假日安排程序已经知道，写的与它不同"
    ]


def test_missing_file(folder):
    (folder / "officers.xlsx").unlink()
    assert found(folder)[0] == (
        "officers：文件夹“sample60”里没有表格 officers。"
        "请放入 officers.xlsx（也可以是 .xls、.csv 或 .parquet），文件名用小写字母。"
    )


def test_missing_everything(tmp_path):
    (tmp_path / "r").mkdir()
    assert [m.partition("：")[0] for m in found(tmp_path / "r")] == [
        "round.xlsx",
        "items",
        "targets",
        "officers",
        "plan",
    ]


def test_all_files_at_once_even_without_parameters(folder):
    change(folder, "slack = 1", "slack = 1.5")
    change(folder, 'text = "', 'txt = "', "entropy.toml")
    change_table(folder, "targets", "编号", None)
    change_table(folder, "officers", "姓名", None)
    assert sorted({m.split()[0].partition("：")[0] for m in found(folder)}) == [
        "entropy.toml",
        "officers.xlsx",
        "round.toml",
        "targets.xlsx",
    ]


def test_unreadable_parameters_do_not_blame_the_rosters(folder):
    (folder / "round.toml").write_text("[round\n", encoding="utf-8")
    assert (
        "round.toml 第 1 行：不合 TOML 书写规则，现为“[round”。请检查引号、等号和方括号。"
        in found(folder)
    )


# what is wrong with the classes themselves says nothing of the rows that name one
CLASSES = {
    "no parameters": None,
    "a table spelt otherwise": ("[classes.", "[klasses."),
    "a ratio that is none": ('max_ratio = "0.20"', 'max_ratio = "many"'),
    "a class without its weight": ("weight = 4\n", ""),
    "a class named otherwise, and a ratio that is none": (
        '[classes.B]\nmax_ratio = "0.20"',
        '[classes.E]\nmax_ratio = "many"',
    ),
}


@pytest.mark.parametrize("edit", CLASSES.values(), ids=CLASSES)
def test_classes_that_are_wrong_refuse_no_row(edit, folder):
    if edit is None:
        (folder / "round.toml").unlink()
    else:
        change(folder, *edit)
    messages = found(folder)
    assert messages and all(m.startswith("round.") for m in messages)


def test_rows_are_held_to_sound_classes_though_other_parameters_are_wrong(folder):
    change(folder, "slack = 1", "slack = -1")
    change_table(folder, "targets", "信用风险等级", "Z")
    assert {m.split()[0] for m in found(folder)} == {"round.toml", "targets.xlsx"}


# name → (table, column, value, rows, message)
ROSTERS = {
    "duplicate id": (
        "targets",
        "编号",
        "SY-1",
        slice(37, 39),
        (
            "targets.xlsx 工作表“表” 第 40 行 “编号”列：编号与第 39 行重复，名称却不同（第 39 "
            "行是“演示家园〇〇二号项目”），现为“SY-1”。一个编号只能是一家（一人、一项）："
            "请查清哪一行的编号录错，改正；更名的，删去旧名称的一行。"
        ),
    ),
    "ratio above 1": (
        "plan",
        "抽查比例",
        "5",
        slice(1, 2),
        (
            "plan.xlsx 工作表“表” 第 3 行 “抽查比例”列：抽查比例大于 1，现为“5”。如果是百分之 5，"
            "请写成 5%。"
        ),
    ),
    "task without item": (
        "plan",
        "事项编号",
        "ZJ-99",
        slice(1, 2),
        (
            "plan.xlsx 工作表“表” 第 3 行 “事项编号”列：事项编号不在事项清单中，现为“ZJ-99”。"
            "请核对编号，或在事项清单中补上这一项。"
        ),
    ),
    "ratio above the maximum": (
        "plan",
        "抽查比例",
        "A 5%；B 30%；C 50%；D 100%",
        slice(0, 1),
        (
            "plan.xlsx 工作表“表” 第 2 行 “抽查比例”列：任务 S01 对 B 类的抽查比例高于该类上限 "
            "20 %，现为“30 %”。请降低比例，或在批次参数的“超上限任务”中写明理由。"
        ),
    ),
}


@pytest.mark.parametrize(
    ("table", "column", "value", "rows", "message"), ROSTERS.values(), ids=list(ROSTERS)
)
def test_rosters(table, column, value, rows, message, folder):
    change_table(folder, table, column, value, rows)
    errors = [str(p) for p in inspection.inspect(folder, NOW).problems if p.severity == "error"]
    assert errors == [message]


def test_seats_that_nobody_can_take(folder):
    change_table(folder, "officers", "专业", "施工", slice(0, 7))
    errors = [p for p in inspection.inspect(folder, NOW).problems if p.severity == "error"]
    assert {p.code for p in errors} == {"O30"}
    assert errors[0].message == (
        "席位排不满：演示县住建局（工程质量） × 1、演示县住建局（施工安全） × 1，只有 0 "
        "人有资格（无人），缺 2 席"
    )
    assert errors[0].value == "2019-999998-47-03-004001 演示家园〇〇一号项目"


def test_errors_come_before_warnings(folder):
    change_table(folder, "officers", "执法证有效期至", "2021-12-10", slice(0, 1))
    change_table(folder, "plan", "事项编号", "ZJ-99", slice(1, 2))
    assert [p.severity for p in inspection.inspect(folder, NOW).problems] == ["error", "warning"]


# --- entropy.toml against the announced event ---

EVENT = {
    "kind": "dice",
    "count": 16,
    "form": protocol.event_form("dice", 16),
    "time": "2021-11-26T10:00:00+08:00",
    "custodians": ["样例甲"],
}
RECORD = {"event": EVENT, "commitment": "0123456789abcdef" * 4}
ATTESTED = (
    '\n[[attestation]]\ncustodian = "样例甲"\n'
    'received = 2021-11-23T09:00:00+08:00\nfirst16 = "{}"\nonly = true\n'
)
WRITTEN = datetime.fromisoformat("2021-11-26T10:06:00+08:00")
# name → (old, new text of entropy.toml, messages)
ENTROPY = {
    "fits": ("", "", []),
    "seven on a die": (
        '"5452',
        '"7452',
        [
            (
                "entropy.toml 参数 text：公开随机数“7452443366262235”与公告的书写格式 [1-6]{16} "
                "不符，现为“7452443366262235”。请按公告的格式如实填写。"
            )
        ],
    ),
    "a die missing": (
        '"5452',
        '"452',
        [
            (
                "entropy.toml 参数 text：公开随机数“452443366262235”与公告的书写格式 [1-6]{16} "
                "不符，现为“452443366262235”。请按公告的格式如实填写。"
            )
        ],
    ),
    "spaces": (
        '"5452',
        '"5 452',
        [
            (
                "entropy.toml 参数 text：公开随机数“5 452443366262235”与公告的书写格式 [1-6]{16} "
                "不符，现为“5 452443366262235”。请按公告的格式如实填写。"
            )
        ],
    ),
    "before the announced time": (
        "T10:06:00+08:00",
        "T09:59:59+08:00",
        [
            (
                "entropy.toml 参数 time：公开随机数产生的时间早于公告的 "
                "2021-11-26T10:00:00+08:00，现为“2021-11-26T09:59:59+08:00”。请核对时间。"
            )
        ],
    ),
    "the announced minute, elsewhere": ("T10:06:00+08:00", "T02:00:00Z", []),
    "not yet": (
        "T10:06:00+08:00",
        "T10:06:01+08:00",
        [
            (
                "entropy.toml 参数 time：公开随机数产生的时间还没到，"
                "现为“2021-11-26T10:06:01+08:00”。请核对时间。"
            )
        ],
    ),
    "attested by somebody else": (
        "\n[roles]",
        ATTESTED.format("0123456789abcdef").replace("样例甲", "样例乙") + "\n[roles]",
        [
            (
                "entropy.toml 参数 attestation.custodian：“样例乙”不是公告的保管人，"
                "现为“样例乙”。保管人须在封库公告中写明。"
            )
        ],
    ),
    "attested when the outcome was known": (
        "\n[roles]",
        ATTESTED.format("0123456789abcdef").replace("11-23T09", "11-26T10") + "\n[roles]",
        [
            (
                "entropy.toml 参数 attestation.received："
                "保管人“样例甲”在公开随机数产生之后才收到封库校验码，"
                "现为“2021-11-26T10:00:00+08:00”。这份证明不能证实唯一性，请删去。"
            )
        ],
    ),
    "right attestation": ("\n[roles]", ATTESTED.format("0123456789abcdef") + "\n[roles]", []),
    "another commitment was received": (
        "\n[roles]",
        ATTESTED.format("f" * 16) + "\n[roles]",
        [
            (
                "entropy.toml 参数 attestation.first16：保管人“样例甲”收到的封库校验码前 16 "
                "位与本次封库不符，现为“ffffffffffffffff”。"
                "请核对；如确实收到过另一个校验码，本次抽取的唯一性不成立。"
            )
        ],
    ),
}


@pytest.mark.parametrize(("old", "new", "messages"), ENTROPY.values(), ids=list(ENTROPY))
def test_entropy(old, new, messages, folder):
    change(folder, old, new, "entropy.toml") if old else None  # what both people typed is changed
    assert [str(p) for p in events.entropy_problems(folder, RECORD, WRITTEN)] == messages


def test_entropy_missing(folder):
    (folder / "entropy.toml").unlink()
    with pytest.raises(InputError, match="entropy.toml：找不到这个文件。请放到文件夹 sample60 中"):
        events.entropy_problems(folder, RECORD, WRITTEN)


def test_looking_writes_nothing(folder):
    before = {p: p.stat().st_mtime_ns for p in folder.parent.rglob("*")}
    inspection.inspect(folder, NOW)
    assert {p: p.stat().st_mtime_ns for p in folder.parent.rglob("*")} == before


@pytest.mark.parametrize("ratios", ["10%", "A 10%；B 10%；C 10%；D 10%"])
@pytest.mark.parametrize(("limit", "above"), [("0.1", False), ("0.09", True)])
def test_rounding_up_is_not_above_a_maximum(folder, ratios, limit, above):
    """10 % of a few is one of them, however the ratio is written; the year has the same measure."""
    change_table(folder, "plan", "抽查比例", ratios)
    text = (folder / "round.toml").read_text(encoding="utf-8")
    text = re.sub(r'max_ratio = "[^"]*"', f'max_ratio = "{limit}"', text)
    text = re.sub(r"weight = [0-9]+", "weight = 1", text)
    (folder / "round.toml").write_text(text, encoding="utf-8", newline="\n")
    said = [one for one in found(folder) if "任务 S01 对" in one and "高于该类上限" in one]
    assert bool(said) is above
    own = paramfiles.read_round(folder)
    roster = load_round(folder, own)
    task = next(rows_of(roster.plan[roster.plan["id"] == "S01"]))
    drawn = framing.frames(roster, framing.tasks_of_round(roster, "sample60"), own, NOTHING)
    assert (planning.share(task, [drawn]) > Fraction(limit)) is above
