"""One-way imports: every module imports only modules declared before it; the core knows neither
Excel nor Jupyter.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

BASE = ("triage", "errors", "protocol")  # beside the packages
# package → its modules; each imports only from rows above, and from modules before it in its own
LAYERS = {
    "chance": ("cooldown", "chances", "estimates", "history", "views"),
    "inputs": (
        "params",
        "approvals",
        "workdays",
        "redaction",
        "screens",
        "rules",
        "headings",
        "layout",
        "biff",
        "packages",
        "sheets",
        "tables",
        "workbooks",
        "placing",
        "sheet_rows",
        "editing",
        "schema",
        "cells",
        "scopes",
        "across",
        "item_versions",
        "item_finders",
        "target_finders",
        "officer_finders",
        "plan_finders",
        "finders",
        "shifted",
        "parts",
        "accounts",
        "reader",
        "exceptions",
        "rosters",
        "signing",
        "outside",
    ),
    "drawing": (
        "words",
        "teams",
        "factors",
        "exclusions",
        "pools",
        "coverage",
        "alerts",
        "unlisted",
        "plan",
        "sizing",
        "lists",
        "changes",
        "external",
        "reconcile",
        "scans",
    ),
    "results": (
        "finding_checks",
        "findings",
        "gone",
        "registers",
        "postings",
        "corrections",
        "results",
        "followup",
        "followup_lists",
        "process",
        "exchange",
        "published",
        "publication",
        "invented",
        "invented_followup",
    ),
    "proving": (
        "proof",
        "proof_rounds",
        "proof_teams",
        "backtest_file",
        "backtest",
        "backtest_groups",
        "backtest_standing",
    ),
    "annual": (
        "year",
        "simulation",
        "forecast",
        "merging",
        "planned",
        "yields",
        "measures",
        "outcomes",
        "indicators",
        "review",
    ),
    "pages": (
        "show",
        "render",
        "forms",
        "article",
        "files",
        "marked",
        "worklist",
        "blanks",
        "resultforms",
        "rosterforms",
    ),
    "archiving": ("archive", "casebook", "check", "change_rules"),
    "documents": ("event", "receipts", "paperwork", "reports", "briefings", "dossier"),
    "stages": (
        "rounds",
        "additions",
        "differences",
        "adoption",
        "past_results",
        "rosterbooks",
        "copies",
        "sitecopies",
        "years",
        "assessment",
        "reviews",
        "papers",
        "reporting",
        "intake",
        "amend",
        "provincial",
        "followup_book",
        "returns",
        "recognition",
        "starter",
    ),
    "auditing": ("stage_checks", "audit", "lineage", "outcome", "trace"),
    "desk": (
        "exercise",
        "standing",
        "steps",
        "training",
        "telling",
        "dialogue",
        "upkeep",
        "commands",
        "preparing",
        "menu",
    ),
}
ORDER = (*BASE, *(module for modules in LAYERS.values() for module in modules), "cli")
HOME = {module: f"{package}/" for package, modules in LAYERS.items() for module in modules}
CORE = (
    *BASE,
    *(
        module
        for package in ("chance", "drawing", "results", "proving", "annual")
        for module in LAYERS[package]
    ),
    *(m for m in LAYERS["inputs"] if m not in ("sheets", "tables", "workbooks", "editing")),
)
PACKAGES = {"ssj", *(f"ssj.{package}" for package in LAYERS)}
EDGE = {
    "openpyxl",
    "python_calamine",
    "xlsxwriter",
    "xlwt",
    "pyarrow",
    "docx",
    "docxtpl",
    "jupyter",
    "jupyter_client",
    "jupyter_core",
    "jupyterlab",
    "IPython",
    "ipykernel",
    "papermill",
    "nbclient",
    "nbconvert",
    "nbformat",
}


def imports(path: Path) -> tuple[set[str], set[str]]:
    """Modules of ssj, and top-level names of all others, that a file imports anywhere."""
    own, others = set(), set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = (
            [a.name for a in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
        )
        if isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: a relative import"
            names = (
                [f"{node.module}.{name}" for name in names]
                if node.module in PACKAGES
                else [node.module]
            )
        for name in names:
            top, *rest = name.split(".")
            if top == "ssj":
                own.update(rest[1:2] if rest and rest[0] in LAYERS else rest[:1])
            else:
                others.add(top)
    return own & set(ORDER), others


def path_of(module: str) -> Path:
    return ROOT / "ssj" / f"{HOME.get(module, '')}{module}.py"


def test_every_module_has_its_place():
    assert {
        p.relative_to(ROOT / "ssj").as_posix()
        for p in (ROOT / "ssj").rglob("*.py")
        if p.stem != "__init__"
    } == {f"{HOME.get(module, '')}{module}.py" for module in ORDER} and len(set(ORDER)) == len(
        ORDER
    )


@pytest.mark.parametrize("package", LAYERS)
def test_a_package_says_what_it_is_for(package):
    """And imports nothing, so that one of its modules can be had without the others."""
    tree = ast.parse((ROOT / "ssj" / package / "__init__.py").read_text(encoding="utf-8"))
    assert len(tree.body) == 1 and ast.get_docstring(tree)


@pytest.mark.parametrize("module", ORDER)
def test_imports_go_one_way(module):
    own, _ = imports(path_of(module))
    assert own - set(ORDER[: ORDER.index(module)]) == set(), (
        f"{module} may import only what stands before it"
    )


def test_the_package_itself_imports_nothing():
    assert imports(ROOT / "ssj" / "__init__.py") == (set(), set())


def test_protocol_is_standard_library_only():
    own, others = imports(ROOT / "ssj" / "protocol.py")
    assert own == set() and others <= sys.stdlib_module_names


@pytest.mark.parametrize("module", CORE)
def test_core_imports_no_excel_and_no_jupyter(module):
    assert imports(path_of(module))[1] & EDGE == set()


def test_importing_the_core_loads_no_jupyter_and_no_workbook_library():
    """In a fresh interpreter, so that what other modules pull in counts too (pandas may load
    pyarrow).
    """
    code = (
        f"import sys, {', '.join('ssj.' + HOME.get(m, '').replace('/', '.') + m for m in CORE)}; "
        f"print(*sorted(set(sys.modules) & {EDGE - {'pyarrow'}!r}))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert answer.stdout.split() == []


def test_the_command_starts_light():
    code = (
        "import sys; from ssj import cli; print(*sorted({'pandas', 'papermill', 'pydantic', "
        "'nbconvert'} & set(sys.modules)))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert answer.stdout.split() == []
