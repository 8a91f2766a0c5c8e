"""V8 to V10, and what of V3 to V7 only the program can tell that made a stage: is the code a known
one, does the notebook give the same again, do the pages?

A stage that the running code made is checked by it. One that another release made is checked by
that release, kept with the archives, in a process of its own (:mod:`ssj.audit.alone`); of it this
program says what follows from the protocol's number alone. A program that is not released is never
run, and what only it could tell is 未核验: to call it 不符 would make forgers of honest people.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterable
from enum import Enum
from functools import cache, partial
from pathlib import Path
from typing import Any

import ssj
from ssj import protocol
from ssj.audit import cells
from ssj.base.errors import SsjError
from ssj.casebook import archive, environments, making, program, runner
from ssj.casebook.kind import Archived, NotChecked, present
from ssj.casebook.program import Files
from ssj.casebook.runner import NOTEBOOK, Say
from ssj.protocol import Record

Check = Callable[[Archived], Iterable[str]]
ALONE = "ssj/audit/alone.py"
PARAMETERS = "injected-parameters"  # the id of papermill's cell


class Maker(Enum):
    """Who made a stage, as seen from the running program."""

    THIS = "this very program"
    ALIKE = "another program with the same code for this kind of stage"
    OTHER = "a program whose code for it differs"


class Makers:
    """The programs that made the stages of an archive, as seen from the running one; each check is
    done by the program that made the stage. ``fast``: nothing is executed again, no environment is
    installed.
    """

    def __init__(self, fast: bool, say: Say) -> None:
        self.fast, self.say = fast, say
        self.files = program.files()
        self.running = program.digest(self.files)
        self._of, self._asked = cache(self._find), cache(self._ask)

    def of(self, stage: Archived) -> Maker:
        """Which program made a stage, by what its ``stage.json`` says (V8 holds that against
        facts).
        """
        return self._of(stage.data, stage.kind.notebook)

    def _find(self, data: Path, notebook: str) -> Maker:
        if archive.other_format(data):
            return Maker.OTHER
        try:
            stage = runner.read_stage(data)
            if stage["versions"].get(program.NAMED_BY) == self.running:
                return Maker.THIS
            return Maker.ALIKE if stage["code"]["hash"] == self._code(notebook) else Maker.OTHER
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            return Maker.THIS  # whose strict reading says what is wrong with it

    def _code(self, notebook: str) -> str:
        return program.digest(program.code_files(notebook, self.files))

    # --- V8

    def sources(self, stage: Archived) -> Iterable[str]:
        """The archived notebook's sources are those of the program that the stage names, and that
        program has the code hash that it names. A draw ran under the code of its freeze.
        """
        code, notebook = stage.stage["code"], stage.kind.notebook
        if stage.kind.name == "draw" and code["hash"] != stage.record["code"]["hash"]:
            yield "抽取所用的程序与封库时不同"
        archived = cells.read((stage.data / NOTEBOOK).read_bytes())
        injected = [_assignments(c.source) for c in archived if c.id == PARAMETERS]
        if injected != [runner.parameters_of(stage.stage)]:
            yield "注入的参数与 stage.json 不一致"
        if self.of(stage) is Maker.THIS and code["version"] != ssj.__version__:
            yield f"所称的程序（本机这一份）不是 ssj {code['version']}"
        other = self.of(stage) is Maker.OTHER
        files = _kept(stage) if other else self.files
        if not other and code["hash"] != self._code(notebook):
            yield f"程序校验码 {code['hash'][:16]}… 与所称的程序（本机这一份）不符"
        released = cells.read(files[f"notebooks/{notebook}"])
        sides = [
            [c.source_of() for c in side if c.id != PARAMETERS] for side in (released, archived)
        ]
        yield from (
            f"过程记录的单元 {a[0]} 与发布的不同" for a, b in zip(*sides, strict=False) if a != b
        )
        if len(sides[0]) != len(sides[1]):
            yield "过程记录的单元数与发布的不同"

    def told(self, stages: Iterable[Archived]) -> str:
        """Which program made which stage, in words."""
        makers: dict[str, list[str]] = {}
        for stage in stages:
            version = stage.stage["code"].get("version")
            known = "已发布" if program.release_of(stage.stage) else "未发布"
            here = {
                Maker.THIS: "就是本机这一份",
                Maker.ALIKE: "与本机程序不同，但决定结果的部分相同",
                Maker.OTHER: "与本机程序不同",
            }
            makers.setdefault(f"ssj {version}（{known}，{here[self.of(stage)]}）", []).append(
                stage.name
            )
        return "；".join(f"{'、'.join(names)} 用 {text}" for text, names in makers.items())

    # --- V3 to V7, V9, V10

    def check(self, number: int, own: Check) -> Check:
        """Step ``number`` of a stage: ``own`` where the running code made it."""
        return partial(self._checked, number, own)

    def _checked(self, number: int, own: Check, stage: Archived) -> Iterable[str]:
        by = self.of(stage)
        if by is Maker.OTHER:
            unchecked = []
            for part in (by_protocol(stage, number), self._answer(stage, number)):
                try:
                    yield from part
                except NotChecked as error:
                    unchecked.append(str(error))
            if unchecked:
                raise NotChecked("；".join(dict.fromkeys(unchecked)))
        elif by is Maker.ALIKE and number in (9, 10):
            # what differs may be the code around the notebook, or the templates of pages
            if any(own(stage)):
                yield from self._answer(stage, number)
        else:
            yield from own(stage)

    def _answer(self, stage: Archived, number: int) -> Iterable[str]:
        try:
            answer = self._asked(stage.data)[str(number)]
        except NotChecked:
            if number in (4, 5, 6, 7):  # the protocol has said what there is to say, for ever
                return
            raise
        yield from answer["found"]
        if answer["unchecked"]:
            raise NotChecked(answer["unchecked"])

    def _ask(self, data: Path) -> dict[str, Record]:
        """What the program that made a stage says of it, by step."""
        outputs, stage = data.parents[2], runner.read_stage(data)
        try:
            release, files = program.kept(outputs, stage)
            if ALONE not in files:
                raise SsjError(
                    f"ssj {release.version} 还不能单独核验一个阶段", "请用那一版复核整个批次。"
                )
            wheels = outputs / program.KEPT / "wheels"
            python = environments.python_for(files[environments.LOCK], wheels, not self.fast)
        except SsjError as error:
            raise NotChecked(f"{error.message}；{error.remedy}") from error
        self.say(f"用 ssj {release.version} 核验 {data.parent.name}")
        said: list[str] = []
        where = (str(outputs), data.parents[1].name, data.parent.name)
        more = ("--fast",) if self.fast else ()
        code = environments.run(files, python, "ssj.audit.alone", *where, *more, say=said.append)
        if code or not said:
            raise NotChecked(f"ssj {release.version} 没有完成核验：{said[-1] if said else code}")
        answer: dict[str, Record] = json.loads(said[-1])
        return answer


def _kept(stage: Archived) -> Files:
    """The released program that made a stage; :class:`NotChecked` with the remedy if it is not
    there.
    """
    try:
        return program.kept(stage.data.parents[2], stage.stage)[1]
    except SsjError as error:
        raise NotChecked(f"{error.message}；{error.remedy}") from error


def _assignments(source: str) -> dict[str, Any]:
    """Names and constants of a cell that does nothing but assign; nothing of any other."""
    try:
        return {s.targets[0].id: ast.literal_eval(s.value) for s in ast.parse(source).body}  # type: ignore[attr-defined]
    except (AttributeError, SyntaxError, ValueError):
        return {}


def by_protocol(stage: Archived, number: int) -> Iterable[str]:
    """What the protocol says of V3 to V7 of whatever records a stage wrote, by their own protocol
    number, whichever program and archive format they come from.
    """
    if number not in (3, 4, 5, 6, 7):
        return
    unchecked = ""
    for path in present(stage.data / "out"):
        record = archive.read_record(path) if path.suffix == ".json" else {}
        if not {"tables", "commitment"} <= record.keys():
            continue
        for step in protocol.examine(record):
            if step.number == number and step.holds is False:
                yield f"out/{path.name}：{step.detail}"
            elif step.number == number and step.holds is None and "entropy" in record:
                unchecked = step.detail
    if unchecked:
        raise NotChecked(unchecked)


def execution(
    stage: Archived, say: Say, differ: Callable[[dict[str, str]], Any] = lambda _: None
) -> Iterable[str]:
    """The notebook run again in a fresh kernel: ``out/`` and the normalised notebook must be
    byte-equal. ``differ`` is given each cell that is not (:func:`cells.differing`).
    """
    data = stage.data
    with stage.staged() as folder:
        with runner.fresh_kernel(folder) as kernel:
            executed = making.execute(folder, stage.kind, kernel, stage.stage, say)
        for name in sorted({p.name for part in (data, folder) for p in present(part / "out")}):
            pair = [part / "out" / name for part in (data, folder)]
            if not all(p.exists() for p in pair) or pair[0].read_bytes() != pair[1].read_bytes():
                yield f"重新执行得到的 out/{name} 不同"
        before = (data / NOTEBOOK).read_bytes()
        if executed != before:
            yield _first_cell(executed, data / NOTEBOOK)
            for row in cells.differing(before, executed):
                differ({"stage": stage.name, **row})


def _first_cell(executed: bytes, archived: Path) -> str:
    again, before = runner.notebook_of(executed), runner.read_notebook(archived)
    different = [a.id for a, b in zip(again.cells, before.cells, strict=False) if a != b]
    return f"重新执行得到的过程记录不同（单元 {'、'.join(different[:3]) or '数量或元数据'}）"


def pages(stage: Archived) -> Iterable[str]:
    """The pages rendered again; another nbconvert may render otherwise, so that is not checked."""
    made_with = stage.stage["versions"]["nbconvert"]
    if made_with != runner.versions()["nbconvert"]:
        raise NotChecked(f"nbconvert 版本不同（档案 {made_with}）")
    rendered = making.render_pages(stage.data, stage.kind, stage.stage["round_id"])
    for audience, page in rendered.items():
        if page.encode("utf-8") != (stage.data / f"{audience}.html").read_bytes():
            yield f"{audience}.html 与重新生成的不同"
