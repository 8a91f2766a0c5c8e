"""Notebooks and commands executed in the interpreter of the tests, which is warm: what a fresh
kernel or process would give, at a tenth of its time. test_warm.py compares both for every kind of
stage.
"""

from __future__ import annotations

import ast
import io
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, chdir, contextmanager, redirect_stderr, redirect_stdout
from datetime import datetime
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any
from unittest import mock

from IPython.core.formatters import DisplayFormatter
from nbformat import NotebookNode, v4
from papermill import execute_notebook
from papermill.engines import NBClientEngine, papermill_engines

from ssj import cli
from ssj.casebook import runner
from ssj.desk import common


class WarmKernel:
    """Stands in for a kernel manager: cells run in this process, in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: dict[str, Any] = {"__name__": "__main__"}
        self.show = DisplayFormatter().format

    def run(self, source: str, count: int) -> list[NotebookNode]:
        """A cell's outputs; an exception is the last one of them."""
        code = ast.parse(source)
        last = code.body.pop() if code.body and isinstance(code.body[-1], ast.Expr) else None
        printed, said, outputs = io.StringIO(), io.StringIO(), []
        try:
            with chdir(self.folder), redirect_stdout(printed), redirect_stderr(said):
                exec(compile(code, "<cell>", "exec"), self.names)
                if last is not None:
                    value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), self.names)
                    if value is not None:
                        data, metadata = self.show(value)
                        outputs = [
                            v4.new_output(
                                "execute_result", data, metadata=metadata, execution_count=count
                            )
                        ]
        except Exception as error:
            lines = traceback.format_exc().splitlines()
            outputs = [
                v4.new_output(
                    "error", ename=type(error).__name__, evalue=str(error), traceback=lines
                )
            ]
        streams = {"stdout": printed.getvalue(), "stderr": said.getvalue()}
        return [
            *(v4.new_output("stream", name=n, text=text) for n, text in streams.items() if text),
            *outputs,
        ]

    def shutdown_kernel(self, now: bool) -> None:
        """Nothing runs that could be stopped."""


@contextmanager
def warm_kernel(folder: Path) -> Iterator[WarmKernel]:
    """Instead of :func:`ssj.casebook.runner.fresh_kernel`."""
    yield WarmKernel(folder)


class WarmEngine(NBClientEngine):
    """papermill's own engine, but for notebooks whose kernel is a :class:`WarmKernel`."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> None:
        kernel = options.get("km")
        if not isinstance(kernel, WarmKernel):
            super().execute_managed_notebook(nb_man, kernel_name, **options)
            return
        count, tell = 0, options.get("on_cell_start")
        for number, cell in enumerate(nb_man.nb.cells):
            nb_man.cell_start(cell, number)
            if tell:
                tell(cell=cell, cell_index=number)
            if cell.cell_type == "code" and cell.source.strip():
                count += 1
                cell.execution_count, cell.outputs = count, kernel.run(cell.source, count)
                if any(output.output_type == "error" for output in cell.outputs):
                    nb_man.cell_exception(cell, cell_index=number)
                    break
            nb_man.cell_complete(cell, cell_index=number)


def ssj(
    project: Path, *arguments: object, env: dict[str, str] | None = None, typed: str = ""
) -> CompletedProcess[str]:
    """An ``ssj`` command in a project folder: its exit code and what it prints, as of a process."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="\n") for _ in range(2))
    words = [str(argument) for argument in arguments]
    with (
        chdir(project),
        mock.patch.dict(os.environ, env or {}),
        mock.patch.object(sys, "stdin", io.StringIO(typed)),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            code = cli.main(words)
        except SystemExit as stopped:  # as argparse does
            code = stopped.code or 0
    said = []
    for stream in (out, err):
        stream.flush()
        said.append(stream.buffer.getvalue().decode("utf-8"))
    return CompletedProcess(["ssj", *words], code, *said)


def tell(project: Path, *arguments: object) -> tuple[int, str]:
    """A command's exit code, and all that it prints."""
    answer = ssj(project, *arguments)
    return answer.returncode, answer.stdout + answer.stderr


def run(project: Path, *arguments: object, when: str = "") -> int:
    """A command's exit code, as of the moment ``when`` if that is given; it prints as tests do."""
    with ExitStack() as stack:
        stack.enter_context(chdir(project))
        if when:
            now = datetime.fromisoformat(when)
            stack.enter_context(mock.patch.object(common, "now", return_value=now))
        return cli.main([str(argument) for argument in arguments])


def approved(by: str = "演示局长") -> tuple[str, ...]:
    """What a command that needs an approval is given: who approved it, today."""
    return ("--approver", by, "--date", common.now().date().isoformat())


def amend(
    project: Path,
    officer: str,
    reason: str,
    *more: str,
    round_id: str = "sample60",
    approver: str = "演示局长",
) -> tuple[int, str]:
    """``ssj amend`` of an officer's visits: its exit code, and all that it prints."""
    asked = ("--officer", officer, "--reason", reason)
    return tell(project, "amend", round_id, *asked, *approved(approver), *more)


def alone(project: Path, *arguments: str) -> None:
    """A command that is all that this process does; its exit code is the process's."""
    runner.fresh_kernel = warm_kernel
    papermill_engines.register(None, WarmEngine)
    sys.exit(ssj(project, *arguments).returncode)


def executed(notebook: Path, folder: Path, /, **parameters: object) -> NotebookNode:
    """A notebook that is no stage, executed in a folder; papermill's error says what stopped it."""
    return execute_notebook(
        str(notebook),
        None,
        parameters,
        kernel_name="python3",
        progress_bar=False,
        km=WarmKernel(folder),
        request_save_on_cell_execute=False,
        autosave_cell_every=0,
    )


def shown(notebook: NotebookNode) -> dict[str, Any]:
    """The first output of each cell that has one, by the cell's id."""
    return {cell.id: cell.outputs[0]["data"] for cell in notebook.cells if cell.get("outputs")}
