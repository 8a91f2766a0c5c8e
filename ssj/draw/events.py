"""The event that took place (``entropy.toml``) against the announced one of a frozen record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from ssj import protocol
from ssj.base import params
from ssj.base.errors import InputError, Problem
from ssj.draw import beacons, external


def draw_problems(folder: Path, record: protocol.Record, now: datetime) -> list[Problem]:
    """Why a frozen round can't be drawn from what lies in its folder: ``entropy.toml``, and the
    platform's list if it is drawn elsewhere.
    """
    problems: list[Problem] = []
    try:
        problems += entropy_problems(folder, record, now)
    except InputError as error:
        problems += error.problems
    return problems + external.errors(external.read(folder, record).problems)


def entropy_problems(folder: Path, record: protocol.Record, now: datetime) -> list[Problem]:
    """Why ``entropy.toml`` doesn't fit the announced event of a frozen record, or lies in the
    future.
    """
    entropy = params.read_entropy(folder / "entropy.toml")
    problems = []
    try:
        protocol.check_event_text(record["event"], entropy.text)
    except protocol.ProtocolError as error:
        problems.append(
            Problem(
                "E01",
                str(error),
                "请按公告的格式如实填写",
                file="entropy.toml",
                column="text",
                value=entropy.text,
            )
        )
    if entropy.time < datetime.fromisoformat(record["event"]["time"]):
        problems.append(
            Problem(
                "E02",
                f"公开随机数产生的时间早于公告的 {record['event']['time']}",
                "请核对时间",
                file="entropy.toml",
                column="time",
                value=entropy.time.isoformat(),
            )
        )
    if entropy.time > now:
        problems.append(
            Problem(
                "E04",
                "公开随机数产生的时间还没到",
                "请核对时间",
                file="entropy.toml",
                column="time",
                value=entropy.time.isoformat(),
            )
        )
    if protocol.EVENTS[record["event"]["kind"]].raw and not entropy.raw:
        problems.append(
            Problem(
                "E05",
                "没有照录信标的原始记录",
                "请把信标发布的原文（含签名）写在 raw 中",
                file="entropy.toml",
                column="raw",
            )
        )
    problems += _of_the_beacon(record["event"], entropy)
    for a in entropy.attestation:
        if a.custodian not in record["event"]["custodians"]:
            problems.append(
                Problem(
                    "E06",
                    f"“{a.custodian}”不是公告的保管人",
                    "保管人须在封库公告中写明",
                    file="entropy.toml",
                    column="attestation.custodian",
                    value=a.custodian,
                )
            )
        if a.received >= datetime.fromisoformat(record["event"]["time"]):
            problems.append(
                Problem(
                    "E07",
                    f"保管人“{a.custodian}”在公开随机数产生之后才收到封库校验码",
                    "这份证明不能证实唯一性，请删去",
                    file="entropy.toml",
                    column="attestation.received",
                    value=a.received.isoformat(),
                )
            )
        if not record["commitment"].startswith(a.first16):
            problems.append(
                Problem(
                    "E03",
                    f"保管人“{a.custodian}”收到的封库校验码前 16 位与本次封库不符",
                    "请核对；如确实收到过另一个校验码，本次抽取的唯一性不成立",
                    file="entropy.toml",
                    column="attestation.first16",
                    value=a.first16,
                )
            )
    recorded = entropy.recorded()
    for a in recorded["attestation"]:
        if "signature" in a and not protocol.is_signed(record, a):
            problems.append(
                Problem(
                    "E08",
                    f"保管人“{a['custodian']}”的签名核验不符",
                    "请原样使用保管人交来的 attestation.json；公告中须有该保管人的公钥",
                    file="entropy.toml",
                    column="attestation.signature",
                    value=a["signature"],
                )
            )
    return problems


def _of_the_beacon(event: protocol.Record, entropy: params.Entropy) -> Iterator[Problem]:
    """A record of drand quicknet that is not of the announced round, its signature apart."""
    if not beacons.is_quicknet(event) or not entropy.raw:
        return
    if wrong := beacons.published_wrongly(event, entropy.text, entropy.raw):
        yield Problem(
            "E09",
            wrong,
            "请照录 drand 发布的这一轮的 JSON，公开随机数取自其中的 randomness",
            file="entropy.toml",
            column="raw",
            value=entropy.raw,
        )
