"""What holds of every released notebook: thin, clean, its cells named."""

from __future__ import annotations

import ast
import re

import pytest
from conftest import ROOT

from ssj.casebook import runner

NOTEBOOKS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
WITHOUT_COMPREHENSIONS = ("7_backtest", "9_training")
MOST_LINES = 12
NOT_THIN = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Lambda,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.If,
    ast.IfExp,
    ast.With,
    ast.Try,
    ast.Match,
)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_thin_and_clean(name):
    notebook = runner.read_notebook(ROOT / "notebooks" / f"{name}.ipynb")
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert [
        i for i in ids if not re.fullmatch(r"[a-z]+(-[a-z]+)*", i) or re.fullmatch("[0-9a-f]{8}", i)
    ] == [], "named, not random"
    tags = [tag for cell in notebook.cells for tag in cell.metadata.get("tags", [])]
    assert tags.count("parameters") == 1 and set(tags) <= {"parameters", "public"}
    assert [c.id for c in notebook.cells if set(c.metadata) - {"tags"}] == []
    refused = (*NOT_THIN, *([ast.comprehension] if name in WITHOUT_COMPREHENSIONS else []))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None), cell.id
            assert len(cell.source.splitlines()) <= MOST_LINES, cell.id
            nodes = ast.walk(ast.parse(cell.source))
            assert [node for node in nodes if isinstance(node, refused)] == [], cell.id
