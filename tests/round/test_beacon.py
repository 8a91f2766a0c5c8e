"""A round whose event is a round of drand quicknet: announced, entered, drawn, audited."""

from __future__ import annotations

import builtins
import json
from datetime import datetime
from pathlib import Path

import pytest
from archived import failing, report_of
from conftest import new_project
from unit.test_beacons import PUBLISHED, RANDOMNESS, RAW, TIME
from unit.test_event import COMMITMENT as ANY
from unit.test_event import NO_ROLES, NONE, Talk, announced
from warm import tell

from ssj import protocol
from ssj.base.errors import RefusedError
from ssj.desk import event

ROUND = "sample60"
OTHER = PUBLISHED[12040883]
OTHERS = protocol.sha256(bytes.fromhex(OTHER))
BANNER = protocol.BANNERS["beacon"]


def project_of(folder: Path, source: str, text: str, raw: str) -> Path:
    """The small round, its event a beacon in August 2023."""
    place = new_project(folder, ROUND) / "params" / ROUND
    parameters = (place / "round.toml").read_text(encoding="utf-8")
    entropy = (place / "entropy.toml").read_text(encoding="utf-8")
    for old, new in (
        ('kind = "dice"\ncount = 16', f'kind = "beacon"\ncount = 64\nsource = "{source}"'),
        ("2021-11-26T10:00:00+08:00", TIME),
        ("start = 2021-12-06, end = 2021-12-24", "start = 2023-09-04, end = 2023-09-22"),
        ("publication_day = 2021-12-06", "publication_day = 2023-09-04"),
    ):
        assert old in parameters
        parameters = parameters.replace(old, new)
    entropy = entropy.replace("5452443366262235", text).replace(
        "2021-11-26T10:06", "2023-08-23T23:16"
    )
    entropy = entropy.replace("[roles]", f"raw = '{raw}'\n\n[roles]")
    (place / "round.toml").write_text(parameters, encoding="utf-8")
    (place / "entropy.toml").write_text(entropy, encoding="utf-8")
    return folder


def forged() -> tuple[str, str]:
    """Another round's signature under this round's number, and the text that follows."""
    said = {"round": 123, "randomness": OTHERS, "signature": OTHER}
    return OTHERS[:16], json.dumps(said)


@pytest.fixture
def without_library(monkeypatch):
    usual = builtins.__import__

    def refusing(name, *rest, **more):
        if name.startswith("py_ecc"):
            raise ImportError(name)
        return usual(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", refusing)


def v4(report):
    return next((s.holds, s.detail) for s in report.steps if s.number == 4)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("beacon")
    project = project_of(folder, "drand quicknet 第 123 轮", RANDOMNESS[:16], RAW)
    code, said = tell(project, "run", ROUND)
    assert code == 0, said
    return project


def test_the_audit_checks_the_signature(drawn):
    pytest.importorskip("py_ecc", reason="py-ecc (extra audit) is not installed")
    report = report_of(drawn)
    assert failing(report) == {} and BANNER not in report.banners
    assert v4(report) == (True, "drand quicknet 第 123 轮的签名相符")


def test_without_the_library_it_says_so(drawn, without_library):
    report = report_of(drawn)
    assert failing(report) == {} and BANNER in report.banners
    assert v4(report)[0] is True and "没有安装 py-ecc，签名没有核验" in v4(report)[1]


def test_a_signature_of_another_round_fails(tmp_path):
    pytest.importorskip("py_ecc", reason="py-ecc (extra audit) is not installed")
    project = project_of(tmp_path, "drand quicknet", *forged())
    code, said = tell(project, "run", ROUND)
    assert code == 0, said  # the draw needs no library; the audit does not let it pass
    report = report_of(project)
    assert list(failing(report)) == [4] and BANNER in report.banners
    assert "03-draw：drand quicknet 第 123 轮的签名不符" in failing(report)[4]


def test_another_beacon_stays_unchecked(tmp_path):
    project = project_of(tmp_path, "样例信标第 7 条", RANDOMNESS[:16], "原文")
    code, said = tell(project, "run", ROUND)
    assert code == 0, said
    report = report_of(project)
    assert failing(report) == {} and BANNER in report.banners
    assert v4(report) == (True, "只有 drand quicknet 的签名可以离线核验")


@pytest.mark.parametrize(
    ("source", "text", "raw", "said"),
    [
        ("drand quicknet 第 124 轮", RANDOMNESS[:16], RAW, "公告的时间产生的是第 123 轮，source"),
        ("drand quicknet", RANDOMNESS[1:17], RAW, "的前 16 位"),
        ("drand quicknet", RANDOMNESS[:16], RAW.replace("123,", "124,"), "原始记录是第 124 轮"),
    ],
    ids=["announced", "text", "record"],
)
def test_what_does_not_follow_from_the_time_is_refused(tmp_path, source, text, raw, said):
    if "第" in source:
        said = said.replace("公告的时间产生的是第", "在公告的时间产生的是第")
    code, shown = tell(project_of(tmp_path, source, text, raw), "run", ROUND)
    assert code == 3 and said in shown
    assert not (tmp_path / "outputs" / ROUND / "03-draw").exists()


# --- ssj event ---

EVENT = announced("beacon", 64, source="drand quicknet", time=TIME)
TYPED = ["样例甲", RANDOMNESS[:16], "样例乙", RANDOMNESS[:16], *NONE]


def entered(folder, raws):
    talk = Talk([*TYPED, *raws, *NO_ROLES, "是"])
    now = datetime.fromisoformat("2023-08-24T09:00:00+08:00")
    event.record(EVENT, ANY, folder, talk.ask, talk.log.append, lambda: now)
    return talk


def test_the_record_is_checked_as_it_is_entered(tmp_path):
    pytest.importorskip("py_ecc", reason="py-ecc (extra audit) is not installed")
    talk = entered(tmp_path, [forged()[1], RAW])
    assert "公告的时间产生的是 drand quicknet 第 123 轮" in talk.log
    assert "drand quicknet 第 123 轮的签名相符" in talk.log
    assert any(line.startswith("！！！！公开随机数应是这一轮") for line in talk.log)


def test_what_stays_wrong_is_not_written(tmp_path):
    with pytest.raises(RefusedError, match="原始记录与公告的信标不符"):
        entered(tmp_path, ["{}", "原文", RAW.replace("123,", "122,")])
    assert list(tmp_path.iterdir()) == []


def test_without_the_library_the_rest_is_checked(tmp_path, without_library):
    talk = entered(tmp_path, ["{}", RAW])
    assert any("没有安装 py-ecc" in line for line in talk.log)
