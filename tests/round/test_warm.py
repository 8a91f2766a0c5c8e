"""The tests' own interpreter makes of a notebook what a fresh kernel makes of it: the licence for
:mod:`warm`. Here a kernel executes a stage of each kind once.
"""

from __future__ import annotations

import shutil

import nbformat
import pytest
from archived import DRAW, record_of, replaceable
from conftest import new_year, ran
from returned import export
from warm import amend, approved, warm_kernel

from ssj.audit import audit
from ssj.base.errors import SsjError
from ssj.casebook import archive, runner
from ssj.stages import registry

ROUND, YEAR = "sample60", "2021"


@pytest.fixture(scope="module")
def every_kind(done_sample60, tmp_path_factory):
    """A year and a round with a stage of each kind, executed in this interpreter."""
    project = shutil.copytree(done_sample60, tmp_path_factory.mktemp("kinds") / "project")
    made = new_year(tmp_path_factory.mktemp("year"))
    shutil.copytree(made, project / "params" / YEAR)
    record = record_of(project, DRAW)
    export(project, record)
    officer, _ = replaceable(record, whole=True)
    (project / "scans").mkdir()
    (project / "scans" / f"{ROUND}-001 检查表.pdf").write_bytes(b"sample")
    ran(project, "plan", YEAR)
    ran(project, "platform", ROUND)
    assert amend(project, officer, "请假")[0] == 0
    ran(project, "papers", ROUND, "--scans", "scans")
    ran(project, "results", ROUND, "--sample")
    ran(project, "review", YEAR)
    ran(project, "void", ROUND, "--reason", "名录有误", *approved())
    entries = archive.read_entries(project / "outputs")
    assert {archive.kind_of(entry["stage"]) for entry in entries} == set(registry.kinds())
    return project


@pytest.mark.slow
@pytest.mark.parametrize("name", [ROUND, YEAR])
def test_a_fresh_kernel_gives_the_same_bytes(every_kind, real_kernels, name):
    """V9: notebook and ``out/`` of each stage."""
    report = audit.audit(every_kind / "outputs" / name, False, lambda text: None)
    assert [(s.number, s.detail) for s in report.steps if s.holds is not True] == []
    assert 9 in {s.number for s in report.steps}


def executed(kernels, folder, *sources: str):
    """A notebook of these cells, executed and normalised, or what stopped it in words."""
    folder.mkdir(parents=True)
    cells = [nbformat.v4.new_code_cell(source, id=f"c{n}") for n, source in enumerate(sources)]
    cells[0].metadata.tags = ["parameters"]
    source = nbformat.v4.new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})
    with kernels(folder) as kernel:
        try:
            node = runner.execute(source, kernel, {"n": 7}, lambda done, total: None)
        except (SsjError, OSError) as error:
            return type(error).__name__, str(error)
    return runner.notebook_bytes(runner.normalise(node))


PAGE = """print('error', file=sys.stderr)
class Page:
    def _repr_html_(self):
        return '<p>'
    def __repr__(self):
        return 'page'
Page()"""
REFUSED = """from ssj.base.errors import Problem, InputError
raise InputError([Problem('T01', '编号不对', '改正', 'targets.xlsx', '名录', n)])"""
NOTEBOOKS = {  # name → cells, and what stops them
    "what is shown": (
        (
            "n = 0",
            "import sys\nfrom pathlib import Path\nprint(n, Path.cwd().name)\nPath.cwd().exists()",
            PAGE,
            "import pandas\npandas.DataFrame({'甲': [1, 2]})",
            "x = {'文': [n, None]}",
            "x",
            "None",
            "# nothing",
        ),
        None,
    ),
    "an input that is refused": (
        (
            "n = 0",
            REFUSED,
        ),
        "编号不对",
    ),
    "a fault": (
        ("n = 0", "1 / 0", "never"),
        "第 3 个单元出错：ZeroDivisionError：division by zero",
    ),
    "a full disk": (("n = 0", "import errno\nraise OSError(errno.ENOSPC, 'full')"), "[Errno 28]"),
}


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_any_notebook(tmp_path, name, real_kernels):
    cells, stopped = NOTEBOOKS[name]
    warm = executed(warm_kernel, tmp_path / "warm" / "stage", *cells)
    assert warm == executed(runner.fresh_kernel, tmp_path / "fresh" / "stage", *cells)
    assert stopped in warm[1] if stopped else isinstance(warm, bytes)
