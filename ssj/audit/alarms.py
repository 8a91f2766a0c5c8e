"""What honest rounds do only rarely, seen over many of them: the topics, their tests, their words.

Each round can pass its audit and the rounds together still not be honest: a friend who is never
drawn, voids until the draw suits, a grader who lifts a rival's class. Here all rounds are held
against what their frozen records declare. Each topic gives a false alarm with a probability of at
most :data:`RATE`, for as long as the archive goes on (:mod:`ssj.audit.evidence`); all together,
less than 1 %.

| topic | counted | against |
| --- | --- | --- |
| firm | drawn by the task of its largest chance, in draws that count | that chance, exact |
| voided | the same from the first void on: more in voided draws, less in others | that chance |
| section, class | visits | redrawn rounds |
| order | mean place of the visited, by id and by row of the roster | redrawn rounds |
| meets | officers at firms where they had been before: more often | teams matched anew |
| pairs | officers together who had been together before: more often | teams matched anew |
| amended | visits whose team was changed, of a firm: more often | any visit as likely |
| raised | problems found at a firm whose class rose without a recorded reason: fewer | others of
  that class visited in the same round, any as likely |

The last one rests on more than the protocol: on firms of one class being alike in what is found.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from math import inf
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ssj.audit import evidence
from ssj.audit.evidence import Evidence
from ssj.base.formats import exact, measured, thousands

RATE = 0.001  # of a false alarm of one topic, for the whole life of an archive
EITHER, MORE = (0.5, 1.0, 2.0, -0.5, -1.0, -2.0), (0.5, 1.0, 2.0)


@dataclass(frozen=True)
class Unit:
    """A target that some task of the attempt may draw. ``weight``: of its class; ``grounds``:
    something was recorded since the freeze before that may raise its class; ``place``: its row in
    the roster; ``chance``: the largest of its chances that are below 1, 0 if there is none;
    ``drawn``: by that task.
    """

    id: str
    name: str
    section: str
    risk_class: str
    weight: int
    grounds: bool
    place: int
    chance: float
    drawn: bool


@dataclass(frozen=True)
class Teams:
    """Who goes where: ``seated`` is draws × officers × targets, first what was drawn, then teams
    matched with other tickets; ``went``: officer and target, after amendments.
    """

    officers: Sequence[str]
    targets: Sequence[str]
    seated: NDArray[np.bool_]
    went: Collection[tuple[str, str]]


@dataclass(frozen=True)
class Attempt:
    """A drawn attempt of a round. ``visited``: draws × units (these in id order), first what was
    drawn, then simulated draws of the same frames; ``amended``: visits from which an officer was
    taken, by name of the visit; ``problems``: answered visits, whether a problem was found.
    """

    name: str
    voided: bool
    units: Sequence[Unit]
    visited: NDArray[np.bool_]
    teams: Teams | None = None
    amended: frozenset[str] = frozenset()
    problems: Mapping[str, bool] = field(default_factory=dict)


class Topic(NamedTuple):
    """What a topic is called, what one of its members is, what is counted, and what to do about an
    alarm.
    """

    title: str
    member: str
    unit: str
    remedy: str


_HEADS = "请向保管人核对历次封库校验码"
TOPICS = {
    "firm": Topic(
        "各户抽中的次数", "户", "次", f"请核对这一户历次的抽中机会、名录和作废记录，{_HEADS}"
    ),
    "voided": Topic(
        "作废与否和抽中了谁",
        "户",
        "次",
        "请逐次核对作废的理由和审批，看作废是不是为了这一户",
    ),
    "section": Topic("各主管股室的户次", "个股室", "户次", f"请核对这个股室报送的名录，{_HEADS}"),
    "class": Topic("各等级的户次", "个等级", "户次", _HEADS),
    "order": Topic("抽中与先后次序", "种次序", "（各次平均位次相加：0 最前，1 最后）", _HEADS),
    "meets": Topic(
        "检查人员再次到同一户", "", "人次", "请核对检查组与检查对象，必要时启用轮换（rotation）"
    ),
    "pairs": Topic("检查人员再次同组", "", "对次", f"请核对检查组的搭配，{_HEADS}"),
    "amended": Topic("抽后调整集中在哪一户", "户", "次", "请核对这一户历次换人的理由和审批"),
    "raised": Topic(
        "等级调高而无记载的户，各户查出问题的次数",
        "户",
        "次",
        "请核对调高等级的依据，以及是谁评定的",
    ),
}
# topic → the alternatives: odds of a draw, of a problem; or tilts of a statistic
ODDS = {
    "firm": (0.0, 0.25, 4.0),
    "voided": (4.0, inf),
    "amended": (4.0, inf),
    "raised": (0.0, 0.1, 0.25),
}
KEPT = (0.25, 0.0)  # of voided, in a draw that was not voided
TILTS = {"section": EITHER, "class": EITHER, "order": EITHER, "meets": MORE, "pairs": MORE}
BY_ID, BY_ROW = "按编号的次序", "按名录的行次"
ALL = "全部"


class Finding(NamedTuple):
    """One thing that was held against the declared chances. ``who``: the member that an alarm is
    about, empty for a whole topic; ``statistic``: the e-value; ``p``: a bound on the probability
    that honest rounds ever give this or more; ``level``: the false-alarm rate; ``since``: the round
    in which the alarm was due first. A fact (no statistics) has neither p nor level.
    """

    topic: str
    who: str
    text: str
    remedy: str = ""
    declared: float | None = None
    realised: float | None = None
    statistic: float | None = None
    p: float | None = None
    level: float | None = None
    alarm: bool = False
    since: str = ""
    demonstration: bool = False


class Across:
    """Takes attempts in the order of the ledger, one at a time, and says what they come to."""

    def __init__(self, rate: float = RATE) -> None:
        self.topics = {
            key: Evidence(rate, [1 / len(own)] * len(own)) for key, own in (ODDS | TILTS).items()
        }
        self.attempts: list[str] = []
        self.voids = 0
        self.names: dict[str, str] = {}
        self.met: Counter[tuple[str, str]] = Counter()
        self.together: Counter[tuple[str, str]] = Counter()
        self.weights: dict[str, int] = {}  # of each target's class at the last freeze
        self.risen: dict[str, int] = {}  # raised without reason → the weight before

    def take(self, attempt: Attempt) -> None:
        """Count one attempt more."""
        self.attempts.append(attempt.name)
        self.names |= {u.id: u.name for u in attempt.units}
        self._grades(attempt)
        if not attempt.voided:
            self._chances(attempt, "firm", ODDS["firm"])
        self.voids += attempt.voided
        if self.voids:
            self._chances(attempt, "voided", ODDS["voided"] if attempt.voided else KEPT)
        if attempt.voided:
            return
        self._groups(attempt)
        self._order(attempt)
        self._teams(attempt)
        self._amended(attempt)
        self._raised(attempt)

    @property
    def alarms(self) -> list[tuple[str, str]]:
        """Topic and member of each alarm."""
        return [(key, m) for key, own in self.topics.items() for m in own.alarms()]

    # --- counting ---------------------------------------------------------------------------------

    def _grades(self, attempt: Attempt) -> None:
        """Whose class rises though nothing was recorded since the freeze before, and who is above
        where such a rise began.
        """
        for u in attempt.units:
            before = self.weights.get(u.id, u.weight)
            if u.weight > before and not u.grounds:
                self.risen.setdefault(u.id, before)
            elif u.weight <= self.risen.get(u.id, 0):
                self.risen.pop(u.id, None)
            self.weights[u.id] = u.weight

    def _chances(self, attempt: Attempt, topic: str, alternatives: Sequence[float]) -> None:
        own, some = self.topics[topic], [u for u in attempt.units if u.chance > 0]
        own.enter(u.id for u in some)
        for u in some:
            factors = [evidence.of_chance(odds, u.chance, u.drawn) for odds in alternatives]
            own.add(u.id, factors, u.chance, u.drawn, attempt.name)

    def _redrawn(self, topic: str, member: str, values: NDArray[np.float64], when: str) -> None:
        own = self.topics[topic]
        factors = evidence.of_redrawn(values, TILTS[topic])
        own.add(member, factors, float(values.mean()), float(values[0]), when)

    def _groups(self, attempt: Attempt) -> None:
        for topic, key in (("section", "section"), ("class", "risk_class")):
            places: dict[str, list[int]] = defaultdict(list)
            for place, unit in enumerate(attempt.units):
                places[getattr(unit, key)].append(place)
            self.topics[topic].enter(sorted(places))
            for group, own in sorted(places.items()):
                counts = np.count_nonzero(attempt.visited[:, own], axis=1).astype(float)
                self._redrawn(topic, group, counts, attempt.name)

    def _order(self, attempt: Attempt) -> None:
        """Mean places of the visited ones, 0 the first and 1 the last."""
        self.topics["order"].enter((BY_ID, BY_ROW))
        count = len(attempt.units)
        rows = np.argsort(np.argsort([u.place for u in attempt.units]))
        visits = np.maximum(np.count_nonzero(attempt.visited, axis=1), 1)
        for name, places in ((BY_ID, np.arange(count)), (BY_ROW, rows)):
            sums = attempt.visited.astype(float) @ (places / max(1, count - 1))
            self._redrawn("order", name, sums / visits, attempt.name)

    def _teams(self, attempt: Attempt) -> None:
        """How often officers had been at the same firm, and with the same colleague, before."""
        teams = attempt.teams
        if teams is None:
            return
        for topic in ("meets", "pairs"):
            self.topics[topic].enter((ALL,))
        people, seated = teams.officers, teams.seated.astype(float)
        met = np.array([[self.met[o, t] for t in teams.targets] for o in people], float)
        together = np.array([[self.together[a, b] for b in people] for a in people], float)
        self._redrawn("meets", ALL, np.tensordot(seated, met, 2), attempt.name)
        pairs = seated @ seated.transpose(0, 2, 1)
        self._redrawn("pairs", ALL, np.tensordot(pairs, together, 2) / 2, attempt.name)
        self.met.update(teams.went)
        at: dict[str, list[str]] = defaultdict(list)
        for officer, target in teams.went:
            at[target].append(officer)
        self.together.update(pair for team in at.values() for pair in permutations(team, 2))

    def _amended(self, attempt: Attempt) -> None:
        own = self.topics["amended"]
        drawn = [u.id for u, here in zip(attempt.units, attempt.visited[0], strict=True) if here]
        share = len(attempt.amended) / max(1, len(drawn))
        own.enter(drawn)
        for target in drawn if 0 < share < 1 else ():
            hit = target in attempt.amended
            factors = [evidence.of_chance(odds, share, hit) for odds in ODDS["amended"]]
            own.add(target, factors, share, hit, attempt.name)

    def _raised(self, attempt: Attempt) -> None:
        """Problems at firms raised without reason, class by class."""
        own = self.topics["raised"]
        own.enter(sorted(self.risen))
        of_class: dict[str, list[str]] = defaultdict(list)
        for u in attempt.units:
            if u.id in attempt.problems:
                of_class[u.risk_class].append(u.id)
        for visited in of_class.values():
            share = sum(attempt.problems[i] for i in visited) / len(visited)
            for i in visited if 0 < share < 1 else ():
                if i in self.risen:
                    hit = attempt.problems[i]
                    factors = [evidence.of_chance(odds, share, hit) for odds in ODDS["raised"]]
                    own.add(i, factors, share, hit, attempt.name)

    # --- words ------------------------------------------------------------------------------------

    def findings(self) -> list[Finding]:
        """A row for all, one for each topic, those of its alarms after it."""
        rate, alarms = len(TOPICS) * self.topics["firm"].rate, len(self.alarms)
        text = (
            f"{len(self.attempts)} 次抽取，{len(TOPICS)} 类检验：警示 {alarms} 项"
            f"（合计误报率不超过 {_rate(rate)}，从第一次抽取起，不论复核多少次）"
        )
        told = "警示是请人去查的线索，不是结论；没有警示也不证明没有问题"
        first = Finding("all", "", text, told, level=rate, alarm=bool(alarms))
        return [
            first,
            *(f for topic in TOPICS for f in (self._whole(topic), *self._alarmed(topic))),
        ]

    def _whole(self, topic: str) -> Finding:
        own, title = self.topics[topic], TOPICS[topic].title
        known = list(own.members.values())
        if not any(m.expected for m in known):
            return Finding(topic, "", f"{title}：没有可以比较的，没有检验")
        declared, realised = (sum(getattr(m, key) for m in known) for key in ("expected", "seen"))
        strongest = max(own.members, key=lambda m: own.members[m].largest * own.level(m))
        alarms = len(own.alarms())
        largest = own.members[strongest].largest
        p = min(1.0, own.rate / (largest * own.level(strongest)))
        many = f"{len(known)} {TOPICS[topic].member}，" if TOPICS[topic].member else ""
        counted = many + _against(topic, declared, realised)
        said = f"警示 {alarms} 项" if alarms else "没有警示"
        text = f"{title}：{counted}，{said}（误报率不超过 {_rate(own.rate)}）"
        return Finding(topic, "", text, "", declared, realised, largest, p, own.rate, bool(alarms))

    def _alarmed(self, topic: str) -> Iterable[Finding]:
        own = self.topics[topic]
        for member in own.alarms():
            m, level = own.members[member], own.level(member)
            name = f"{self.names[member]}（{member}）" if member in self.names else member
            text = (
                f"{TOPICS[topic].title}：{'' if member == ALL else f'{name}，'}"
                f"{_against(topic, m.expected, m.seen)}；照实抽取而碰巧如此的概率不超过 "
                f"{_rate(1 / m.largest)}，从 {m.reached} 起超过警示线"
                f"（误报率不超过 {_rate(level)}）"
            )
            yield Finding(
                topic,
                member,
                text,
                TOPICS[topic].remedy,
                m.expected,
                m.seen,
                m.largest,
                min(1.0, 1 / m.largest),
                level,
                True,
                m.reached,
            )


def _against(topic: str, declared: float, realised: float) -> str:
    unit = TOPICS[topic].unit
    return f"合计应为 {measured(declared, 1)}，实为 {measured(realised, 1)} {unit}"


def _rate(rate: float) -> str:
    """A small probability: ``0.1 %``, and below that one in so many, rounded up."""
    if rate >= 0.001:
        return exact(f"{rate:.4f}")
    return f"{thousands(int(1 / rate))} 分之一" if rate > 1e-12 else "万亿分之一"
