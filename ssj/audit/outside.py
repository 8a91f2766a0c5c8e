"""Values from outside the archive (外部凭据): what a custodian, a newspaper, a website holds, held
against the archive. PROTOCOL §9.

Everything in an archive can be made up after the event, in a second: rosters, salt, ledger, clock.
Only what somebody else received before the event shows that it was not, and only they can say that
they received no other. So each value is looked for, what it proves is said, up to which line of the
ledger, and what it means if it does not fit.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from ssj import protocol
from ssj.audit import timestamps
from ssj.base import files, formats
from ssj.casebook import archive
from ssj.casebook.archive import Archive, Entry
from ssj.casebook.kind import Archived

FREEZE = "freeze"
LEAST = 16  # hexadecimal digits of a commitment: what a witness writes on the dice sheet
SURE = 40  # fewer prove nothing: two freezes that agree in 16 can be made with 2^32 tries
NOT_CHECKED = "时间和唯一性没有用外部凭据核对"
HOW = (
    "公开随机数产生以后，整套档案可以重新编造，只看档案看不出来。请向保管人、张贴公告的网站或报纸索取"
    "封库校验码、登记簿校验码或者公告，用 --commitment、--head、--notice 核对；"
    "有时间戳的，用 --timestamp"
)
_HASH = re.compile(r"[0-9a-f]{64}")
# beside a known hash: what it doesn't cover of another one that shares at most SURE digits with it
_REST = re.compile(rf"\|[0-9a-f]{{{64 - SURE}}}|[0-9a-f]{{{64 - SURE}}}\|")
# members of a notice or public record whose hashes are derived; members that hold free text
DERIVED = {"commitment", "ledger_head", "hash", "root", "salt", "seed", "parameters", "public_list"}
FREE = {"event", "entropy", "amendments"}
COMMITMENT, HEAD, NOTICE, TIMESTAMP = "封库校验码", "登记簿校验码", "公告", "时间戳"


@dataclass(frozen=True)
class Values:
    """What an auditor got from elsewhere: commitments (at least their first 16 digits), heads of
    the ledger, files of posted notices, time-stamp tokens.
    """

    commitments: Sequence[str] = ()
    heads: Sequence[str] = ()
    notices: Sequence[Path] = ()
    timestamps: Sequence[Path] = ()
    roots: Sequence[Path] = ()  # certificates of time-stamp authorities


class Held(NamedTuple):
    """A value held against the archive: whether it fits (None: it can't be told), what that means,
    and the ledger line up to which it proves.
    """

    kind: str
    value: str
    holds: bool | None
    detail: str
    line: int = 0


def commitment(text: str) -> str:
    """A commitment or its beginning as it is typed, in groups or not: at least 16 hexadecimal
    digits, in small letters. ``ValueError`` says in words what is wrong.

    >>> commitment("0781 3372 5B85 B54F")
    '078133725b85b54f'
    """
    return _digits(text, LEAST)


def head(text: str) -> str:
    """The hash of a ledger line as it is typed: all 64 digits. Errors as :func:`commitment`'s."""
    return _digits(text, 64)


def _digits(text: str, least: int) -> str:
    digits = "".join(unicodedata.normalize("NFKC", text).split()).lower()
    if not re.fullmatch(rf"[0-9a-f]{{{least},64}}", digits):
        wanted = f"{least} 到 64 位" if least < 64 else "64 位"
        raise ValueError(
            f"“{text}”应是 {wanted}的 0-9、a-f（现有 {len(digits)} 位；分组的，用引号括起来）"
        )
    return digits


class _Freeze(NamedTuple):
    """A freeze of the audited round; ``digest``: SHA-256 of its notice as a file."""

    name: str
    attempt: int
    line: int
    commitment: str
    notice: Any
    event_time: str
    digest: str

    @property
    def said(self) -> str:
        return f"第 {self.attempt} 次抽取（{self.name}，登记簿第 {self.line} 行）"


def held(
    values: Values, ledger: Archive | None, round_id: str, sound: Iterable[Archived]
) -> list[Held]:
    """Each value against the archive of a round or year, whose sound stages are given."""
    sound, entries = list(sound), ledger.lines if ledger else []
    freezes = list(_freezes(ledger, round_id, sound))
    known = {line["hash"] for line in entries} | _published(sound)
    return [
        *(_commitment(COMMITMENT, value, freezes) for value in values.commitments),
        *(_head(value, entries, round_id) for value in values.heads),
        *(_notice(path, freezes, known) for path in values.notices),
        *(_timestamp(path, values.roots, freezes, entries) for path in values.timestamps),
    ]


def unproven(found: Iterable[Held], ledger: Archive | None, round_id: str) -> str:
    """What must stand at the head of a real round's audit: that no value reaches the freeze of its
    last attempt (a year's last stage), in words; empty if one does.
    """
    own = ledger.stages(round_id) if ledger else []
    frozen = [e for e in own if archive.kind_of(e["stage"]) == FREEZE]
    needed = (frozen or own)[-1:]
    reached = max((value.line for value in found if value.holds), default=0)
    if needed and reached >= needed[0]["n"]:
        return ""
    if reached:
        return (
            f"{NOT_CHECKED}：给出的凭据只到登记簿第 {reached} 行，"
            f"{needed[0]['stage']}（第 {needed[0]['n']} 行）在它以后。{HOW}"
        )
    return f"{NOT_CHECKED}：{HOW}"


def _freezes(ledger: Archive | None, round_id: str, sound: Iterable[Archived]) -> Iterable[_Freeze]:
    lines = {e["stage"]: e["n"] for e in ledger.stages(round_id)} if ledger else {}
    for stage in sound:
        if stage.kind.name == FREEZE and stage.name in lines:
            with suppress(OSError, LookupError, TypeError, ValueError):  # V3 says what is wrong
                own, notice = stage.record, stage.wrote("notice.json")
                digest = protocol.sha256(protocol.canonical(notice))
                place = (stage.name, own["attempt"], lines[stage.name])
                yield _Freeze(*place, own["commitment"], notice, own["event"]["time"], digest)


def _proves(freeze: _Freeze) -> str:
    return (
        f"是{freeze.said}的。证明：对方收到它以前，名录、计划、参数、公开随机数的来源和以前的登记都"
        "已固定，以后没有改过。请核对对方收到的时间早于公开随机数产生的时间；对方写明只收到这一个的，"
        "才证明唯一性"
    )


def _commitment(kind: str, value: str, freezes: list[_Freeze], shown: str = "") -> Held:
    shown = shown or formats.grouped(value, 8)
    if not freezes:
        return Held(kind, shown, None, "没有可以对照的封库")
    for freeze in freezes:
        if freeze.commitment.startswith(value):
            part = "" if len(value) == 64 else f"前 {len(value)} 位相同，"
            if len(value) < SURE:
                return Held(
                    kind,
                    shown,
                    None,
                    f"{part}是{freeze.said}的，但不作证明：只有 {len(value)} 位的，可以预先凑出开头"
                    f"相同的两次封库。请向对方索取全部 64 位（至少 {SURE} 位）",
                )
            return Held(kind, shown, True, part + _proves(freeze), freeze.line)
    own = "、".join(formats.grouped(f.commitment[:LEAST], 8) + "…" for f in freezes)
    return Held(
        kind,
        shown,
        False,
        f"与档案中各次封库的校验码（{own}）都不同。请先核对有没有抄错；没有抄错的，对方收到以后，"
        "封库的资料被换过，或者另有一次封库没有留在档案里",
    )


def _head(value: str, entries: list[Entry], round_id: str) -> Held:
    shown = formats.grouped(value, 8)
    if not entries:
        return Held(HEAD, shown, None, "没有可以对照的留痕登记簿")
    for entry in entries:
        if entry["hash"] == value:
            after = [e["stage"] for e in entries if e["round"] == round_id and e["n"] > entry["n"]]
            rest = f"；其后的 {'、'.join(after)} 不在证明之内" if after else ""
            return Held(
                HEAD,
                shown,
                True,
                f"是登记簿第 {entry['n']} 行（{entry['round']}/{entry['stage']}）的。证明：对方收到"
                f"它以前，第 1 至 {entry['n']} 行和所登记的档案已经有了，以后没有改过、没有减少"
                f"{rest}",
                entry["n"],
            )
    return Held(
        HEAD,
        shown,
        False,
        "登记簿中没有哪一行是这个校验码。请先核对有没有抄错；没有抄错的，对方收到以后，登记簿被改写"
        "或者截短过",
    )


def _notice(path: Path, freezes: list[_Freeze], known: set[str]) -> Held:
    """A posted notice: 封库公告.json item by item; of a page (which a site may have changed around
    it) the commitment that it shows, if it shows one alone.
    """
    name = path.name
    if why := files.irregular(path):
        return Held(NOTICE, name, None, f"不能读：{why}")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return Held(NOTICE, name, None, "找不到这个文件")
    except OSError:
        return Held(NOTICE, name, None, "这个文件读不出")
    except UnicodeDecodeError:
        return Held(NOTICE, name, None, "不是 UTF-8 文本：请用公告的 json 或 html 文件")
    if not text.lstrip().startswith("{"):
        return _page(name, text, freezes, known)
    try:
        posted = protocol.parse(text)
    except protocol.ProtocolError as error:
        return Held(NOTICE, name, None, f"读不出：{error}")
    if not freezes:
        return Held(NOTICE, name, None, "没有可以对照的封库")
    for freeze in freezes:
        if posted == freeze.notice:
            return Held(NOTICE, name, True, "逐项相同，" + _proves(freeze), freeze.line)
    of = next((f for f in freezes if f.commitment == posted.get("commitment")), freezes[-1])
    return Held(
        NOTICE,
        name,
        False,
        f"与档案中{of.said}的公告不同：{protocol.difference(of.notice, posted)}。张贴以后，封库的"
        "资料或者公告被换过",
    )


def _page(name: str, text: str, freezes: list[_Freeze], known: set[str]) -> Held:
    plain = _shown(text)
    found = [f for f in freezes if f.commitment in plain]
    shown = [f.commitment for f in found]
    # what a commitment covers (custodians' keys) was there before it
    covered = set(_HASH.findall(json.dumps([f.notice for f in found])))
    if shown and _others(plain, known | covered):
        return Held(
            NOTICE,
            name,
            None,
            "其中除了这次封库的校验码，还有别的 64 位校验码（可能看不见），分不清张贴的是哪一个："
            "请用封库公告的 json 文件，或向保管人索取封库校验码",
        )
    shown = shown or re.findall(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])", plain)
    if not shown:
        return Held(NOTICE, name, None, "其中没有封库校验码：请用封库公告的 json 或 html 文件")
    return _commitment(NOTICE, shown[0], freezes, f"{name}（{formats.grouped(shown[0], 8)}）")


def _timestamp(
    path: Path, roots: Sequence[Path], freezes: list[_Freeze], entries: list[Entry]
) -> Held:
    """A time-stamp token over a commitment, a notice as a file, or the hash of a ledger line."""
    name = path.name
    try:
        token = timestamps.read(path, roots)
    except ValueError as error:
        return Held(TIMESTAMP, name, None, str(error))
    at = formats.time(token.time.astimezone(formats.BEIJING).isoformat())
    if token.holds is False:
        return Held(TIMESTAMP, name, False, token.said)
    if not token.digest:
        return Held(TIMESTAMP, name, None, "摘要算法不是 SHA-256，不能与校验码对照")
    of = next((f for f in freezes if token.digest in (f.commitment, f.digest)), None)
    entry = next((e for e in entries if token.digest == e["hash"]), None)
    if of is None and entry is None:
        what = "不是本批次的封库校验码、封库公告，也不是登记簿中哪一行的校验码"
        return Held(TIMESTAMP, name, False, f"{at} 的时间戳，盖的{what}。请核对有没有拿错文件")
    line = of.line if of else entry["n"] if entry else 0
    said = f"{at} 的时间戳，盖的是{of.said if of else f'登记簿第 {line} 行'}的"
    if token.holds is None:
        return Held(TIMESTAMP, name, None, f"{said}；{token.said}")
    proven = f"{said}，签名相符。证明：第 1 至 {line} 行和所登记的档案那时已经有了，以后没有改过"
    late = [f for f in freezes if f.line <= line and _at(f.event_time) <= token.time]
    if late:  # it proves what was there, and nothing about the event
        proven += f"；但不证明{late[0].said}在公开随机数产生以前，因为时间戳晚于公告的时间"
        return Held(TIMESTAMP, name, None if of else True, proven)
    return Held(TIMESTAMP, name, True, f"{proven}，早于公告的公开随机数产生时间", line)


def _at(time: str) -> datetime:
    return datetime.fromisoformat(time)


def _shown(text: str) -> str:
    """What a page says, in one run of small letters: no tags, blanks, or characters that can't be
    seen, full-width digits as plain ones. In linear time, whatever a site sent.
    """
    plain = unicodedata.normalize("NFKC", html.unescape(re.sub(r"<[^<>]*>", "", text)))
    unseen = [c for c in set(plain) if unicodedata.category(c) in ("Cc", "Cf") or c.isspace()]
    return plain.translate(dict.fromkeys(map(ord, unseen))).lower()


def _published(sound: Iterable[Archived]) -> set[str]:
    """The hashes in the notices and public records of an archive: those that follow from what is
    sealed. Whoever was present, a place or a note can be called like a hash, afterwards.
    """
    found: set[str] = set()
    for stage in sound:
        for name in {"notice.json", "public.json"} & stage.kind.documents:
            with suppress(OSError, ValueError):
                found |= set(_hashes(stage.wrote(name)))
    return found


def _hashes(value: Any, key: str = "") -> Iterable[str]:
    if isinstance(value, dict):
        for own, inside in value.items():
            if own not in FREE:
                yield from _hashes(inside, own)
    elif key in DERIVED and isinstance(value, str) and _HASH.fullmatch(value):
        yield value


def _others(plain: str, known: set[str]) -> bool:
    """Whether a page has hashes that neither the ledger nor what was published has: who posts many
    commitments can choose among them afterwards. Two of them may share their ends.
    """
    for value in known:
        plain = plain.replace(value, "|")
    return bool(_HASH.search(plain) or _REST.search(plain))


COLUMNS = {
    "kind": "凭据",
    "value": "值或文件",
    "result": "结果",
    "line": "证明到登记簿第几行",
    "detail": "说明",
}
SAID = {True: "相符", False: "不符", None: "未核对"}


def rows(found: Iterable[Held]) -> list[dict[str, Any]]:
    """The values in words; columns as in ``COLUMNS``."""
    return [
        {**value._asdict(), "result": SAID[value.holds], "line": value.line or "—"}
        for value in found
    ]
