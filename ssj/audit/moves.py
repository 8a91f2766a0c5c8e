"""What was done to rosters, draws and teams from freeze to freeze: facts to look into, for which no
probability is known. Honest reasons are common; the record says what was done, people know why.

| fact | told |
| --- | --- |
| rounds | how many attempts were frozen, drawn, drawn elsewhere, are waiting |
| voids | of each void its reason, and how many drawn firms the next attempt lost and gained |
| gone | firms that a freeze lacked and that came back |
| renumbered | names that came back under another id: what was known of them begins anew |
| dipped | firms whose class was lower at one freeze only |
| left_out | firms that most freezes left out by status or recognised results |
| never | firms that were in the roster each time and in no task's scope |
| risen | firms whose class rose |
| changed | changed teams: for how many visits, for which reasons |
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ssj.audit.alarms import Finding

SHOWN = 5  # firms that are named
BY_HAND = ("X1", "X2")  # reasons that rest on a table: status, recognised results


@dataclass(frozen=True)
class Frozen:
    """An attempt as far as facts look at it: by target its name, its class's weight, its class,
    size and exclusion rule in each of its frames; drawn targets, or None; reason of its void, or
    empty; amendments as reason, whether for all visits of an officer, how many visits.
    """

    name: str
    names: Mapping[str, str]
    weights: Mapping[str, int]
    classes: Mapping[str, str]
    frames: Mapping[str, Sequence[tuple[int, str]]]
    drawn: set[str] | None
    void: str
    amendments: Sequence[tuple[str, bool, int]]
    elsewhere: bool


class Moves:
    """Takes attempts in the order of the ledger."""

    def __init__(self) -> None:
        self.frozen: list[Frozen] = []

    def take(self, frozen: Frozen) -> None:
        """One attempt more."""
        self.frozen.append(frozen)

    def findings(self) -> Iterator[Finding]:
        """The facts, those that there are."""
        drawn = [f for f in self.frozen if f.drawn is not None]
        elsewhere = sum(f.elsewhere for f in drawn)
        open_ = [f.name for f in self.frozen if f.drawn is None and not f.void]
        yield Finding(
            "rounds",
            "",
            f"封库 {len(self.frozen)} 次，抽取 {len(drawn)} 次"
            + (f"（其中外部抽取 {elsewhere} 次，没有抽中机会，不检验）" if elsewhere else "")
            + f"，作废 {sum(bool(f.void) for f in self.frozen)} 次"
            + (f"，已封库还没有抽取：{'、'.join(open_)}" if open_ else ""),
        )
        yield from self._voids()
        for topic, text, remedy, found in (
            ("gone", "名录里缺过又回来", "请核对那几次为什么没有列入", self._gone()),
            (
                "renumbered",
                "同一名称换了编号",
                "换编号的，检查历史、降频和上限从头算起，请核对是不是同一户",
                self._renumbered(),
            ),
            ("dipped", "等级只在一次封库时较低", "请核对那一次调低的依据", self._dipped()),
            (
                "left_out",
                "多数批次因状态或结果互认不抽",
                "请核对状态和互认的依据",
                self._left_out(),
            ),
            ("never", "一直在名录里，却从来不在任何任务的对象范围内", "", self._never()),
            ("risen", "等级调高过", "", self._risen()),
        ):
            if found:
                yield Finding(topic, "", f"{text}：{self._named(found)}", remedy)
        reasons = Counter(a[0] for f in self.frozen for a in f.amendments)
        if reasons:
            visits = sum(a[2] for f in self.frozen for a in f.amendments)
            said = "、".join(f"{reason} {n} 次" for reason, n in sorted(reasons.items()))
            yield Finding("changed", "", f"抽后调整：{said}，涉及 {visits} 户次")

    def _voids(self) -> Iterator[Finding]:
        for n, own in enumerate(self.frozen):
            if not own.void:
                continue
            text = f"{own.name}作废，理由：{own.void}"
            if own.drawn is None:
                text += "；作废时还没有抽取"
            elif (drawn := self._drawn_after(n)) is not None:
                lost, gained = len(own.drawn - drawn), len(drawn - own.drawn)
                text += (
                    f"；当时抽中 {len(own.drawn)} 户，下一次不再抽中 {lost} 户、新抽中 {gained} 户"
                )
            else:
                text += f"；当时抽中 {len(own.drawn)} 户，还没有再抽"
            yield Finding("voids", "", text)

    def _drawn_after(self, number: int) -> set[str] | None:
        """Whom the round drew next after its attempt ``number``."""
        own = self.frozen[number].name.partition(" ")[0]
        later = (f for f in self.frozen[number + 1 :] if f.name.partition(" ")[0] == own)
        return next((f.drawn for f in later if f.drawn is not None), None)

    def _series(self) -> Iterator[tuple[str, list[int]]]:
        """Each target and the freezes that have it."""
        for i in dict.fromkeys(i for f in self.frozen for i in f.names):
            yield i, [n for n, f in enumerate(self.frozen) if i in f.names]

    def _gone(self) -> list[str]:
        return [i for i, at in self._series() if at[-1] - at[0] >= len(at)]

    def _renumbered(self) -> list[str]:
        """Ids that are new at a freeze, while another one of the same name is no longer there."""
        found, known = [], dict[str, set[str]]()  # name → ids so far
        for f in self.frozen:
            for i, name in f.names.items():
                before = known.get(name, set())
                if i not in before and before - f.names.keys():
                    found.append(i)
            for i, name in f.names.items():
                known.setdefault(name, set()).add(i)
        return found

    def _dipped(self) -> list[str]:
        found = []
        for i, at in self._series():
            w = [self.frozen[n].weights[i] for n in at]
            if any(a > b < c for a, b, c in zip(w, w[1:], w[2:], strict=False)):
                found.append(i)
        return found

    def _left_out(self) -> list[str]:
        found = []
        for i, at in self._series():
            frames = [own for n in at if (own := self.frozen[n].frames[i])]
            out = [own for own in frames if all(not size for size, _ in own)]
            by_hand = sum(any(rule in BY_HAND for _, rule in own) for own in out)
            if len(frames) >= 2 and 2 * by_hand > len(frames):
                found.append(i)
        return found

    def _never(self) -> list[str]:
        return [
            i
            for i, at in self._series()
            if len(at) == len(self.frozen) > 1 and not any(f.frames[i] for f in self.frozen)
        ]

    def _risen(self) -> list[str]:
        found = []
        for i, at in self._series():
            w = [self.frozen[n].weights[i] for n in at]
            if any(a < b for a, b in pairwise(w)):
                found.append(i)
        return found

    def _named(self, found: Sequence[str]) -> str:
        names = {i: name for f in self.frozen for i, name in f.names.items()}
        some = "、".join(f"{names[i]}（{i}）" for i in sorted(found)[:SHOWN])
        return some + (f"等 {len(found)} 户" if len(found) > SHOWN else "")
