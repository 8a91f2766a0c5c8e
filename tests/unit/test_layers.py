"""Rooms and their order: imports go one way; what computes knows neither Excel nor Jupyter."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from conftest import ROOT

SSJ = ROOT / "ssj"
ROOMS = (  # each imports only from rooms before it, from ``ssj.protocol`` and from its own
    "base",
    "tables",
    "rosters",
    "draw",
    "results",
    "year",
    "casebook",
    "workbooks",
    "papers",
    "site",
    "stages",
    "audit",
    "upkeep",
    "proof",
    "desk",
)
FILE_READERS = {
    *("tables/rawtables", "tables/located", "tables/redacted"),
    *("tables/sheets", "tables/workbook", "tables/writing"),
}
EDGE = {
    *("openpyxl", "python_calamine", "xlsxwriter", "xlwt", "pyarrow", "docx", "docxtpl"),
    *("jupyter", "jupyter_client", "jupyter_core", "jupyterlab", "IPython", "ipykernel"),
    *("papermill", "nbclient", "nbconvert", "nbformat"),
}
MODULES = {
    p.relative_to(SSJ).with_suffix("").as_posix(): p
    for p in sorted(SSJ.rglob("*.py"))
    if p.stem != "__init__"
}
CORE = [
    name
    for name in MODULES
    if name == "protocol"
    or (name.split("/")[0] in ROOMS[: ROOMS.index("casebook")] and name not in FILE_READERS)
]


def imports(path: Path) -> tuple[set[str], set[str]]:
    """Modules of ssj, and top-level names of all others, that a file imports anywhere."""
    own, others = set(), set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = (
            [a.name for a in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
        )
        if isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: a relative import"
            names = [f"{node.module}.{name}" for name in names]
        for name in names:
            top, *rest = name.split(".")
            if top == "ssj":
                own |= {"/".join(rest[:n]) for n in (1, 2)} & MODULES.keys()
            else:
                others.add(top)
    return own, others


def room(module: str) -> str:
    return module.partition("/")[0] if "/" in module else ""


def test_the_folders_are_the_rooms():
    folders = {p.name for p in SSJ.iterdir() if any(p.glob("*.py"))}
    assert folders == set(ROOMS)
    assert {name for name in MODULES if "/" not in name} == {"protocol", "cli"}


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_says_what_it_is_for(name):
    """And imports nothing, so that one of its modules can be had without the others."""
    tree = ast.parse((SSJ / name / "__init__.py").read_text(encoding="utf-8"))
    assert len(tree.body) == 1 and ast.get_docstring(tree)


@pytest.mark.parametrize("name", [m for m in MODULES if m != "cli"])
def test_imports_go_one_way(name):
    own, _ = imports(MODULES[name])
    place = ROOMS.index(room(name)) if room(name) else -1
    later = {m for m in own if room(m) and ROOMS.index(room(m)) > place} | (own & {"cli"})
    assert later == set(), f"{name} may import only from its own room and those before it"


def test_no_circle_within_a_room():
    graph = {name: imports(path)[0] for name, path in MODULES.items()}
    assert len([*TopologicalSorter(graph).static_order()]) == len(MODULES)


def test_the_package_itself_imports_nothing():
    assert imports(SSJ / "__init__.py") == (set(), set())


def test_protocol_is_standard_library_only():
    own, others = imports(SSJ / "protocol.py")
    assert own == set() and others <= sys.stdlib_module_names


@pytest.mark.parametrize("name", CORE)
def test_core_imports_no_excel_and_no_jupyter(name):
    assert imports(MODULES[name])[1] & EDGE == set()


def in_fresh_interpreter(code: str) -> list[str]:
    answer = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return answer.stdout.split()


def test_importing_the_core_loads_no_jupyter_and_no_workbook_library():
    """What other modules pull in counts too (pandas may load pyarrow)."""
    names = ", ".join("ssj." + name.replace("/", ".") for name in CORE)
    loaded = f"print(*sorted(set(sys.modules) & {EDGE - {'pyarrow'}!r}))"
    assert in_fresh_interpreter(f"import sys, {names}; {loaded}") == []


HEAVY = {  # module → what it loads only when that is needed
    "ssj.cli": {"pandas", "papermill", "pydantic", "nbconvert"},
    # what ``ssj status`` needs
    "ssj.desk.older": {"pandas", "numpy", "papermill", "nbconvert"},
    "ssj.desk.steps": {"pandas", "numpy", "papermill", "nbconvert", "docxtpl"},
    "ssj.stages.registry": {"pandas", "numpy", "papermill", "nbconvert"},
    "ssj.casebook.render": {"nbconvert", "nbformat", "jinja2", "pygments"},
    "ssj.casebook.show": {"pandas", "numpy", "altair", "vl_convert", "jinja2", "nbconvert"},
}


@pytest.mark.parametrize("name", HEAVY)
def test_it_starts_light(name):
    code = f"import sys, {name}; print(*sorted({HEAVY[name]} & set(sys.modules)))"
    assert in_fresh_interpreter(code) == []
