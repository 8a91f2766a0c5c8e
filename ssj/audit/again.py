"""V8 to V10: is the code the released one, does the notebook give the same again, do the pages?"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ssj.audit import cells
from ssj.casebook import making, runner
from ssj.casebook.kind import Archived, NotChecked, present
from ssj.casebook.runner import NOTEBOOK, Say

PARAMETERS = "injected-parameters"  # the id of papermill's cell


def sources(stage: Archived) -> Iterable[str]:
    """The archived notebook's sources are the released ones, and so is the code that the stage
    names.
    """
    code = stage.stage["code"]
    if code != runner.code_identity():
        yield (
            f"程序不是本机的这一版（档案：版本 {code['version']}，校验码 "
            f"{code['hash'][:16]}…）；如是旧版，请取回那一版再复核"
        )
    released = cells.read((runner.ROOT / "notebooks" / stage.kind.notebook).read_bytes())
    archived = cells.read((stage.data / NOTEBOOK).read_bytes())
    injected = [_assignments(c.source) for c in archived if c.id == PARAMETERS]
    if injected != [runner.parameters_of(stage.stage)]:
        yield "注入的参数与 stage.json 不一致"
    sides = [[c.source_of() for c in side if c.id != PARAMETERS] for side in (released, archived)]
    yield from (
        f"过程记录的单元 {a[0]} 与发布的不同" for a, b in zip(*sides, strict=False) if a != b
    )
    if len(sides[0]) != len(sides[1]):
        yield "过程记录的单元数与发布的不同"


def _assignments(source: str) -> dict[str, Any]:
    """Names and constants of a cell that does nothing but assign; nothing of any other."""
    try:
        return {s.targets[0].id: ast.literal_eval(s.value) for s in ast.parse(source).body}  # type: ignore[attr-defined]
    except (AttributeError, SyntaxError, ValueError):
        return {}


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
