"""One-way imports: every module imports only modules declared before it; the core knows neither Excel nor Jupyter."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

ORDER = ("errors", "protocol", "cooldown", "chances", "history", "views", "params", "approvals", "workdays", "redaction", "screens", "headings", "layout", "biff", "packages", "sheets", "tables",
         "workbooks", "schema", "cells", "scopes", "rules", "rosters", "words", "teams", "factors", "exclusions", "plan", "sizing", "lists", "changes", "external", "reconcile",
         "scans", "findings", "registers", "results", "published", "invented", "proof", "proof_rounds", "proof_teams",
         "backtest_file", "backtest", "backtest_groups", "backtest_standing",
         "year", "simulation", "forecast", "merging", "planned", "show", "render", "archive", "casebook", "check", "forms",
         "files", "event", "receipts", "paperwork", "rounds", "copies", "years", "papers", "intake", "amend", "provincial", "returns", "starter", "exercise", "steps", "training",
         "stage_checks", "audit", "telling", "commands", "dialogue", "menu", "cli")
CORE = ("errors", "protocol", "cooldown", "chances", "history", "views", "params", "approvals", "workdays", "redaction", "screens", "headings", "layout", "schema", "cells", "scopes", "rules", "rosters",
        "words", "teams", "factors", "exclusions", "plan", "sizing", "lists", "changes", "external", "reconcile", "scans", "findings", "registers", "results", "published", "invented", "proof", "proof_rounds", "proof_teams",
        "backtest_file", "backtest", "backtest_groups", "backtest_standing",
        "year", "simulation", "forecast", "merging", "planned")
EDGE = {"openpyxl", "python_calamine", "xlsxwriter", "xlwt", "pyarrow", "docx", "docxtpl",
        "jupyter", "jupyter_client", "jupyter_core", "jupyterlab", "IPython", "ipykernel", "papermill", "nbclient", "nbconvert", "nbformat"}


def imports(path: Path) -> tuple[set[str], set[str]]:
    """Modules of ssj, and top-level names of all others, that a file imports anywhere."""
    own, others = set(), set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [a.name for a in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
        if isinstance(node, ast.ImportFrom):
            base = "ssj" + f".{node.module}" * bool(node.module) if node.level else node.module
            names = [f"{base}.{name}" for name in names] if base == "ssj" else [base]
        for name in names:
            top, _, rest = name.partition(".")
            (own if top == "ssj" else others).add(rest.partition(".")[0] if top == "ssj" else top)
    return own & {p.stem for p in (ROOT / "ssj").glob("*.py")}, others


def test_every_module_has_its_place():
    assert {p.stem for p in (ROOT / "ssj").glob("*.py")} - {"__init__"} == set(ORDER)


@pytest.mark.parametrize("module", ORDER)
def test_imports_go_one_way(module):
    own, _ = imports(ROOT / "ssj" / f"{module}.py")
    assert own - set(ORDER[:ORDER.index(module)]) == set(), f"{module} may import only what stands before it"


def test_the_package_itself_imports_nothing():
    assert imports(ROOT / "ssj" / "__init__.py") == (set(), set())


def test_protocol_is_standard_library_only():
    own, others = imports(ROOT / "ssj" / "protocol.py")
    assert own == set() and others <= sys.stdlib_module_names


@pytest.mark.parametrize("module", CORE)
def test_core_imports_no_excel_and_no_jupyter(module):
    assert imports(ROOT / "ssj" / f"{module}.py")[1] & EDGE == set()


def test_importing_the_core_loads_no_jupyter_and_no_workbook_library():
    """In a fresh interpreter, so that what other modules pull in counts too (pandas may load pyarrow)."""
    code = f"import sys; from ssj import {', '.join(CORE)}; print(*sorted(set(sys.modules) & {EDGE - {'pyarrow'}!r}))"
    answer = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True,
                            encoding="utf-8", check=True)
    assert answer.stdout.split() == []


def test_the_command_starts_light():
    code = "import sys; from ssj import cli; print(*sorted({'pandas', 'papermill', 'pydantic', 'nbconvert'} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True,
                            encoding="utf-8", check=True)
    assert answer.stdout.split() == []
