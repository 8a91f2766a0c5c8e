"""round.toml, entropy.toml, stage.json: strictly typed, all problems at once; banners."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta

import pytest
from conftest import ROOT, small_frozen

from ssj import protocol
from ssj.base import approvals, params
from ssj.base.errors import InputError, SsjError
from ssj.draw import changes

ROUND = (ROOT / "demo" / "params" / "sample60" / "round.toml").read_text(encoding="utf-8")
ENTROPY = (ROOT / "demo" / "params" / "sample60" / "entropy.toml").read_text(encoding="utf-8")


def problems(tmp_path, text: str, read=params.read_round, name: str = "round.toml") -> list[str]:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read(tmp_path / name)
    return [str(p) for p in caught.value.problems]


# name → (text in round.toml, its replacement, the message)
ROUND_CASES = {
    "unknown parameter": (
        "slack = 1",
        "slak = 1",
        "round.toml 参数 round.slak：不认识的参数，现为“1”。请删去，或核对拼写",
    ),
    "unknown table": (
        "[event]",
        "[extra]\na = 1\n[event]",
        "round.toml 参数 extra：不认识的参数。请删去，或核对拼写",
    ),
    "missing parameter": (
        'bureau = "演示县住房和城乡建设局"\n',
        "",
        "round.toml 参数 round.bureau：缺少参数。请补上",
    ),
    "text for an integer": (
        "slack = 1",
        'slack = "1"',
        "round.toml 参数 round.slack：应为整数，现为“1”。请改为整数，不加引号",
    ),
    "integer for a text": (
        'title = "六十户小样例双随机抽查"',
        "title = 60",
        "round.toml 参数 round.title：应为带引号的文本，现为“60”。请加上英文引号",
    ),
    "text for a boolean": (
        "demonstration = true",
        'demonstration = "是"',
        (
            "round.toml 参数 round.demonstration：应为 true 或 false，现为“是”。请改为 true 或 "
            "false，不加引号"
        ),
    ),
    "text for a date": (
        "publication_day = 2021-12-06",
        'publication_day = "2021-12-06"',
        (
            "round.toml 参数 round.publication_day：应为日期，现为“2021-12-06”。请写成 "
            "2021-12-06，不加引号"
        ),
    ),
    "time without zone": (
        "time = 2021-11-26T10:00:00+08:00",
        "time = 2021-11-26T10:00:00",
        (
            "round.toml 参数 event.time：时间缺少时区，现为“2021-11-26 10:00:00”。请写成 "
            "2021-11-26T10:00:00+08:00"
        ),
    ),
    "float for a ratio": (
        'max_ratio = "0.60"',
        "max_ratio = 0.60",
        "round.toml 参数 classes.C.max_ratio：应为带引号的文本，现为“0.6”。请加上英文引号",
    ),
    "ratio above 1": (
        'max_ratio = "0.60"',
        'max_ratio = "60"',
        (
            "round.toml 参数 classes.C.max_ratio："
            "抽查比例“60”不是 0 到 1 的小数，请写成 0.05 这样的小数，在 TOML 中加英文引号，"
            "现为“60”。请修改"
        ),
    ),
    "weight 0": (
        "weight = 8",
        "weight = 0",
        "round.toml 参数 classes.D.weight：值不合要求，现为“0”。请改到规定范围内（不小于 1）",
    ),
    "a yearly cap of 0": (
        "yearly_cap = 6",
        "yearly_cap = 0",
        (
            "round.toml 参数 classes.D.yearly_cap：年度上限 0 的意思是这一类一户也不能抽，现为“0”。"
            "不限户次的，不写；确实不抽这一类的，在任务的对象范围中用“等级：”写明要抽的等级"
        ),
    ),
    "a page that is no address": (
        "publication_day = 2021-12-06",
        'publication_day = 2021-12-06\ncheck_page = "zj.example.gov.cn/核验.html"',
        (
            "round.toml 参数 round.check_page：不是网址，现为“zj.example.gov.cn/核验.html”。"
            "请写完整的网址，以 https:// 开头，没有空格和 #"
        ),
    ),
    "points as text": (
        "[event]",
        '[risk_factors]\ncomplaints = "1"\nmost = 3\n\n[event]',
        "round.toml 参数 risk_factors.complaints：应为整数，现为“1”。请改为整数，不加引号",
    ),
    "points with a fraction": (
        "[event]",
        "[risk_factors]\ncomplaints = 1.5\nmost = 3\n\n[event]",
        "round.toml 参数 risk_factors.complaints：应为整数，现为“1.5”。请改为整数，不加引号",
    ),
    "points below 0": (
        "[event]",
        "[risk_factors]\nyears = -1\nmost = 3\n\n[event]",
        "round.toml 参数 risk_factors.years：值不合要求，现为“-1”。请改到规定范围内（不小于 0）",
    ),
    "no points at all": (
        "[event]",
        "[risk_factors]\nmost = 3\n\n[event]",
        "round.toml 参数 risk_factors：各项加分都是 0，不起作用。不用风险因素的，整段不写",
    ),
    "points without a most": (
        "[event]",
        "[risk_factors]\nyears = 1\n\n[event]",
        "round.toml 参数 risk_factors.most：缺少参数。请补上",
    ),
    "an unknown factor": (
        "[event]",
        "[risk_factors]\nyears = 1\nmost = 2\nsize = 1\n\n[event]",
        "round.toml 参数 risk_factors.size：不认识的参数，现为“1”。请删去，或核对拼写",
    ),
    "factors for no task": (
        "[event]",
        "[risk_factors]\nyears = 1\nmost = 2\ntasks = []\n\n[event]",
        "round.toml 参数 risk_factors.tasks：不能为空。请补上至少一项",
    ),
    "round id": (
        'id = "sample60"',
        'id = "2021 Q4"',
        (
            "round.toml 参数 round.id：批次号只能用英文字母、数字和“-”，如 2021Q4，现为“2021 "
            "Q4”。请修改"
        ),
    ),
    "left as it came": (
        'place = "演示县住建局一楼大厅"',
        'place = "请填写：地点"',
        "round.toml 参数 event.place：还没有填写，现为“请填写：地点”。请修改",
    ),
    "empty text": (
        'place = "演示县住建局一楼大厅"',
        'place = ""',
        "round.toml 参数 event.place：不能为空。请填写内容",
    ),
    "unknown kind of event": (
        'kind = "dice"',
        'kind = "coin"',
        (
            "round.toml 参数 event.kind：不是允许的值，现为“coin”。请改为 'dice'、'lottery'、"
            "'lotto'、'beacon' 之一"
        ),
    ),
    "window reversed": (
        "start = 2021-12-06",
        "start = 2021-12-25",
        "round.toml：检查期间 window 的结束日早于开始日。请修改",
    ),
    "window before the event": (
        "start = 2021-12-06",
        "start = 2021-11-25",
        "round.toml：检查期间自 2021-11-25 起，早于公开随机数产生日 2021-11-26。请修改",
    ),
    "published before the event": (
        "publication_day = 2021-12-06",
        "publication_day = 2021-11-25",
        "round.toml：公布日 2021-11-25 早于公开随机数产生日 2021-11-26。请修改",
    ),
    "no TOML": (
        "slack = 1",
        "slack ＝ 1",
        (
            "round.toml 第 11 行：不合 TOML 书写规则，现为“slack ＝ 1”。"
            "引号、等号、方括号要用英文的（半角），请改正"
        ),
    ),
    "Chinese quotation marks": (
        'title = "六十户小样例双随机抽查"',
        "title = “六十户小样例双随机抽查”",
        (
            "round.toml 第 4 行：不合 TOML 书写规则，现为“title = “六十户小样例双随机抽查””。"
            "引号、等号、方括号要用英文的（半角），请改正"
        ),
    ),
    "a quotation mark left open": (
        'title = "六十户小样例双随机抽查"',
        'title = "六十户“小”样例双随机抽查',
        (
            'round.toml 第 4 行：不合 TOML 书写规则，现为“title = "六十户“小”样例双随机抽查”。'
            "请检查引号、等号和方括号"
        ),
    ),
}


@pytest.mark.parametrize(("old", "new", "message"), ROUND_CASES.values(), ids=list(ROUND_CASES))
def test_round_problem(old, new, message, tmp_path):
    assert ROUND.count(old) >= 1
    assert problems(tmp_path, ROUND.replace(old, new, 1)) == [message + "。"]


def test_all_problems_of_a_file_at_once(tmp_path):
    text = (
        ROUND.replace("slack = 1", "slak = 1")
        .replace("weight = 8", 'weight = "8"')
        .replace('kind = "dice"\n', "")
    )
    assert [p.partition("：")[0] for p in problems(tmp_path, text)] == [
        "round.toml 参数 round.slak",
        "round.toml 参数 classes.D.weight",
        "round.toml 参数 event.kind",
    ]


def test_unreadable_files(tmp_path):
    with pytest.raises(InputError, match="round.toml：找不到这个文件。请放到文件夹 nowhere 中"):
        params.read_round(tmp_path / "nowhere" / "round.toml")
    (tmp_path / "round.toml").write_bytes(ROUND.encode("gb18030"))
    with pytest.raises(InputError, match="round.toml：不是 UTF-8 编码。请用记事本另存为 UTF-8"):
        params.read_round(tmp_path / "round.toml")


def test_defaults(tmp_path):
    text = ROUND
    for line in (
        "demonstration = true\n",
        'disclosure = "sealed"\n',
        'official_draw = "here"\n',
        "slack = 1\n",
        "notice_days = 3\n",
    ):
        assert line in text
        text = text.replace(line, "")
    (tmp_path / "round.toml").write_text(text, encoding="utf-8")
    read = params.read_round(tmp_path / "round.toml")
    assert read.round.demonstration is False, "a real round unless it says otherwise"
    assert (read.round.disclosure, read.round.slack, read.event.notice_days) == ("sealed", 1, 3)


def test_frozen_parameters_and_announced_event():
    read = params.read_round(ROOT / "demo" / "params" / "sample60" / "round.toml")
    frozen, event = read.frozen(), read.event.announced()
    assert (frozen["window"], frozen["publication_day"]) == (
        {"start": "2021-12-06", "end": "2021-12-24"},
        "2021-12-06",
    )
    assert frozen["classes"]["B"] == {"max_ratio": "0.20", "weight": 2, "yearly_cap": 2}
    assert [(a["task"], a["class"]) for a in frozen["above_maximum"]] == [
        ("S03", "A"),
        ("S03", "B"),
        ("S04", "A"),
        ("S04", "B"),
    ]
    assert {"id", "event", "round"}.isdisjoint(frozen), "both stand elsewhere in the record"
    assert (event["form"], event["count"], event["time"]) == (
        "[1-6]{16}",
        16,
        "2021-11-26T10:00:00+08:00",
    )


ENTROPY_CASES = {
    "text as a number": (
        'text = "5452443366262235"',
        "text = 5452443366262235",
        "entropy.toml 参数 text：应为带引号的文本，现为“5452443366262235”。请加上英文引号",
    ),
    "empty text": (
        'text = "5452443366262235"',
        'text = ""',
        "entropy.toml 参数 text：不能为空。请填写内容",
    ),
    "two people read it differently": (
        'text_again = "545',
        'text_again = "445',
        "entropy.toml：两人录入的公开随机数不一致：“5452443366262235”与“4452443366262235”。请修改",
    ),
    "typed twice by one": (
        '"演示己", "演示丁"',
        '"演示己", "演示己"',
        "entropy.toml：公开随机数须由两个人分别录入，typed_by 要写两个不同的人。请修改",
    ),
    "typed by one": (
        '"演示己", "演示丁"',
        '"演示己"',
        "entropy.toml：公开随机数须由两个人分别录入，typed_by 要写两个不同的人。请修改",
    ),
    "time without zone": (
        "10:06:00+08:00",
        "10:06:00",
        (
            "entropy.toml 参数 time：时间缺少时区，现为“2021-11-26 10:06:00”。请写成 "
            "2021-11-26T10:00:00+08:00"
        ),
    ),
    "first16 too short": (
        "[roles]",
        (
            '[[attestation]]\ncustodian = "甲"\n'
            'received = 2021-11-23T09:00:00+08:00\nfirst16 = "0123"\nonly = true\n[roles]'
        ),
        (
            "entropy.toml 参数 attestation.0.first16：值不合要求，现为“0123”。"
            "请改到规定范围内（格式 ^[0-9a-f]{16}$）"
        ),
    ),
    "role not filled in": (
        '"记录" = "演示己"',
        '"记录" = "请填写"',
        "entropy.toml 参数 roles.记录：还没有填写，现为“请填写”。请修改",
    ),
}


@pytest.mark.parametrize(("old", "new", "message"), ENTROPY_CASES.values(), ids=list(ENTROPY_CASES))
def test_entropy_problem(old, new, message, tmp_path):
    assert old in ENTROPY
    assert problems(
        tmp_path, ENTROPY.replace(old, new, 1), params.read_entropy, "entropy.toml"
    ) == [message + "。"]


def test_recorded_entropy():
    recorded = params.read_entropy(
        ROOT / "demo" / "params" / "sample60" / "entropy.toml"
    ).recorded()
    assert recorded["roles"][0] == {"role": "主持", "name": "演示甲"}, (
        "Chinese keys would not be canonical JSON"
    )
    assert (
        recorded["text"] == "5452443366262235" and recorded["time"] == "2021-11-26T10:06:00+08:00"
    )


def test_stage_must_fit_the_parameters(tmp_path):
    path = tmp_path / "stage.json"
    path.write_text(json.dumps({"round_id": "2021Q4", "attempt": 2, "time": "t"}), encoding="utf-8")
    assert params.read_stage(path, "2021Q4", 2)["time"] == "t"
    for other in (("2021Q3", 2), ("2021Q4", 1)):
        with pytest.raises(SsjError, match="与 in/stage.json 不一致"):
            params.read_stage(path, *other)


# --- approvals ---

SCHEME = '[[approval]]\nmatter = "抽查方案"\napprover = "演示局长"\ndate = 2021-11-15\n'
# name → (text in round.toml, its replacement, messages)
APPROVALS = {
    "sound": ("", "", []),
    "on the event's day": (SCHEME, SCHEME.replace("11-15", "11-26"), []),
    "missing": (
        SCHEME,
        "",
        [
            (
                "round.toml 参数 approval：没有“抽查方案”的审批。"
                "请在批准之后，在“审批”中加一行，写明审批人和日期。"
            )
        ],
    ),
    "later than the event": (
        SCHEME,
        SCHEME.replace("11-15", "11-27"),
        [
            (
                "round.toml 参数 approval.0.date：“抽查方案”的审批日期晚于公开随机数产生日 "
                "2021-11-26，审批必须在前，现为“2021-11-27”。请核对审批日期；确实没有批准的，"
                "先报批。"
            )
        ],
    ),
    "not entitled": (
        SCHEME,
        SCHEME.replace("演示局长", "演示科员"),
        [
            (
                "round.toml 参数 approval.0.approver：“演示科员”无权批准“抽查方案”（规定的审批人："
                "演示局长），现为“演示科员”。请由有权的人批准；规定有误的，改“审批权限”。"
            )
        ],
    ),
    "entitled to something else": (
        SCHEME,
        SCHEME.replace("演示局长", "演示分管副局长"),
        [
            (
                "round.toml 参数 approval.0.approver：“演示分管副局长”"
                "无权批准“抽查方案”（规定的审批人：演示局长），现为“演示分管副局长”。"
                "请由有权的人批准；规定有误的，改“审批权限”。"
            )
        ],
    ),
    "a matter misspelt": (
        SCHEME,
        SCHEME.replace("抽查方案", "抽查方按"),
        [
            (
                "round.toml 参数 approval：没有“抽查方案”的审批。"
                "请在批准之后，在“审批”中加一行，写明审批人和日期。"
            ),
            (
                "round.toml 参数 approval.0.approver：“演示局长”无权批准“抽查方按”（规定的审批人："
                "没有写），现为“演示局长”。请由有权的人批准；规定有误的，改“审批权限”。"
            ),
        ],
    ),
    "nobody may void": (
        'matter = "作废"',
        'matter = "作 废"',
        [
            (
                "round.toml 参数 authority：没有写明谁可以批准“作废”。"
                "请在“审批权限”中加一行，写明可以批准的人。"
            )
        ],
    ),
    "nobody may approve the scheme": (
        '[[authority]]\nmatter = "抽查方案"\napprovers = ["演示局长"]\n',
        "",
        [
            (
                "round.toml 参数 authority：没有写明谁可以批准“抽查方案”。"
                "请在“审批权限”中加一行，写明可以批准的人。"
            )
        ],
    ),
}


def approval_problems(tmp_path, old: str, new: str, rehearsal: bool = False) -> list:
    assert old in ROUND
    (tmp_path / "round.toml").write_text(
        ROUND.replace(old, new, 1) if old else ROUND, encoding="utf-8"
    )
    return approvals.approval_problems(params.read_round(tmp_path / "round.toml"), rehearsal)


@pytest.mark.parametrize(("old", "new", "messages"), APPROVALS.values(), ids=list(APPROVALS))
def test_approvals(old, new, messages, tmp_path):
    found = approval_problems(tmp_path, old, new)
    assert [str(p) for p in found] == messages and {p.severity for p in found} <= {"error"}


def test_a_rehearsal_may_come_before_the_approval(tmp_path):
    assert [p.severity for p in approval_problems(tmp_path, SCHEME, "", rehearsal=True)] == [
        "warning"
    ]


def test_who_may_approve_what():
    frozen = params.read_round(ROOT / "demo" / "params" / "sample60" / "round.toml").frozen()
    assert approvals.approvers(frozen, "抽后调整") == ["演示局长", "演示分管副局长"]
    assert approvals.authorised(frozen, "抽后调整", "演示分管副局长") and not approvals.authorised(
        frozen, "作废", "演示分管副局长"
    )
    assert not approvals.authorised({}, "作废", "演示局长"), (
        "records of old, or of tests, name nobody"
    )


# --- the announced event, at a freeze ---

NOW = datetime.fromisoformat("2021-11-22T09:00:00+08:00")
TOO_FEW = (
    "round.toml 参数 event.count：公开随机数的可能结果不足 2^40 种，"
    "内部人可以试出想要的结果，现为“{}”。"
    "请改用 16 粒骰子、两期双色球或大乐透、40 位以上的公开信标。"
)
EVENT_CASES = {
    "15 dice": ("dice", 15, TOO_FEW.format(15)),
    "16 dice": ("dice", 16, ""),
    "one lottery": ("lottery", 1, TOO_FEW.format(1)),
    "two lotteries": ("lottery", 2, ""),
    "36 bits": ("beacon", 36, TOO_FEW.format(36)),
    "40 bits": ("beacon", 40, ""),
}


@pytest.mark.parametrize("demonstration", [True, False])
@pytest.mark.parametrize(("kind", "count", "message"), EVENT_CASES.values(), ids=list(EVENT_CASES))
def test_entropy_of_the_event(kind, count, message, demonstration, tmp_path):
    text = ROUND.replace(
        'kind = "dice"\ncount = 16', f'kind = "{kind}"\ncount = {count}\nsource = "样例"'
    )
    text = text.replace("demonstration = true", f"demonstration = {str(demonstration).lower()}")
    (tmp_path / "round.toml").write_text(text, encoding="utf-8")
    found = params.event_problems(params.read_round(tmp_path / "round.toml"), NOW)
    assert [str(p) for p in found] == ([message] if message and not demonstration else [])


@pytest.mark.parametrize(("days", "demonstration"), [(2, False), (3, False), (0, True)])
def test_a_real_event_is_announced_three_working_days_before(tmp_path, days, demonstration):
    text = re.sub("notice_days = .*", f"notice_days = {days}", ROUND)
    text = text.replace("demonstration = true", f"demonstration = {str(demonstration).lower()}")
    (tmp_path / "round.toml").write_text(text, encoding="utf-8")
    found = params.event_problems(params.read_round(tmp_path / "round.toml"), NOW)
    assert [p.code for p in found] == (["R09"] if days < 3 and not demonstration else [])


def test_event_must_lie_ahead(tmp_path):
    (tmp_path / "round.toml").write_text(
        ROUND.replace("demonstration = true", "demonstration = false"), encoding="utf-8"
    )
    read = params.read_round(tmp_path / "round.toml")
    assert params.event_problems(read, NOW) == []
    assert [str(p) for p in params.event_problems(read, read.event.time)] == [
        (
            "round.toml 参数 event.time：公开随机数产生的时间已经过去，封库必须在前，"
            "现为“2021-11-26T10:00:00+08:00”。请另定时间并重新公告。"
        )
    ]


TOO_FEW_CUSTODIANS = (
    "round.toml 参数 event.custodians：封库校验码的保管人不足 2 名，没有人能证实只封库了这一次"
)
# name → (custodians, reason for none, how the problem begins)
KEEPERS = {
    "two": ('["样例一", "样例二"]', "", ""),
    "one": ('["样例一"]', "", TOO_FEW_CUSTODIANS),
    "none": ("[]", "", TOO_FEW_CUSTODIANS),
    "none, with a reason": ("[]", "样例理由", ""),
    "both": (
        '["样例一", "样例二"]',
        "样例理由",
        "round.toml 参数 round.no_custodians：写了保管人，又写了没有保管人的理由",
    ),
}


@pytest.mark.parametrize("name", KEEPERS)
def test_two_custodians_or_a_reason(tmp_path, name):
    custodians, reason, message = KEEPERS[name]
    text = re.sub(r"(?s)custodians = \[.*?\]", f"custodians = {custodians}", ROUND)
    more = f'\nno_custodians = "{reason}"' if reason else ""
    text = text.replace("demonstration = true", f"demonstration = false{more}")
    (tmp_path / "round.toml").write_text(text, encoding="utf-8")
    read = params.read_round(tmp_path / "round.toml")
    found = [str(p) for p in params.event_problems(read, NOW)]
    assert len(found) == bool(message) and all(text.startswith(message) for text in found)
    banners = params.banners({"parameters": read.frozen(), "event": read.event.announced()})
    assert banners == (
        [f"封库校验码没有交本科室以外的保管人，唯一性不能证实。理由：{reason}"] if reason else []
    )
    assert ("no_custodians" in read.frozen()) == bool(reason), "absent from records as before"


@pytest.mark.parametrize("second", ["样例一", "样例一　", " 样例 一", "样例一\u00a0"])
def test_one_custodian_in_other_spaces_is_not_two(tmp_path, second):
    text = re.sub(r"(?s)custodians = \[.*?\]", f'custodians = ["样例一", "{second}"]', ROUND)
    assert problems(tmp_path, text) == [
        "round.toml 参数 event：同一个保管人写了两遍。请写不同的保管人，每名只写一次。"
    ]


@pytest.mark.parametrize("second", ["样例甲　", "样例 甲", "ｓ甲"])
def test_one_person_in_other_spaces_has_not_typed_twice(tmp_path, second):
    first = "S甲" if second == "ｓ甲" else "样例甲"
    text = re.sub(r"typed_by = .*", f'typed_by = ["{first}", "{second}"]', ENTROPY)
    assert problems(tmp_path, text, params.read_entropy, "entropy.toml") == [
        "entropy.toml：公开随机数须由两个人分别录入，typed_by 要写两个不同的人。请修改。"
    ]


def test_an_approval_of_a_day_to_come_is_none(tmp_path):
    """Rosters and parameters are frozen on what has been approved by then."""
    (tmp_path / "round.toml").write_text(ROUND, encoding="utf-8")
    read = params.read_round(tmp_path / "round.toml")
    latest = max(a.date for a in read.approval)
    assert approvals.approval_problems(read, today=latest) == []
    found = approvals.approval_problems(read, today=latest - timedelta(1))
    assert found and {p.code for p in found} == {"R23"}
    assert "（封库以前就要批准），审批必须在前" in str(found[0])


@pytest.mark.parametrize("blank", [" ", "　", "\t "])
def test_nobody_is_no_approver(tmp_path, blank):
    text = ROUND.replace('approver = "演示局长"', f'approver = "{blank}"', 1)
    assert problems(tmp_path, text)[0].startswith("round.toml 参数 approval.0.approver：不能为空")


# --- banners ---

DEMONSTRATION = "演示批次：样例数据，公开随机数在封库前已知，不作执法依据"
UNPROVEN = "唯一性未证实：没有两名以上保管人证明本批次本次只收到这一个封库校验码"
REHEARSAL = "试算：不留痕、不作数"
OTHER = "f" * 16


def attested(*words: tuple[str, str, bool]) -> list[dict]:
    return [
        {"custodian": c, "first16": f, "only": only, "received": "2021-11-23T09:00:00+08:00"}
        for c, f, only in words
    ]


# name → (attestations as custodian, right digits?, only?; proven?)
ATTESTATIONS = {
    "one whom nobody announced": ([("甲", True, True), ("丁", True, True)], False),
    "none": ([], False),
    "one": ([("甲", True, True)], False),
    "two": ([("甲", True, True), ("乙", True, True)], True),
    "one twice": ([("甲", True, True), ("甲", True, True)], False),
    "one of them received another": ([("甲", True, True), ("乙", False, True)], False),
    "one of them received several": ([("甲", True, True), ("乙", True, False)], False),
    "three, one of them in doubt": (
        [("甲", True, True), ("乙", True, True), ("丙", True, False)],
        True,
    ),
}


@pytest.mark.parametrize("demonstration", [True, False])
@pytest.mark.parametrize(("given", "proven"), ATTESTATIONS.values(), ids=list(ATTESTATIONS))
def test_banners_of_a_draw(given, proven, demonstration):
    record = small_frozen()
    record["parameters"] = {**record["parameters"], "demonstration": demonstration}
    head = record["commitment"][:16]
    record["event"] = {**record["event"], "custodians": ["甲", "乙", "丙"]}
    record["entropy"] = {
        "attestation": attested(*((c, head if right else OTHER, only) for c, right, only in given))
    }
    assert params.unique(record) is proven
    said = protocol.BANNERS["typed"] if proven else UNPROVEN  # nobody has signed
    assert params.banners(record) == [DEMONSTRATION] * demonstration + [said]


def test_banners_of_a_freeze_and_a_rehearsal():
    assert params.banners(small_frozen()) == [DEMONSTRATION], "nothing is attested yet"
    assert params.banners(small_frozen(), rehearsal=True) == [REHEARSAL, DEMONSTRATION]


def test_record_of_a_void():
    stage = {"time": "t", "reason": "r", "note": "n", "approver": "a", "date": "d", "witnesses": []}
    record = changes.voided(small_frozen(), stage)
    assert {key: record[key] for key in (*stage, "drawn")} == {**stage, "drawn": False}
    assert changes.voided({**small_frozen(), "drawn": []}, stage)["drawn"] is True
    assert "tables" not in record and "salt" not in record


# What records name since the first ones. A parameter that comes later must be absent from a record
# as long as it isn't set (params.later): else older rounds would have another hash.
NAMED = {
    *("title", "bureau", "demonstration", "disclosure", "official_draw", "window", "slack"),
    *(
        "publication_day",
        "numbering",
        "rotation",
        "team_mode",
        "receipt_internal",
        "authority",
        "approval",
    ),
    *("signed", "classes", "above_maximum", "above_cap", "cool_down", "risk_factors", "deadlines"),
}
NAMED_INSIDE = {
    "window": {"start", "end"},
    "authority": {"matter", "approvers"},
    "approval": {"matter", "approver", "date"},
    "signed": {"file", "section", "by", "date"},
    "classes": {"max_ratio", "weight", "yearly_cap"},
    "above_maximum": {"task", "class", "reason"},
    "above_cap": {"task", "reason"},
    "cool_down": {"epsilon", "rounds"},
    "risk_factors": {
        *("complaints", "penalties", "last_problem", "years", "never", "most", "tasks"),
    },
    "deadlines": {"publish", "objection"},
}
EVENT = {"kind", "count", "time", "place", "fallback", "notice_days", "custodians", "form"}
ATTESTED = {"text", "typed_by", "time", "place", "raw", "roles", "attestation"}
WHOLE = """
[[signed]]
file = "targets"
section = "办公室"
by = "演示"
date = 2021-11-15
[[above_cap]]
task = "S03"
reason = "样例"
[risk_factors]
complaints = 1
most = 9
"""


def test_a_record_names_no_parameter_that_came_later(tmp_path):
    (tmp_path / "round.toml").write_text(ROUND + WHOLE, encoding="utf-8")
    read = params.read_round(tmp_path / "round.toml")
    frozen = read.frozen()
    assert frozen.keys() == NAMED and read.event.announced().keys() == EVENT
    for name, inside in NAMED_INSIDE.items():
        part = frozen[name]
        rows = part if isinstance(part, list) else part.values() if name == "classes" else [part]
        assert {key for row in rows for key in row} == inside, name
    entropy = params.read_entropy(ROOT / "demo" / "params" / "sample60" / "entropy.toml").recorded()
    assert entropy.keys() == ATTESTED


def test_a_later_parameter_is_absent_until_it_is_set():
    class Newer(params.RoundPart):
        lots_on_paper: bool = params.later(False)
        colours: list[str] = params.later([])

    old = {
        key: getattr(
            params.read_round(ROOT / "demo" / "params" / "sample60" / "round.toml").round, key
        )
        for key in params.RoundPart.model_fields
    }
    plain = params.RoundPart(**old).model_dump(mode="json")
    assert Newer(**old).model_dump(mode="json") == plain
    assert Newer(**old, lots_on_paper=False).model_dump(mode="json") == plain
    changed = Newer(**old, lots_on_paper=True, colours=["红"]).model_dump(mode="json")
    assert changed == {**plain, "lots_on_paper": True, "colours": ["红"]}
