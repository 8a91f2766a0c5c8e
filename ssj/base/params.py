"""``round.toml``, ``entropy.toml``, ``stage.json`` → typed values; unknown names and wrong types
are refused.

All findings of a file come at once, as :class:`~ssj.base.errors.Problem`.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from ssj import protocol
from ssj.base import formats, tomls
from ssj.base.errors import InputError, Problem, SsjError

ROUND_ID, YEAR = formats.ROUND_ID, formats.YEAR
LEAST_CUSTODIANS = protocol.LEAST_CUSTODIANS
LEAST_NOTICE = 3  # working days between a real freeze and its event
NAMED_FIRST = "named_first"  # the rule of draw.lists.visit_numbers that a round is frozen with
GIVEN = ("freeze.json", "draw.json", "amend.json")  # records that a later stage may rest on
ELSEWHERE = "外部抽取：检查对象由省级平台抽取，本系统不能证明其随机性"
PLAN_ONLY = (
    "外部抽取：以下应抽数、比例和抽中机会是按计划和本系统的办法算出的，不是省级平台抽取的机会"
)
# Matters that somebody approves (审批事项); words.AMENDING and words.VOIDING are approved when they
# come up
SCHEME, PUBLISHING, PLAN_CHANGE, YEAR_PLAN = "抽查方案", "公布", "计划变更", "年度计划"
Model = TypeVar("Model", bound="Strict")


class RuleError(ValueError):
    """A rule on one or several parameters does not hold; the texts are Chinese."""

    def __init__(self, message: str, remedy: str = "请修改") -> None:
        self.remedy = remedy
        super().__init__(message)


def _ratio(text: str) -> str:
    try:
        protocol.sample_size(text, 1)
    except protocol.ProtocolError as error:
        raise RuleError(f"{error}，请写成 0.05 这样的小数，在 TOML 中加英文引号") from error
    return text


def _round_id(text: str) -> str:
    if not ROUND_ID.fullmatch(text) or formats.DEVICE.fullmatch(text):
        raise RuleError("批次号只能用英文字母、数字和“-”，如 2021Q4")
    if YEAR.fullmatch(text):
        raise RuleError("批次号不能只是年份：年份留给年度计划")
    return text


def _event_kind(kind: Any) -> Any:
    if kind not in list(protocol.EVENTS):
        known = "、".join(map(repr, protocol.EVENTS))
        raise RuleError("不是允许的值", f"请改为 {known} 之一")
    return kind


def _filled_in(text: str) -> str:
    if "请填写" in text:
        raise RuleError("还没有填写")
    if not text.strip():
        raise RuleError("不能为空", "请填写内容")
    return text


def _at_least_a_hundredth(text: str) -> str:
    if Fraction(text) < Fraction(1, 100):
        raise RuleError("不得小于 0.01：近期已查的也不能免抽")
    return text


def _pool_name(text: str) -> str:
    if (
        not re.fullmatch("[^\\s:;,、<>=≥≤]{1,40}", text)
        or unicodedata.normalize("NFKC", text) != text
    ):
        raise RuleError(
            "专项库的名称不能有空格、冒号、分号、逗号、顿号、比较符号和全角字母，最多 40 个字",
            "请改名，任务的对象范围里也改过来",
        )
    return text


def _a_cap(number: int) -> int:
    if not number:
        raise RuleError(
            "年度上限 0 的意思是这一类一户也不能抽",
            "不限户次的，不写；确实不抽这一类的，在任务的对象范围中用“等级：”写明要抽的等级",
        )
    return number


def later(default: Any) -> Any:
    """A parameter that records were made without: as long as it has its default it is absent from
    them, not false or empty. So must be every new one, or older rounds would have another hash.
    """
    return Field(default=default, exclude_if=lambda value: value == default)


def _web_address(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s#]+", text):
        raise RuleError("不是网址", "请写完整的网址，以 https:// 开头，没有空格和 #")
    return text


Text = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_filled_in)]
Ratio = Annotated[str, AfterValidator(_ratio)]
RoundId = Annotated[str, AfterValidator(_round_id)]


class Strict(BaseModel):
    """No unknown names, no conversions."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Window(Strict):
    """Days on which visits may take place, both included."""

    start: date
    end: date


class RoundPart(Strict):
    """``[round]``: what the round is and when its names become public."""

    id: Annotated[str, AfterValidator(_round_id)]
    title: Text
    bureau: Text
    demonstration: bool = False
    disclosure: Literal["sealed"] = "sealed"  # nothing publishes frames and salts yet
    official_draw: Literal["here", "platform"] = (
        "here"  # "platform": 外部抽取, the provincial platform draws
    )
    window: Window
    publication_day: date
    slack: Annotated[int, Field(ge=0, le=100)] = 1
    rotation: bool = False  # whoever inspected a target last time does not go there this time
    team_mode: Literal["visits", "groups"] = "visits"  # groups: 先组后户
    receipt_internal: bool = False  # whether receipts (一户核验单) show a firm its class and sizes
    no_custodians: Text | None = later(None)  # why nobody outside keeps the commitment
    complaints: Text | None = later(None)  # where a firm may complain of an inspection
    check_page: Annotated[Text, AfterValidator(_web_address)] | None = later(
        None
    )  # address of 核验.html, which codes of visits lead to
    rehearsal: bool = later(False)  # 试算, by ssj rehearse: event and results are invented


class Approval(Strict):
    """Who approved what before the event."""

    matter: Text
    approver: Text
    date: date


class Authority(Strict):
    """Who may approve a matter (审批权限)."""

    matter: Text
    approvers: Annotated[list[Text], Field(min_length=1)]


class Signed(Strict):
    """A section (股室) that has looked at a file of the rosters and vouches for it (核签):
    ``targets.xlsx``, ``targets/建筑市场股.xlsx``, or a whole table by its name, ``targets``.
    """

    file: Text
    section: Text
    by: Text
    date: date


class RiskClass(Strict):
    """One class of the scheme: the largest ratio a task may set, the size of its targets in mixed
    strata, and the yearly cap (年度检查频次上限), the most visits that a target may be drawn for in
    a calendar year.
    """

    max_ratio: Ratio
    weight: Annotated[int, Field(ge=1, le=1_000_000)]
    yearly_cap: Annotated[int, Field(ge=0, le=366), AfterValidator(_a_cap)] | None = None


class AboveMaximum(Strict):
    """A ratio above its class's maximum, named with its reason."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)
    task: Text
    risk_class: Annotated[str, Field(alias="class")]
    reason: Text


class AboveCap(Strict):
    """A task that a yearly cap does not stop, and whose visits do not count towards it, with the
    reason.
    """

    task: Text
    reason: Text


class YearCaps(Strict):
    """``[year_caps]`` (年度检查频次上限): the most inspections of one firm in a calendar year,
    other ones counted in: by all departments of the bureau's level, and by all levels together.
    """

    own_level: Literal["国家级", "省级", "市级", "县级", "乡镇级"] = "县级"
    level: Annotated[int, Field(ge=1, le=366)] | None = None
    together: Annotated[int, Field(ge=1, le=366)] | None = None

    @model_validator(mode="after")
    def _some(self) -> YearCaps:
        if self.level is None and self.together is None:
            raise RuleError("两个上限都没有写，不起作用", "不设上限的，整段不写")
        if self.level and self.together and self.together < self.level:
            raise RuleError(
                f"各层级合计的上限 {self.together} 低于本层级的上限 {self.level}", "请核对两个数"
            )
        return self


Points = Annotated[int, Field(ge=0, le=100)]


class RiskFactors(Strict):
    """``[risk_factors]`` (风险因素): points for what is known of a target; its size is the class's
    times 1 + its points.

    ``tasks``: those whose sizes use them, all if not written.
    """

    complaints: Points = 0  # for each of 投诉举报数
    penalties: Points = 0  # for each of 处罚数
    last_problem: Points = 0  # if 上次检查结果 was a problem
    years: Points = 0  # for each whole year since the last visit
    never: Points = 0  # if never visited
    most: Annotated[int, Field(ge=1, le=1_000)]
    tasks: Annotated[list[Text], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _some(self) -> RiskFactors:
        if not any((self.complaints, self.penalties, self.last_problem, self.years, self.never)):
            raise RuleError("各项加分都是 0，不起作用", "不用风险因素的，整段不写")
        return self


class CoolDown(Strict):
    """``[cool_down]`` (近期已查降频): what is left of the chance of a recently visited target, and
    how many rounds back.
    """

    epsilon: Annotated[Ratio, AfterValidator(_at_least_a_hundredth)]
    rounds: Annotated[int, Field(ge=1, le=12)] = 4


class Party(Strict):
    """A party that adds a number of its own to the event: the hash of the number, handed in before
    the freeze.
    """

    name: Text
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class CustodianKey(Strict):
    """The public key with which an announced custodian signs attestations (PROTOCOL §10.8)."""

    name: Text
    key: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Deadlines(Strict):
    """``[deadlines]``: working days, for a result to be published after the visit, for an objection
    (异议) to be answered.
    """

    publish: Annotated[int, Field(ge=1, le=250)] = 20
    objection: Annotated[int, Field(ge=1, le=250)] = 20


class Warnings(Strict):
    """``[warnings]`` (早期预警): from when on something is worth a warning; what is drawn does not
    depend on it.
    """

    days: Annotated[int, Field(ge=1, le=730)] = (
        90  # certificates and licences that end within so many days
    )
    rounds: Annotated[int, Field(ge=1, le=40)] = (
        4  # the class of the highest risk, not visited for so many rounds
    )
    jump: Annotated[int, Field(ge=1, le=1_000)] = (
        2  # complaints or penalties, so many more than at the freeze compared with
    )
    new_days: Annotated[int, Field(ge=1, le=3_650)] = 365  # founded not longer ago than that


class Event(Strict):
    """The public random event that is announced with the commitment (PROTOCOL §4.1)."""

    kind: Annotated[str, BeforeValidator(_event_kind)]
    count: Annotated[int, Field(ge=1, le=1024)]
    time: AwareDatetime
    place: Text
    fallback: Text
    notice_days: Annotated[int, Field(ge=0, le=60)] = 3
    custodians: list[Text] = []
    source: Text | None = later(None)
    parties: list[Party] = later([])
    keys: list[CustodianKey] = later([])

    @model_validator(mode="after")
    def _one_event(self) -> Event:
        if len(set(map(formats.plain, self.custodians))) < len(self.custodians):
            raise RuleError("同一个保管人写了两遍", "请写不同的保管人，每名只写一次")
        if protocol.EVENTS[self.kind].source and not self.source:
            raise RuleError("source 没有写：彩票要写明哪几期，信标要写明哪个信标的哪一条")
        try:
            protocol.check_event(self.announced())
        except protocol.ProtocolError as error:
            raise RuleError(str(error)) from error
        return self

    def announced(self) -> dict[str, Any]:
        """The event as the commitment holds it, with the form its text must have."""
        form = protocol.event_form(self.kind, self.count, len(self.parties))
        return {**self.model_dump(mode="json"), "form": form}


class Mapped(Strict):
    """``[[mapping]]`` (映射): what a table's files call a header, or write for a word (``means``);
    the same as ``mapping.toml`` says (:mod:`ssj.tables.headings`).
    """

    table: Text | None = None
    header: Text
    written: Text
    means: Text | None = None


class Parameters(Strict):
    """A whole ``round.toml``."""

    # what the commitment holds otherwise, or rests on nothing of the draw
    APART: ClassVar[set[str]] = {"event", "round", "pools", "warnings", "outside", "mapping"}

    round: RoundPart
    authority: list[Authority] = []
    approval: list[Approval] = []
    signed: list[Signed] = []
    classes: Annotated[
        dict[Annotated[str, Field(pattern=r"^[0-9A-Za-z+-]{1,8}$")], RiskClass], Field(min_length=1)
    ]
    above_maximum: list[AboveMaximum] = []
    above_cap: list[AboveCap] = []
    year_caps: YearCaps | None = later(None)
    cool_down: CoolDown | None = None
    risk_factors: RiskFactors | None = None
    deadlines: Deadlines = Deadlines()
    pools: dict[
        Annotated[str, AfterValidator(_pool_name)], Text
    ] = {}  # 专项库: name → filter, in the words of a scope (对象范围)
    warnings: Warnings = Warnings()
    outside: dict[
        Text, Annotated[list[Text], Field(min_length=1)]
    ] = {}  # list of another office → the categories of it that belong here
    mapping: list[Mapped] = later([])
    event: Event

    @model_validator(mode="after")
    def _pools_tell_no_class(self) -> Parameters:
        for name in self.pools:
            if told := next(
                (
                    c
                    for c in self.classes
                    if re.search(f"(?<![0-9A-Za-z+-]){re.escape(c)}[类级]", name, re.IGNORECASE)
                ),
                None,
            ):
                raise RuleError(
                    f"专项库“{name}”的名称里有信用风险等级 {told}：分类不公开",
                    "请改名，如“重点检查库”",
                )
        return self

    @model_validator(mode="after")
    def _order_of_days(self) -> Parameters:
        event_day, r = self.event.time.date(), self.round
        if r.window.end < r.window.start:
            raise RuleError("检查期间 window 的结束日早于开始日")
        if r.window.start < event_day:
            raise RuleError(f"检查期间自 {r.window.start} 起，早于公开随机数产生日 {event_day}")
        if r.publication_day < event_day:
            raise RuleError(f"公布日 {r.publication_day} 早于公开随机数产生日 {event_day}")
        return self

    def frozen(self) -> dict[str, Any]:
        """The parameters as the commitment holds them (PROTOCOL §4.3), the event apart."""
        whole = self.model_dump(mode="json", by_alias=True, exclude=self.APART)
        pools = (
            {"pools": [{"name": name, "filter": text} for name, text in sorted(self.pools.items())]}
            if self.pools
            else {}
        )
        own = self.round.model_dump(mode="json", exclude={"id"})
        return {**own, **whole, **pools, "numbering": NAMED_FIRST}


class Calendar(Strict):
    """A whole ``calendar.toml``: years, their days off and the weekend days that are worked."""

    years: list[Annotated[int, Field(ge=2000, le=2199)]] = []
    holidays: list[date] = []
    workdays: list[date] = []


class Attestation(Strict):
    """A custodian's word that no other commitment was received for the round and attempt; signed
    in 见证.html, or typed from a paper.
    """

    custodian: Text
    received: AwareDatetime
    first16: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    only: bool
    signature: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")] | None = later(None)


class Entropy(Strict):
    """A whole ``entropy.toml``: the event's text, typed by two people separately, and who was
    there.
    """

    text: Annotated[str, Field(min_length=1, max_length=4000)]
    text_again: str
    typed_by: list[Text]
    time: AwareDatetime
    place: Text
    raw: (
        Annotated[str, Field(min_length=1, max_length=20_000), AfterValidator(_filled_in)] | None
    ) = None
    roles: dict[str, Text] = {}
    attestation: list[Attestation] = []

    @model_validator(mode="after")
    def _two_people(self) -> Entropy:
        if len(self.typed_by) != 2 or len(set(map(formats.plain, self.typed_by))) != 2:
            raise RuleError("公开随机数须由两个人分别录入，typed_by 要写两个不同的人")
        if self.text != self.text_again:
            raise RuleError(f"两人录入的公开随机数不一致：“{self.text}”与“{self.text_again}”")
        return self

    def recorded(self) -> dict[str, Any]:
        """As the draw record holds it."""
        whole = self.model_dump(mode="json", exclude={"text_again"})
        roles = [{"role": role, "name": name} for role, name in self.roles.items()]
        return {**whole, "roles": roles}


_WORDS = {
    "missing": ("缺少参数", "请补上"),
    "extra_forbidden": ("不认识的参数", "请删去，或核对拼写"),
    "string_type": ("应为带引号的文本", "请加上英文引号"),
    "int_type": ("应为整数", "请改为整数，不加引号"),
    "bool_type": ("应为 true 或 false", "请改为 true 或 false，不加引号"),
    "date_type": ("应为日期", "请写成 2021-12-06，不加引号"),
    "datetime_type": ("应为带时区的时间", "请写成 2021-11-26T10:00:00+08:00，不加引号"),
    "timezone_aware": ("时间缺少时区", "请写成 2021-11-26T10:00:00+08:00"),
    "literal_error": ("不是允许的值", "请改为说明中列出的值之一"),
    "too_short": ("不能为空", "请补上至少一项"),
    "string_too_short": ("不能为空", "请填写内容"),
}

_LIMITS = {"ge": "不小于", "le": "不大于", "pattern": "格式"}


def problem_of(file: str, error: Any) -> Problem:
    """One finding of a model's ``ValidationError`` about a file; the column is the parameter's
    path.
    """
    message, remedy = _WORDS.get(error["type"], ("值不合要求", "请对照说明修改"))
    if error["type"] == "value_error":
        message, remedy = (
            str(error["ctx"]["error"]),
            getattr(error["ctx"]["error"], "remedy", "请修改"),
        )
    elif allowed := error.get("ctx", {}).get("expected"):
        remedy = f"请改为 {allowed} 之一".replace(" or ", "、").replace(", ", "、")
    elif limits := {_LIMITS[k]: v for k, v in error.get("ctx", {}).items() if k in _LIMITS}:
        remedy = f"请改到规定范围内（{'，'.join(f'{k} {v}' for k, v in limits.items())}）"
    name = ".".join(str(part) for part in error["loc"] if part != "[key]")
    value = "" if isinstance(error["input"], dict | list) else str(error["input"])
    return Problem("R02", message, remedy, file=file, column=name, value=value)


def read(
    model: type[Model], path: Path, draft: Callable[[Any], Any] = lambda whole: whole
) -> Model:
    """A parameter file as ``model``; ``InputError`` with all its problems. ``draft``: what is made
    of its content before it is checked.
    """
    try:
        return model.model_validate(draft(tomls.read(path)))
    except FileNotFoundError:
        problems = [
            Problem("R00", "找不到这个文件", f"请放到文件夹 {path.parent.name} 中", file=path.name)
        ]
    except UnicodeDecodeError:
        problems = [Problem("R01", "不是 UTF-8 编码", "请用记事本另存为 UTF-8", file=path.name)]
    except tomllib.TOMLDecodeError as error:
        problems = [toml_problem(path, error)]
    except ValidationError as error:
        problems = [problem_of(path.name, e) for e in error.errors(include_url=False)]
    except OSError as error:
        problems = [
            Problem(
                "R00", f"读不出这个文件（{error.strerror}）", "请检查文件是否被占用", file=path.name
            )
        ]
    raise InputError(problems)


def toml_problem(path: Path, error: tomllib.TOMLDecodeError) -> Problem:
    """What is no TOML, with the line as it stands there."""
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    place = re.search(r"line (\d+)", str(error))
    # what is left open shows at the end of the file
    wide = next((n for n, text in enumerate(lines, 1) if _WIDE.search(text.partition("#")[0])), 0)
    row = wide or (int(place[1]) if place else None)
    line = lines[row - 1].strip() if row and row <= len(lines) else ""
    remedy = "引号、等号、方括号要用英文的（半角），请改正" if wide else "请检查引号、等号和方括号"
    return Problem("R01", "不合 TOML 书写规则", remedy, file=path.name, row=row, value=line[:80])


# outside of quotation marks: what Chinese input methods type instead
_WIDE = re.compile(r"""^(?:[^"'“”‘’＝＂［］【】]|"[^"]*"|'[^']*')*[“”‘’＝＂［］【】]""")


def read_round(path: Path) -> Parameters:
    """``round.toml`` → :class:`Parameters`; ``InputError`` with all its problems."""
    return read(Parameters, path)


def without_unfilled(whole: dict[str, Any]) -> dict[str, Any]:
    """A round's parameters before anybody has approved: who approves, signs and keeps the
    commitment may still be to be filled in, and is left out then.
    """

    def filled(value: Any, needed: Iterable[str] = ()) -> bool:
        return "请填写" not in str(value) and all(name in value for name in needed)

    kept = dict(whole)
    for name, model in (("authority", Authority), ("approval", Approval), ("signed", Signed)):
        if isinstance(value := whole.get(name), list):
            needed = [key for key, own in model.model_fields.items() if own.is_required()]
            kept[name] = [own for own in value if filled(own, needed)]
    event = whole.get("event")
    if isinstance(event, dict) and isinstance(named := event.get("custodians"), list):
        kept["event"] = {**event, "custodians": [name for name in named if filled(name)]}
    return kept


def read_entropy(path: Path) -> Entropy:
    """``entropy.toml`` → :class:`Entropy`; ``InputError`` with all its problems."""
    return read(Entropy, path)


def read_stage(path: Path, round_id: str, attempt: int) -> dict[str, Any]:
    """``stage.json``: what can't be derived (time, ledger head, salt, code, versions) for this
    round and attempt.
    """
    stage: dict[str, Any] = protocol.parse(path.read_text(encoding="utf-8"))
    if (stage["round_id"], stage["attempt"]) != (round_id, attempt):
        raise SsjError(
            f"过程记录的参数 {round_id} 第 {attempt} 次与 in/stage.json 不一致",
            "请由 ssj 运行过程记录。",
        )
    return stage


def read_given(inputs: Path) -> protocol.Record:
    """The record that a stage's ``in/`` repeats of the stage it rests on: frozen, drawn or amended.
    ``SsjError`` unless exactly one is there; which it must be, the ledger says.
    """
    there = [path for name in GIVEN if (path := inputs / name).exists()]
    if len(there) != 1:
        names = "、".join(path.name for path in there) or "无"
        raise SsjError(
            f"in/ 中应有 {'、'.join(GIVEN)} 之一，实际为 {names}", "请由 ssj 运行过程记录。"
        )
    record: protocol.Record = protocol.parse(there[0].read_text(encoding="utf-8"))
    return record


def plan_only(parameters: Parameters) -> list[str]:
    """What must stand beside ratios and chances that don't govern the official draw."""
    return [PLAN_ONLY] if parameters.round.official_draw == "platform" else []


def about_round(record: dict[str, Any]) -> list[tuple[str, Any]]:
    """Whose round a working copy is of, for its sheet 说明."""
    return [
        ("单位", record["parameters"]["bureau"]),
        ("批次", record["round"]),
        ("第几次抽取", f"第 {record['attempt']} 次"),
    ]


def banners(record: dict[str, Any], rehearsal: bool = False) -> list[str]:
    """What every page and every audit of a frozen or draw record must say before anything else."""
    texts = []
    if rehearsal or record["parameters"].get("rehearsal"):
        texts.append("试算：不留痕、不作数")
    if record["parameters"]["demonstration"] and "year" in record:
        texts.append(f"演示{'评估' if 'indicators' in record else '计划'}：样例数据，不作执法依据")
    elif record["parameters"]["demonstration"]:
        texts.append(protocol.BANNERS["demonstration"])
    if protocol.drawn_elsewhere(record["parameters"]):
        texts.append(ELSEWHERE)
    if reason := record["parameters"].get("no_custodians"):
        texts.append(f"封库校验码没有交本科室以外的保管人，唯一性不能证实。理由：{reason}")
    if "entropy" in record and protocol.EVENTS[record["event"]["kind"]].raw:
        texts.append(protocol.BANNERS["beacon"])
    if "entropy" in record and (missing := protocol.unproven(record)):
        texts.append(protocol.BANNERS[missing])
    return texts


def unique(record: dict[str, Any]) -> bool:
    """Whether enough of the announced custodians attest that before the event they received this
    commitment and no other, on paper or by signature (PROTOCOL §10.8).
    """
    return protocol.unproven(record) != "uniqueness"


def event_problems(parameters: Parameters, now: datetime) -> list[Problem]:
    """Why the announced event can't serve as the source of the seed at a freeze at ``now``
    (PROTOCOL §4.1).
    """
    if parameters.round.demonstration:
        return []
    event, problems = parameters.event, []
    if protocol.event_outcomes(event.kind, event.count) < protocol.LEAST_OUTCOMES:
        problems.append(
            Problem(
                "R03",
                "公开随机数的可能结果不足 2^40 种，内部人可以试出想要的结果",
                "请改用 16 粒骰子、两期双色球或大乐透、40 位以上的公开信标",
                file="round.toml",
                column="event.count",
                value=str(event.count),
            )
        )
    if event.notice_days < LEAST_NOTICE:
        problems.append(
            Problem(
                "R09",
                f"封库到公开活动少于 {LEAST_NOTICE} 个工作日",
                f"请改为 {LEAST_NOTICE} 或更多，公开活动相应推迟",
                file="round.toml",
                column="event.notice_days",
                value=str(event.notice_days),
            )
        )
    if parameters.round.no_custodians and event.custodians:
        problems.append(
            Problem(
                "R07",
                "写了保管人，又写了没有保管人的理由",
                "请只留一样",
                file="round.toml",
                column="round.no_custodians",
                value=parameters.round.no_custodians,
            )
        )
    elif len(event.custodians) < LEAST_CUSTODIANS and not parameters.round.no_custodians:
        problems.append(
            Problem(
                "R07",
                f"封库校验码的保管人不足 {LEAST_CUSTODIANS} 名，没有人能证实只封库了这一次",
                "请写明本科室以外的两名以上保管人，如派驻纪检监察组、配合部门；"
                "确实没有的，写明“没有保管人的理由”，每一页都会写出",
                file="round.toml",
                column="event.custodians",
                value="、".join(event.custodians),
            )
        )
    if event.time <= now:
        problems.append(
            Problem(
                "R04",
                "公开随机数产生的时间已经过去，封库必须在前",
                "请另定时间并重新公告",
                file="round.toml",
                column="event.time",
                value=event.time.isoformat(),
            )
        )
    return problems
