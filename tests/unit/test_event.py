"""The dialogue of ``ssj event``: what is asked, what is refused, what is written, and that nothing
is left half done.
"""

from __future__ import annotations

import errno
import hashlib
import os
import random
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ssj import protocol
from ssj.base import formats, params
from ssj.base.errors import RefusedError, SsjError
from ssj.desk import event
from ssj.draw import disclosure, events

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
import vector_attestations

COMMITMENT = "674fe4919fb7c34c7caf35dd6dcc2ab0ce62e766bd088f2e647c32b9be56c62f"
DICE, OTHER = "1635241635241635", "1635241635241636"
PARTIES = [
    {"name": f"样例{n}局", "sha256": hashlib.sha256(64 * n.encode()).hexdigest()} for n in "12"
]
TWO = ["样例甲", DICE, "样例乙", DICE]
ROLES = ["样例甲", "", "样例丙", "", "样例丁"]
NONE = ["", ""]  # time and place as announced
NO_ROLES = [""] * 5


def announced(kind="dice", count=16, parties=(), **more) -> dict:
    return {
        "kind": kind,
        "count": count,
        "form": protocol.event_form(kind, count, len(parties)),
        "time": "2021-11-26T10:00:00+08:00",
        "place": "一楼大厅",
        "fallback": "顺延",
        "notice_days": 3,
        "custodians": [],
        **({"parties": list(parties)} if parties else {}),
        **more,
    }


CUSTODIANS = announced(custodians=["样例监察组", "样例市场局"])


class Talk:
    """Answers given one after the other, and all that was asked and said; EOFError when they are
    used up.
    """

    def __init__(self, answers: list) -> None:
        self.answers, self.log, self.asked = list(answers), [], []

    def ask(self, prompt: str) -> str:
        self.log.append(prompt)
        self.asked.append(prompt)
        if not self.answers:
            raise EOFError
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    @property
    def text(self) -> str:
        return "\n".join(self.log)


def now() -> datetime:
    return datetime.fromisoformat("2021-11-26T12:00:00+08:00")


def run(folder: Path, answers: list, own: dict | None = None) -> tuple[params.Entropy, Talk]:
    talk = Talk(answers)
    path = event.record(own or announced(), COMMITMENT, folder, talk.ask, talk.log.append, now)
    assert (
        path == folder / "entropy.toml"
        and talk.answers == []
        and os.listdir(folder) == ["entropy.toml"]
    )
    return params.read_entropy(path), talk


def test_all_that_was_typed_is_read_back(tmp_path):
    answers = [
        *TWO,
        "2021-11-26 10:06",
        "二楼",
        *ROLES,
        "674FE491 9fb7c34c",
        "2021-11-23 09:00",
        "是",
        "",
        "是",
    ]
    entropy, talk = run(tmp_path, answers, CUSTODIANS)
    at = datetime(2021, 11, 26, 10, 6, tzinfo=formats.BEIJING)
    attestation = params.Attestation(
        custodian="样例监察组",
        received=at.replace(day=23, hour=9, minute=0),
        first16=COMMITMENT[:16],
        only=True,
    )
    assert entropy == params.Entropy(
        text=DICE,
        text_again=DICE,
        typed_by=["样例甲", "样例乙"],
        time=at,
        place="二楼",
        roles={"主持": "样例甲", "记录": "样例丙", "见证": "样例丁"},
        attestation=[attestation],
    )
    assert entropy.recorded()["attestation"][0]["received"] == "2021-11-23T09:00:00+08:00"
    for said in (
        "封库校验码前 16 位：674fe491 9fb7c34c",
        "公告的来源：骰子 16 粒",
        "2021年11月26日 10:00，一楼大厅",
        "依次的点数，连写",
        "保管人 2 名，有证明的 1 名",
        "样例监察组  2021年11月23日 09:00 收到 674fe491 9fb7c34c（一致），只收到这一个",
    ):
        assert said in talk.text


def test_the_draw_takes_it(tmp_path):
    run(tmp_path, [*TWO, *NONE, *NO_ROLES, "是"])
    record = {"event": announced(), "commitment": COMMITMENT}
    assert (
        events.entropy_problems(tmp_path, record, datetime(2021, 11, 27, tzinfo=formats.BEIJING))
        == []
    )


def test_the_second_person_does_not_see_the_first_text(tmp_path):
    _, talk = run(tmp_path, [*TWO, *NONE, *NO_ROLES, "是"])
    cleared, summary = talk.log.index(event.SCREEN), talk.log.index("\n请核对：")
    assert (
        talk.log[cleared - 1] == "样例甲 录入公开随机数："
        and talk.log[cleared + 2] == "样例乙 录入公开随机数："
    )
    assert not any(DICE in line for line in talk.log[cleared:summary])


def test_two_who_differ_start_over(tmp_path):
    entropy, talk = run(
        tmp_path, ["样例甲", DICE, "样例乙", OTHER, DICE, DICE, *NONE, *NO_ROLES, "是"]
    )
    assert entropy.text == DICE
    assert "两人录入的不一致：第 16 个字符不同。请对照原始记录，两人都重新录入。" in talk.log
    assert talk.log.count(event.SCREEN) == 3, (
        "after the first text, after the difference, after the first text again"
    )
    assert not any(
        DICE in line or OTHER in line for line in talk.log[: talk.log.index("\n请核对：")]
    )


def test_three_differences_end_it(tmp_path):
    with pytest.raises(
        RefusedError, match="两人录入了 3 遍，都不一致，什么也没有写入\n请会同见证人核对"
    ):
        run(tmp_path, ["样例甲", DICE, "样例乙", OTHER, DICE, OTHER, OTHER, DICE])
    assert os.listdir(tmp_path) == []


def test_two_people(tmp_path):
    entropy, talk = run(
        tmp_path, ["", "请填写", "样例甲", DICE, " 样例甲 ", "样例乙", DICE, *NONE, *NO_ROLES, "是"]
    )
    assert entropy.typed_by == ["样例甲", "样例乙"]
    assert "须是“样例甲”以外的人，请重新录入。" in talk.log
    assert talk.log.count("不能为空，不能太长，也不能留着“请填写”，请重新录入。") == 2


RED = "01,07,09,18,25,33+16"
NUMBERS = "|" + "1" * 64 + "|" + "2" * 64
WRONG = {
    "one die short": (announced(), DICE[:-1], "应为 16 个字符，录入了 15 个"),
    "nothing": (announced(), "", "应为 16 个字符，录入了 0 个"),
    "a seven": (announced(), "1637241635241635", "第 4 个字符不合写法：依次的点数，连写"),
    "a full-width digit": (
        announced(),
        "１635241635241635",
        "含有全角或其他字符“１”，请用英文输入法，不加空格",
    ),
    "spaces": (announced(), "1635 2416 3524 1635", "含有空格，请用英文输入法，不加空格"),
    "a capital digit": (
        announced("beacon", 40, source="x"),
        "00FF00ff00",
        "第 3 个字符不合写法：小写十六进制数",
    ),
    "a full-width comma": (
        announced("lottery", 2, source="x"),
        f"{RED};{RED}".replace(",", "，", 1),
        "含有全角或其他字符“，”，请用英文输入法，不加空格",
    ),
    "a red 34": (
        announced("lottery", 2, source="x"),
        f"{RED};{RED}".replace("33", "34", 1),
        "第 17 个字符不合写法：红球由小到大、用逗号分开，加号后为蓝球，各期用分号分开",
    ),
    "not ascending": (
        announced("lottery", 2, source="x"),
        f"{RED};{RED}".replace("07", "10", 1),
        "号码“01,10,09,18,25,33”应由小到大且不重复",
    ),
    "lotto twice the same": (
        announced("lotto", 1, source="x"),
        "02,05,09,18,35+03,03",
        "号码“03,03”应由小到大且不重复",
    ),
    "a party's number left out": (
        announced(parties=PARTIES),
        DICE + NUMBERS[:65],
        "应为 146 个字符，录入了 81 个",
    ),
    "parties in another order": (
        announced(parties=PARTIES),
        DICE + NUMBERS[65:] + NUMBERS[:65],
        "参与方“样例1局”公开的数与事先交存的校验码不符",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_text_that_is_not_as_announced(tmp_path, name):
    own, text, message = WRONG[name]
    right = {
        "dice": DICE,
        "beacon": "00ff00ff00",
        "lottery": f"{RED};{RED}",
        "lotto": "02,05,09,18,35+03,11",
    }[own["kind"]] + NUMBERS * bool(own.get("parties"))
    raw = ["原文"] if own["kind"] == "beacon" else []
    entropy, talk = run(
        tmp_path,
        ["样例甲", text, f" {right} ", "样例乙", text, right, *NONE, *raw, *NO_ROLES, "是"],
        own,
    )
    assert entropy.text == right
    assert talk.log.count(f"{message}。请重新录入。") == 2


@given(
    st.sampled_from(["dice", "lottery", "lotto", "beacon"]),
    st.integers(1, 20),
    st.integers(0, 2),
    st.data(),
)
def test_the_place_of_a_wrong_character(kind, count, parties, data):
    count *= 4 if kind == "beacon" else 1
    own, chance = (
        announced(kind, count, PARTIES[:parties]),
        random.Random(data.draw(st.integers(0, 99))),
    )
    parts = {"lottery": ((6, 33), (1, 16)), "lotto": ((5, 35), (2, 12))}.get(kind)
    one = {"dice": "123456", "beacon": "0123456789abcdef"}.get(kind)
    draws = (
        [
            "+".join(
                ",".join(f"{n:02}" for n in sorted(chance.sample(range(1, of + 1), m)))
                for m, of in parts
            )
            for _ in range(count)
        ]
        if parts
        else []
    )
    text = ";".join(draws) or "".join(
        chance.choices(one, k=len(event.example(announced(kind, count))))
    )
    text += "".join("|" + n * 64 for n in "12"[:parties])
    assert event.wrong(own, text) == "" and protocol.check_event_text(own, text) is None
    place = data.draw(st.integers(0, len(text) - 1))
    assert event.wrong(own, text[:place] + "~" + text[place + 1 :]).startswith(
        f"第 {place + 1} 个字符不合写法："
    )


@given(
    st.sampled_from(["dice", "lottery", "lotto", "beacon"]), st.integers(1, 40), st.integers(0, 2)
)
def test_examples_have_the_form(kind, count, parties):
    count *= 4 if kind == "beacon" else 1
    own = announced(kind, count, PARTIES[:parties])
    protocol.check_event_text(
        {**own, "parties": [], "form": protocol.event_form(kind, count)},
        event.example({**own, "parties": []}),
    )
    assert not event.wrong(own, event.example(own)).startswith(("应为", "第", "含有")), (
        "nothing but that they aren't the parties' numbers"
    )


TIMES = {
    "as announced": ([""], "2021-11-26T10:00:00+08:00", ""),
    "Beijing time": (["2021-11-26 10:06"], "2021-11-26T10:06:00+08:00", ""),
    "full width": (["２０２１-11-26 10：06"], "2021-11-26T10:06:00+08:00", ""),
    "ISO": (["2021-11-26T10:06:30+08:00"], "2021-11-26T10:06:30+08:00", ""),
    "another zone": (["2021-11-26T02:06:00Z"], "2021-11-26T10:06:00+08:00", ""),
    "a day alone, words, no day at all": (
        ["2021-11-26", "上午十点", "2021-11-31 10:00", "2021-11-26 10:06"],
        "2021-11-26T10:06:00+08:00",
        "时间请写成 2021-11-26 10:06",
    ),
    "beyond the calendar": (
        ["9999-12-31T23:00:00-08:00", ""],
        "2021-11-26T10:00:00+08:00",
        "时间请写成",
    ),
    "too early": (
        ["2021-11-26 09:59", "2021-11-26 10:01"],
        "2021-11-26T10:01:00+08:00",
        "应在公告的时间（2021年11月26日 10:00）和现在之间，请核对后重新录入。",
    ),
    "later than now": (
        ["2021-11-26 12:01", "2021-11-26 12:00"],
        "2021-11-26T12:00:00+08:00",
        "应在公告的时间（2021年11月26日 10:00）和现在之间，请核对后重新录入。",
    ),
}


@pytest.mark.parametrize("name", TIMES)
def test_times(tmp_path, name):
    typed, expected, said = TIMES[name]
    entropy, talk = run(tmp_path, [*TWO, *typed, "", *NO_ROLES, "是"])  # "" for the place
    assert entropy.time.isoformat() == expected and entropy.time.utcoffset() == timedelta(hours=8)
    assert said in talk.text


def test_nothing_is_typed_before_the_announced_time(tmp_path):
    talk = Talk(TWO)
    early = datetime.fromisoformat("2021-11-26T09:59:59+08:00")
    with pytest.raises(RefusedError, match="现在还没到，不能录入"):
        event.record(announced(), COMMITMENT, tmp_path, talk.ask, talk.log.append, lambda: early)
    assert talk.asked == [] and os.listdir(tmp_path) == []


@pytest.mark.parametrize("same", ["样例甲", "样例甲　", " 样例 甲"])
def test_the_same_person_in_other_spaces_is_no_second_one(tmp_path, same):
    entropy, talk = run(tmp_path, ["样例甲", DICE, same, "样例乙", DICE, *NONE, *NO_ROLES, "是"])
    assert entropy.typed_by == ["样例甲", "样例乙"]
    assert "须是“样例甲”以外的人，请重新录入。" in talk.log


def test_a_beacon_needs_its_raw_record(tmp_path):
    raw = '{"pulse":{"value":"00FF"},"signature":"x\\\\y"}'
    own = announced("beacon", 40, source="样例信标第 7 条")
    entropy, talk = run(
        tmp_path,
        ["样例甲", "00ff00ff00", "样例乙", "00ff00ff00", *NONE, "", raw, *NO_ROLES, "是"],
        own,
    )
    assert entropy.raw == raw
    assert "公告的来源：公开随机数信标 40 位（样例信标第 7 条）" in talk.log


def test_parties_are_named_in_order(tmp_path):
    text = DICE + NUMBERS
    entropy, talk = run(
        tmp_path,
        ["样例甲", text, "样例乙", text, *NONE, *NO_ROLES, "是"],
        announced(parties=PARTIES),
    )
    assert entropy.text == text and "参与方的次序：样例1局、样例2局" in talk.log


ATTESTATIONS = {
    "another commitment": (
        ["674fe4919fb7c34d", "2021-11-23 09:00", "是"],
        True,
        (
            "！！！！不一致：保管人“样例监察组”收到的是 674fe491 9fb7c34d，本次封库的是 674fe491 "
            "9fb7c34c"
        ),
    ),
    "not the only one": (
        [COMMITMENT[:16], "2021-11-23 09:00", "不", "否"],
        False,
        "（一致），不能证明只收到这一个",
    ),
    "after the event": (
        [COMMITMENT[:16], "", "2021-11-26 10:00", "是"],
        True,
        "！！注意：不早于公告的公开随机数产生时间",
    ),
    "too short at first": (
        ["674f", COMMITMENT[:16], "2021-11-23 09:00", "是"],
        True,
        "应为 16 位，只有数字 0–9 和字母 a–f",
    ),
}


@pytest.mark.parametrize("name", ATTESTATIONS)
def test_attestations(tmp_path, name):
    typed, only, said = ATTESTATIONS[name]
    entropy, talk = run(tmp_path, [*TWO, *NONE, *NO_ROLES, *typed, "", "是"], CUSTODIANS)
    assert [(a.custodian, a.first16, a.only) for a in entropy.attestation] == [
        ("样例监察组", typed["short" in name].lower(), only)
    ]
    assert said in talk.text


def signed_by(owner: str, folder: Path, **change) -> tuple[Path, str]:
    """A custodian's attestation.json for COMMITMENT, and the public key."""
    notice = {"committed": {"round": "tiny", "attempt": 1}, "commitment": COMMITMENT}
    secret = vector_attestations.SECRETS[0]
    document = vector_attestations.attestation(
        notice, change.pop("custodian", owner), secret, **change
    )
    path = folder / "attestation.json"
    path.write_bytes(protocol.canonical(document))
    return path, document["key"]


SIGNED = {
    "signed": ({}, ""),
    "for another commitment": ({"commitment": "0" * 64}, "不是这名保管人对本次封库的"),
    "by another custodian": ({"custodian": "样例市场局"}, "不是这名保管人对本次封库的"),
    "with a key that nobody announced": ({}, "签名用的不是公告的公钥"),
    "changed": ({}, "这不是保管人签名的证明，或者被改动过"),
    "another file": ({}, "或 attestation.json 的位置"),
}


@pytest.mark.parametrize("name", SIGNED)
def test_a_signed_attestation_is_taken_from_its_file(tmp_path_factory, tmp_path, name):
    change, said = SIGNED[name]
    path, key = signed_by("样例监察组", tmp_path_factory.mktemp("given"), **change)
    if name == "changed":
        path.write_bytes(path.read_bytes().replace(b'"only":true', b'"only":false'))
    keys = [] if "nobody" in name else [{"name": "样例监察组", "key": key}]
    answer = "nowhere.json" if name == "another file" else f'"{path}"'
    rest = [""] if said else []  # asked again, and nothing given
    answers = [*TWO, *NONE, *NO_ROLES, answer, *rest, "", "是"]
    entropy, talk = run(tmp_path, answers, {**CUSTODIANS, "keys": keys})
    assert said in talk.text
    kept = [(a.custodian, a.first16, len(a.signature)) for a in entropy.attestation]
    assert kept == ([] if said else [("样例监察组", COMMITMENT[:16], 128)])
    if not said:
        assert "签名证明" in talk.text


def test_a_signature_that_does_not_hold_is_refused(tmp_path_factory, tmp_path):
    frozen = vector_attestations.attested_frozen()
    notice, secret = disclosure.notice(frozen), vector_attestations.SECRETS[0]
    document = vector_attestations.attestation(notice, "甲", secret)
    path = tmp_path_factory.mktemp("given") / "attestation.json"
    path.write_bytes(protocol.canonical(document))
    talk = Talk([*TWO, *NONE, *NO_ROLES, str(path), "", "", "是"])
    event.record(frozen["event"], frozen["commitment"], tmp_path, talk.ask, talk.log.append, now)
    assert events.entropy_problems(tmp_path, frozen, now()) == []
    entropy = tmp_path / "entropy.toml"
    written = entropy.read_text(encoding="utf-8")
    for old, new in (
        (document["signature"], "0" * 128),
        ('custodian = "甲"', 'custodian = "乙"'),
        ("2021-11-20T10:00:00", "2021-11-20T10:00:01"),
    ):
        assert old in written
        entropy.write_text(written.replace(old, new), encoding="utf-8")
        (found,) = events.entropy_problems(tmp_path, frozen, now())
        assert (found.code, found.column) == ("E08", "attestation.signature")


@given(
    *[st.text(min_size=1, max_size=30)] * 4,
    st.sampled_from(["", '"', "\\", "\x7f", "\\u0041", '"""', "\x00\x1b", "#", "甲\n乙\r"]),
)
def test_what_was_typed_is_what_is_read(one, two, place, raw, odd):
    typed = [odd.join([text, text]) + "." for text in (one, two, place, raw)]
    one, two, place, raw = (text.strip() for text in typed)
    assume(one != two and not any("请填写" in text for text in (one, two, place, raw)))
    own = announced("beacon", 40, source="x", custodians=[place])
    answers = [
        typed[0],
        "00ff00ff00",
        typed[1],
        "00ff00ff00",
        "",
        typed[2],
        typed[3],
        typed[0],
        "",
        "",
        "",
        typed[1],
        COMMITMENT[:16],
        "2021-11-23 09:00",
        "是",
        "是",
    ]
    with tempfile.TemporaryDirectory() as folder:
        entropy, _ = run(Path(folder), answers, own)
    assert (entropy.typed_by, entropy.place, entropy.raw) == ([one, two], place, raw)
    assert entropy.roles == {"主持": one, "见证": two} and entropy.attestation[0].custodian == place


# Nothing is left half done

ALL = [
    *TWO,
    "2021-11-26 10:06",
    "二楼",
    *ROLES,
    COMMITMENT[:16],
    "2021-11-23 09:00",
    "是",
    "",
    "是",
]


@pytest.mark.parametrize("count", range(len(ALL)))
@pytest.mark.parametrize("end", ["no more input", "interrupt"])
def test_an_early_end_leaves_nothing(tmp_path, count, end):
    answers, kind = (
        (ALL[:count], SsjError)
        if end == "no more input"
        else ([*ALL[:count], KeyboardInterrupt()], KeyboardInterrupt)
    )
    with pytest.raises(kind) as caught:
        run(tmp_path, answers, CUSTODIANS)
    assert os.listdir(tmp_path) == []
    assert (
        kind is KeyboardInterrupt
        or str(caught.value) == "录入没有完成，什么也没有写入\n请重新运行 ssj event，从头录入。"
    )


def test_not_agreed(tmp_path):
    with pytest.raises(SsjError, match="没有确认，什么也没有写入"):
        run(tmp_path, [*ALL[:-1], "", "no", "否"], CUSTODIANS)
    assert os.listdir(tmp_path) == []


def test_an_existing_file_stays(tmp_path):
    (tmp_path / "entropy.toml").write_bytes(b"old")
    with pytest.raises(RefusedError, match="已经有 entropy.toml，不能再录入\n请先核对其中的内容"):
        run(tmp_path, [])
    assert (tmp_path / "entropy.toml").read_bytes() == b"old"


def test_a_file_that_came_meanwhile_stays(tmp_path):
    talk = Talk(ALL)

    def ask(prompt: str) -> str:
        if prompt.startswith("以上各项"):
            (tmp_path / "entropy.toml").write_bytes(b"by hand")
        return talk.ask(prompt)

    with pytest.raises(RefusedError, match="已经有 entropy.toml"):
        event.record(CUSTODIANS, COMMITMENT, tmp_path, ask, talk.log.append, now)
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("entropy.toml", b"by hand")]


@pytest.mark.parametrize("call", ["write_bytes", "replace"])
def test_a_folder_that_cannot_be_written_to(tmp_path, monkeypatch, call):
    def fail(*_):
        raise OSError(errno.ENOSPC, "No space left")

    monkeypatch.setattr(
        *((os, "replace", fail) if call == "replace" else (Path, "write_bytes", fail))
    )
    with pytest.raises(SsjError, match="entropy.toml 写不进文件夹"):
        run(tmp_path, ALL, CUSTODIANS)
    assert os.listdir(tmp_path) == []
