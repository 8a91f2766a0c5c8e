"""The public event's text, typed by two people separately and compared, with who was there →
``entropy.toml``.

A dialogue: ``ask`` puts a question and gives the answer, ``say`` shows a line. Nothing is written
before the summary at the end has been agreed to.
"""

from __future__ import annotations

import contextlib
import os
import re
import unicodedata
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ssj import protocol
from ssj.base import formats, params, tomls, words
from ssj.base.errors import RefusedError, SsjError
from ssj.desk import dialogue
from ssj.draw import beacons
from ssj.papers.confirmation import SIGNERS
from ssj.protocol import Record

ROUNDS = 3  # in which the two may type anew
HEAD = "# 公开随机数。由两个人分别录入，ssj event 核对一致后写成。\n"
SCREEN = "\n" * 60  # pushes what was typed out of sight


def record(
    event: Record,
    commitment: str,
    folder: Path,
    ask: Callable[[str], str],
    say: Callable[[str], None],
    now: Callable[[], datetime],
) -> Path:
    """Ask for all that ``entropy.toml`` holds about the announced ``event``, write it into
    ``folder``; its path.

    ``RefusedError`` if there is one already, the announced time has not come or the two people
    can't agree, ``SsjError`` if the
    answers end early, the summary is not agreed to, or the folder can't be written to; nothing is
    left behind then.
    """
    path = folder / "entropy.toml"
    _refuse_existing(path)
    if now() < datetime.fromisoformat(event["time"]):
        raise RefusedError(
            f"公告的公开随机数产生时间是 {formats.time(event['time'])}，现在还没到，不能录入",
            "请在公开活动以后再录入。",
        )
    try:
        entropy = _Dialogue(event, commitment, ask, say, now).entropy()
    except EOFError as error:
        raise SsjError(
            "录入没有完成，什么也没有写入", "请重新运行 ssj event，从头录入。"
        ) from error
    _refuse_existing(path)  # somebody may have filled in the example meanwhile
    part = folder / ".entropy.part"
    try:
        part.write_bytes((HEAD + tomls.dumps(entropy)).encode("utf-8"))
        params.read_entropy(part)
        os.replace(part, path)
    except OSError as error:
        raise SsjError(
            f"entropy.toml 写不进文件夹“{folder.name}”（{error.strerror}）",
            "请检查磁盘空间和写入权限后，重新录入。",
        ) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    return path


def example(event: Record) -> str:
    """A text of the announced form, to show how it is written."""
    kind = protocol.EVENTS[event["kind"]]
    times = event["count"] // kind.per
    text = kind.separator.join([kind.example] * times)
    if not kind.separator:
        text = text[:times]
    return text + ("|" + "0123456789abcdef" * 4) * len(event.get("parties", []))


def wrong(event: Record, text: str) -> str:
    """What is wrong with a typed text, in words; empty if it is as announced."""
    pattern = example(event)
    if re.fullmatch(event["form"], text):
        try:
            protocol.check_event_text(event, text)
        except protocol.ProtocolError as error:
            return str(error)
        return ""
    if odd := next((c for c in text if not "!" <= c <= "~"), ""):
        return (
            f"含有{'空格' if odd.isspace() else f'全角或其他字符“{odd}”'}，请用英文输入法，不加空格"
        )
    if len(text) != len(pattern):
        return f"应为 {len(pattern)} 个字符，录入了 {len(text)} 个"
    place = next(
        n
        for n in range(1, len(text) + 1)
        if not re.fullmatch(event["form"], text[:n] + pattern[n:])
    )
    return f"第 {place} 个字符不合写法：{words.form(event)}"


class _Dialogue:
    """Questions about one event; every answer is checked at once, and asked for again until it is
    sound.
    """

    def __init__(
        self,
        event: Record,
        commitment: str,
        ask: Callable[[str], str],
        say: Callable[[str], None],
        now: Callable[[], datetime],
    ) -> None:
        self.event, self.commitment, self.ask, self.say = event, commitment, ask, say
        self.now = now

    def entropy(self) -> Record:
        event = self.event
        self.say(
            f"封库校验码前 16 位：{formats.grouped(self.commitment[:16], 8)}（请与封库公告核对）"
        )
        self.say(
            f"公告的来源：{words.event(event)}"
            + (f"（{event['source']}）" if event.get("source") else "")
        )
        self.say(f"公告的时间、地点：{formats.time(event['time'])}，{event['place']}")
        self.say(f"写法：{words.form(event)}，不加空格。格式举例（不是结果）：{example(event)}")
        if event.get("parties"):
            self.say(f"参与方的次序：{'、'.join(p['name'] for p in event['parties'])}")
        text, people = self.typed_twice()
        entropy: Record = {"text": text, "text_again": text, "typed_by": people}
        entropy["time"] = self.held()
        entropy["place"] = self.text(f"地点（直接回车为“{event['place']}”）：", event["place"])
        if protocol.EVENTS[event["kind"]].raw:
            entropy["raw"] = self.raw(text)
        entropy["roles"] = {
            role: name
            for role in SIGNERS
            if (name := self.text(f"{role}人（没有的直接回车）：", ""))
        }
        entropy["attestation"] = [
            a for custodian in event["custodians"] if (a := self.attestation(custodian))
        ]
        self.summary(entropy)
        if not self.yes("以上各项都对吗？"):
            raise SsjError("没有确认，什么也没有写入", "请重新运行 ssj event，从头录入。")
        return entropy

    def typed_twice(self) -> tuple[str, list[str]]:
        people = [self.text("录入人一（姓名）：")]
        for again in range(ROUNDS):
            first = self.event_text(people[0])
            self.say(SCREEN)
            if len(people) < 2:
                people.append(self.text("现在请换人。录入人二（姓名）：", other_than=people[0]))
            second = self.event_text(people[1])
            if first == second:
                return first, people
            place = next(
                n for n, pair in enumerate(zip(first, second, strict=True), 1) if pair[0] != pair[1]
            )
            self.say(SCREEN)  # neither may see what the other typed
            self.say(
                f"两人录入的不一致：第 {place} 个字符不同。"
                + ("请对照原始记录，两人都重新录入。" if again < ROUNDS - 1 else "")
            )
        raise RefusedError(
            f"两人录入了 {ROUNDS} 遍，都不一致，什么也没有写入",
            "请会同见证人核对公开随机数的原始记录，再重新运行 ssj event。",
        )

    def event_text(self, person: str) -> str:
        while problem := wrong(self.event, text := self.ask(f"{person} 录入公开随机数：").strip()):
            self.say(f"{problem}。请重新录入。")
        return text

    def text(
        self, prompt: str, default: str | None = None, kind: Any = params.Text, other_than: str = ""
    ) -> str:
        """An answer that ``entropy.toml`` may hold; ``default``, where there is one, for an empty
        answer.
        """
        while True:
            answer = self.ask(prompt).strip()
            if not answer and default is not None:
                return default
            try:
                own = TypeAdapter(kind).validate_python(answer)
                if formats.plain(own) != formats.plain(other_than):
                    return answer
                self.say(f"须是“{other_than}”以外的人，请重新录入。")
            except ValidationError:
                self.say("不能为空，不能太长，也不能留着“请填写”，请重新录入。")

    def raw(self, text: str) -> str:
        """The beacon's own record; one of drand quicknet is checked at once."""
        quicknet = beacons.is_quicknet(self.event)
        if quicknet:
            self.say(
                f"公告的时间产生的是 drand quicknet 第 {beacons.round_at(self.event['time'])} 轮"
            )
        for _ in range(ROUNDS):
            raw = self.text(
                "信标发布的原始记录（含签名；多行的并成一行）：",
                kind=params.Entropy.model_fields["raw"].annotation,
            )
            if not quicknet:
                return raw
            checked = beacons.signature_of(self.event, text, raw)
            self.say(f"{'！！！！' if checked.holds is False else ''}{checked.said}")
            if checked.holds is not False:
                return raw
        raise RefusedError(
            "原始记录与公告的信标不符，什么也没有写入",
            "请核对录入的公开随机数和 drand 发布的这一轮，再重新运行 ssj event。",
        )

    def moment(self, prompt: str, default: str = "") -> datetime:
        hint = f"直接回车为 {formats.time(default)}" if default else "如 2021-11-23 09:30"
        while True:
            answer = (
                unicodedata.normalize("NFKC", self.ask(f"{prompt}（{hint}）：")).strip() or default
            )
            try:
                if not re.match(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d", answer):
                    raise ValueError("a day alone is no moment")
                at = datetime.fromisoformat(answer)
                return (
                    at.replace(tzinfo=formats.BEIJING)
                    if at.tzinfo is None
                    else at.astimezone(formats.BEIJING)
                )
            except (ValueError, OverflowError):
                self.say("时间请写成 2021-11-26 10:06，不带时区的按北京时间。")

    def held(self) -> datetime:
        """When the event was held: not before it was announced for, not after now."""
        announced = datetime.fromisoformat(self.event["time"])
        while (
            not announced
            <= (at := self.moment("公开随机数产生的时间", self.event["time"]))
            <= self.now()
        ):
            self.say(
                f"应在公告的时间（{formats.time(self.event['time'])}）和现在之间，请核对后重新录入。"
            )
        return at

    def attestation(self, custodian: str) -> Record | None:
        prompt = (
            f"保管人“{custodian}”收到的封库校验码前 16 位（有签名的，写 attestation.json "
            "的位置；没有证明的直接回车）："
        )
        while not re.fullmatch(
            "[0-9a-f]{16}|", typed := "".join((answer := self.ask(prompt)).split()).lower()
        ):
            if signed := self.signed(custodian, Path(answer.strip().strip("\"'"))):
                return signed
        if not typed:
            return None
        if not self.commitment.startswith(typed):
            self.say(
                f"！！！！不一致：保管人“{custodian}”收到的是 {formats.grouped(typed, 8)}，"
                "本次封库的是 "
                f"{formats.grouped(self.commitment[:16], 8)}。\n！！！！请立即核对是否录错；"
                "如属实，抽取时会被拒绝。"
            )
        received = self.moment("收到的时间")
        if received >= datetime.fromisoformat(self.event["time"]):
            self.say(
                "！！注意：不早于公告的公开随机数产生时间，这份证明不能证实唯一性，抽取时会被拒绝。"
            )
        return {
            "custodian": custodian,
            "received": received,
            "first16": typed,
            "only": self.yes("证明本批次本次只收到这一个吗？"),
        }

    def signed(self, custodian: str, path: Path) -> Record | None:
        """What ``entropy.toml`` holds of a custodian's attestation.json; None, and why, if it is
        not one for this commitment.
        """
        try:
            kind, document = protocol.read_file(path.read_bytes())
        except (OSError, ValueError):
            self.say(
                "应为 16 位，只有数字 0–9 和字母 a–f，或 attestation.json 的位置，请重新录入。"
            )
            return None
        keys = {key["name"]: key["key"] for key in self.event.get("keys", ())}
        if kind != "attestation" or any(s.holds is False for s in protocol.examine(document)):
            self.say("这不是保管人签名的证明，或者被改动过，请重新录入。")
        elif (document["custodian"], document["commitment"]) != (custodian, self.commitment):
            self.say("！！！！这份证明不是这名保管人对本次封库的，请立即核对，重新录入。")
        elif document["key"] != keys.get(custodian):
            self.say("！！！！签名用的不是公告的公钥，请立即核对，重新录入。")
        else:
            kept = {key: document[key] for key in ("custodian", "only", "signature")}
            received = datetime.fromisoformat(document["received"])
            return {**kept, "received": received, "first16": document["commitment"][:16]}
        return None

    def yes(self, question: str) -> bool:
        return dialogue.agreed(self.ask, self.say, question)

    def summary(self, entropy: Record) -> None:
        self.say("\n请核对：")
        self.say(
            f"  公开随机数  {entropy['text']}（{'、'.join(entropy['typed_by'])} 分别录入，一致）"
        )
        self.say(f"  时间、地点  {formats.time(entropy['time'].isoformat())}，{entropy['place']}")
        for role, name in entropy["roles"].items():
            self.say(f"  {role}  {name}")
        for a in entropy["attestation"]:
            same = "一致" if self.commitment.startswith(a["first16"]) else "！！不一致"
            self.say(
                f"  保管人 {a['custodian']}  {formats.time(a['received'].isoformat())} 收到 "
                f"{formats.grouped(a['first16'], 8)}"
                f"（{same}），{'' if a['only'] else '不能证明'}只收到这一个"
                f"（{'签名证明' if 'signature' in a else '文字证明'}）"
            )
        self.say(
            f"  保管人 {len(self.event['custodians'])} 名，有证明的 "
            f"{len(entropy['attestation'])} 名"
        )


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise RefusedError(
            "已经有 entropy.toml，不能再录入",
            "请先核对其中的内容；确实要重新录入的，先把它移到别处。",
        )
