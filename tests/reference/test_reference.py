"""Executed reference stages (made by scripts/make_reference.py) against what the notebooks do
today, by nbval.

What nbval compares, cell by cell: every output's text under each of its MIME types (text/plain,
text/html, image/svg+xml, …) and printed text, exactly. What it ignores: execution counts, output
and notebook metadata, the kind of output (display or result), tracebacks, image/png and image/jpeg,
the order between outputs of different types, files (so ``out/`` is compared here), and *every*
output of a cell without an execution count: a notebook that never ran passes. Therefore full
execution is tested first, and by other means.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from conftest import ROOT

from ssj.base.errors import SsjError
from ssj.casebook import runner
from ssj.stages.registry import kinds

HERE = Path(__file__).parent
STAGES = {Path(kind.notebook).stem: kind for kind in kinds().values()}
REMEDY = "notebooks/ or ssj/ changed: run scripts/make_reference.py and look at the difference"
# cells of 2_draw, MIME type
SPOILT = {"seed": "text/plain", "drawn": "text/html", "visit-chart": "image/svg+xml"}


def spoil(notebook: Path) -> None:
    """Change one digit in one output of each of three cells."""
    node = json.loads(notebook.read_text(encoding="utf-8"))
    for cell in node["cells"]:
        if mime := SPOILT.get(cell["id"]):
            data = cell["outputs"][0]["data"]
            data[mime] = re.sub(
                "[0-9]", lambda digit: str((int(digit[0]) + 1) % 10), "".join(data[mime]), count=1
            )
    notebook.write_text(json.dumps(node, ensure_ascii=False), encoding="utf-8")


@pytest.fixture(scope="module")
def nbval(tmp_path_factory) -> tuple[Path, dict[tuple[str, int], bool]]:
    """One nbval run over copies of all stages and a spoilt one: their folder, and (copy, code cell
    from 0) → passed.
    """
    place = tmp_path_factory.mktemp("nbval")
    for name in (*STAGES, "2_draw-spoilt"):
        shutil.copytree(HERE / name.removesuffix("-spoilt"), place / name)
        shutil.rmtree(place / name / "out")
        (place / name / "out").mkdir()
    spoil(place / "2_draw-spoilt" / runner.NOTEBOOK)
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "IPYTHONDIR": str(place / "ipython"),
        "PYTHONUTF8": "1",
    }
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "--nbval",
            "--nbval-current-env",
            "-q",
            "-p",
            "no:cacheprovider",
            "--rootdir",
            str(place),
            "--junitxml",
            "report.xml",
            ".",
        ],
        cwd=place,
        env=env,
        encoding="utf-8",
        capture_output=True,
        check=False,
    )
    assert run.returncode == 1, run.stdout + run.stderr  # the spoilt one fails
    passed = {}
    for case in ET.parse(place / "report.xml").iter("testcase"):
        stage = next(
            part
            for part in re.split(r"[./\\]", case.get("classname"))
            if part.startswith(tuple(STAGES))
        )
        passed[stage, int(case.get("name").split()[-1])] = (
            case.find("failure") is None and case.find("error") is None
        )
    return place, passed


def code_cells(stage: str) -> list:
    return [
        c
        for c in runner.read_notebook(HERE / stage / runner.NOTEBOOK).cells
        if c.cell_type == "code"
    ]


def test_every_stage_has_a_reference():
    assert {p.name for p in HERE.iterdir() if (p / runner.NOTEBOOK).exists()} == set(STAGES), REMEDY


@pytest.mark.parametrize("stage", STAGES)
def test_reference_is_fully_executed(stage):
    kind, cells = STAGES[stage], code_cells(stage)
    assert [c.execution_count for c in cells] == list(range(1, len(cells) + 1)), (
        "every code cell once, in order"
    )
    assert not [
        c.id for c in cells for output in c.outputs if output.output_type in ("error", "stream")
    ]
    notebook = runner.read_notebook(HERE / stage / runner.NOTEBOOK)
    runner.certify(notebook, kind.name, kind.outputs, HERE / stage / "out")
    never_ran = runner.read_notebook(ROOT / "notebooks" / f"{stage}.ipynb")
    with pytest.raises(SsjError, match="过程记录没有完整运行"):
        runner.certify(never_ran, kind.name, kind.outputs, HERE / stage / "out")


@pytest.mark.parametrize("stage", STAGES)
def test_sources_are_those_in_notebooks(stage):
    def sources(notebook):
        return [
            (c.id, c.cell_type, c.source, c.metadata.get("tags", []))
            for c in notebook.cells
            if c.id != "injected-parameters"
        ]

    reference = runner.read_notebook(HERE / stage / runner.NOTEBOOK)
    assert sources(reference) == sources(
        runner.read_notebook(ROOT / "notebooks" / f"{stage}.ipynb")
    ), REMEDY


@pytest.mark.slow
@pytest.mark.parametrize("stage", STAGES)
def test_nbval_passes(stage, nbval):
    test_reference_is_fully_executed(stage)  # else nbval's word means nothing
    cells = {cell: good for (name, cell), good in nbval[1].items() if name == stage}
    assert cells == dict.fromkeys(range(len(code_cells(stage))), True), REMEDY


@pytest.mark.slow
def test_nbval_notices_one_changed_digit(nbval):
    ids = [c.id for c in code_cells("2_draw")]
    failed = [
        ids[cell] for (name, cell), good in nbval[1].items() if name == "2_draw-spoilt" and not good
    ]
    assert failed == list(SPOILT)


@pytest.mark.slow
@pytest.mark.parametrize("stage", STAGES)
def test_out_is_written_byte_for_byte(stage, nbval):
    written, reference = (
        {p.name: p.read_bytes() for p in (folder / stage / "out").iterdir()}
        for folder in (nbval[0], HERE)
    )
    assert written == reference, REMEDY
