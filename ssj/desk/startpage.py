"""``开始.ipynb``, the first page of JupyterLab (``ssj lab``): where each round stands, the next
command, links to its files. Its one code cell writes the page anew when it is run.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ssj.base import formats
from ssj.casebook import archive
from ssj.casebook.archive import kind_of
from ssj.desk import common, standing, steps, today

NAME = "开始.ipynb"
ABOUT = (
    "这一页由 `ssj lab` 写出，写的是打开时的情形。要刷新：点一下这段文字，按 `Shift+Enter`，"
    "再按一次。"
    "代码是收起的，点左边的“…”可以展开；左边栏的“目录”列出各批次。"
)
FILES = (  # heading, suffixes
    ("网页", (".html",)),
    ("表格", (".xlsx",)),
    ("文书", (".docx",)),
)
MOST = 40  # files listed of a kind


def write(home: Path, outputs: Path) -> Path:
    """Write the page beside ``params``; its path."""
    import nbformat

    from ssj.base import files
    from ssj.casebook import runner

    path = home.parent / NAME
    text = page(home, outputs, common.now())
    code = nbformat.v4.new_code_cell(
        "from pathlib import Path\n\nfrom ssj.desk import startpage\n\n"
        f"startpage.show(Path({home.name!r}), Path({_from(home.parent, outputs)!r}))",
        id="start-page",
        execution_count=1,
        metadata={"jupyter": {"source_hidden": True}},
        outputs=[
            nbformat.v4.new_output(
                "display_data", {"text/markdown": text, "text/plain": "（刷新后显示）"}
            )
        ],
    )
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell(ABOUT, id="start-about"), code],
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}
        },
    )
    files.write_whole(runner.notebook_bytes(book), path)
    return path


def show(home: Path, outputs: Path) -> Any:
    """The page as it is now, for the notebook's cell."""
    from IPython.display import Markdown

    return Markdown(page(home, outputs, common.now()))  # type: ignore[no-untyped-call]


def page(home: Path, outputs: Path, now: datetime) -> str:
    """The page as Markdown; links lead from the folder that holds ``params``."""
    book = archive.reading(outputs)
    rounds = [
        standing.Standing(folder, outputs, book.entries, now) for folder in steps.folders(home)
    ]
    said = [
        "# 双随机、一公开：各批次",
        f"{formats.stamp(now.isoformat())} 的情形。",
        *(f"注意：{_plain(text)}。" for text in book.recovered),
        _table(rounds)
        or "还没有批次。新建：`ssj new 2026Q4`；先看样例：`ssj run sample60 --demo`。",
        *_due(rounds, now),
    ]
    for it in reversed(rounds):
        said += [f"## {_plain(it.id)}", *_of_round(it, home.parent)]
    for folder in reversed(steps.years(home)):
        entries = [e for e in book.stages(folder.name) if kind_of(e["stage"]) in ("plan", "review")]
        said += [
            f"## {folder.name} 年度",
            f"已归档 {len(entries)} 次。下一步：`ssj check {folder.name}`。",
            *_links(outputs / folder.name / "files", home.parent),
        ]
    return "\n\n".join(said) + "\n"


def _due(rounds: list[standing.Standing], now: datetime) -> list[str]:
    head, *lines = today.lines(rounds, now.date())
    return [_plain(head), *["\n".join(f"- {_plain(line)}" for line in lines)] * bool(lines)]


def _table(rounds: list[standing.Standing]) -> str:
    if not rounds:
        return ""
    rows = ["| 批次 | 名称 | 做到哪一步 | 下一步 |", "| --- | --- | --- | --- |"]
    for it in reversed(rounds):
        title = it.parameters.round.title if it.parameters else "参数有问题"
        done = archive.Archive(it.outputs, []).title(it.own[-1]) if it.own else "尚未封库"
        kind = "（演示批次）" if it.demonstration else ""
        cells = (f"[{it.id}](#{it.id}){kind}", _plain(title), _plain(done), _plain(_next(it)))
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _next(it: standing.Standing) -> str:
    return steps.next_text(it) if it.parameters else f"ssj check {it.id}"


def _of_round(it: standing.Standing, base: Path) -> list[str]:
    """What is said of a round: its steps, the next command, its files."""
    if it.parameters is None:
        return [f"参数有问题。下一步：`ssj check {it.id}`。"]
    now = steps.current(it)
    rows = ["| 步骤 | | 情形 |", "| ---: | --- | --- |"]
    for step in steps.STEPS:
        mark = "**" if now and step.number == now.number else ""
        rows.append(
            f"| {step.number} | {mark}{_plain(step.title)}{mark} | {_plain(str(step.status(it)))} |"
        )
    return [
        f"下一步：{_plain(_next(it))}",
        *_links(it.files, base),
        "\n".join(rows),
    ]


def _links(folder: Path, base: Path) -> list[str]:
    """The files of a folder by kind, each as a link with its title."""
    there = sorted(p for p in folder.glob("*") if p.is_file()) if folder.is_dir() else []
    said = []
    for title, suffixes in FILES:
        own = [p for p in there if p.suffix in suffixes][:MOST]
        if own:
            links = "、".join(f"[{_plain(p.stem)}]({quote(_from(base, p))})" for p in own)
            said.append(f"{title}：{links}")
    return said


def _from(base: Path, path: Path) -> str:
    """A path as a link from a folder; the whole path where it lies elsewhere."""
    here, there = base.resolve(), path.resolve()
    return there.relative_to(here).as_posix() if there.is_relative_to(here) else there.as_posix()


def _plain(text: str) -> str:
    """Text that Markdown takes as it is."""
    return "".join(f"\\{c}" if c in "\\`*_[]<>|#~$&" else c for c in " ".join(text.split()))
