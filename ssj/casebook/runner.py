"""A stage is a folder ``in/ → notebook → out/``: stage it, execute, certify, normalise, render,
seal.

Nothing about a draw is computed here: the runner copies inputs, runs the notebook in a fresh kernel
through papermill, makes sure that it ran to its end, and hands the folder to
:mod:`ssj.casebook.archive`.
"""

from __future__ import annotations

import errno
import json
import os
import platform
from collections.abc import Callable, Collection
from copy import deepcopy
from importlib import metadata
from pathlib import Path
from typing import Any

from ssj.base.errors import SsjError
from ssj.casebook import archive, kernels

ROOT, fresh_kernel = kernels.ROOT, kernels.fresh_kernel

NOTEBOOK = "notebook.ipynb"
PACKAGES = (
    "bagit",
    "jupyterlab",
    "nbclient",
    "nbconvert",
    "numpy",
    "openpyxl",
    "pandas",
    "papermill",
    "pydantic",
    "python-calamine",
    "vl-convert-python",
)
Say = Callable[[str], None]


# --- what runs ---


def versions() -> dict[str, str]:
    """Python and the packages that matter for what a stage holds."""
    return {
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in PACKAGES},
    }


# --- execute ---


def execute(
    source: Any, kernel: Any, parameters: dict[str, Any], progress: Callable[[int, int], None]
) -> Any:
    """Run a notebook node in ``kernel`` through papermill; the executed node. A kernel that does
    not start gets one more try. ``SsjError`` says what stopped it.

    ``OSError`` if the disk is full.
    """
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    total = len(source.cells) + 1  # with the injected parameters
    begun: list[int] = []

    def begin(cell: Any, cell_index: int) -> None:  # noqa: ARG001 - papermill names both
        begun.append(cell_index)
        progress(cell_index + 1, total)

    def run(kernel: Any) -> Any:
        return papermill.execute_notebook(
            deepcopy(source),
            None,
            parameters,
            kernel_name="python3",
            progress_bar=False,
            request_save_on_cell_execute=False,
            autosave_cell_every=0,
            start_timeout=kernels.START,
            iopub_timeout=kernels.START,  # what a cell shows comes after it has ended
            km=kernel,
            on_cell_start=begin,
        )

    try:
        try:
            return run(kernel)
        except (DeadKernelError, RuntimeError):
            if begun:
                raise
        with fresh_kernel(kernel.folder) as kernel:  # noqa: PLR1704 - instead of the first
            return run(kernel)
    except papermill.PapermillExecutionError as error:
        if error.ename in ("SsjError", "InputError", "RefusedError", "Infeasible", "ProtocolError"):
            raise SsjError(error.evalue.strip()) from error
        if error.evalue.startswith(f"[Errno {errno.ENOSPC}]"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
        raise SsjError(
            f"过程记录第 {error.cell_index + 1} 个单元出错：{error.ename}：{error.evalue}",
            "这个阶段没有登记。请用 ssj lab 打开过程记录逐格查看。",
        ) from error
    except (DeadKernelError, RuntimeError, CellTimeoutError) as error:
        raise kernels.stopped(kernel, bool(begun)) from error


def certify(notebook: Any, kind: str, outputs: Collection[str], out: Path) -> None:
    """``SsjError`` unless every code cell ran without error to the sentinel, and ``out/`` is
    complete.
    """
    from ssj.casebook.show import SENTINEL

    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    last = json.dumps(code[-1].outputs, ensure_ascii=False) if code else ""
    written = {p.name for p in out.iterdir()}
    if (
        not all(cell.execution_count for cell in code)
        or any(output.output_type == "error" for cell in code for output in cell.outputs)
        or f"{SENTINEL}{kind}" not in last
    ):
        raise SsjError(
            "过程记录没有完整运行，这个阶段没有登记",
            "请再运行一次；仍不成功时用 ssj lab 逐格查看。",
        )
    if written != set(outputs):
        raise SsjError(
            f"过程记录应写出 {'、'.join(sorted(outputs))}，实际为 "
            f"{'、'.join(sorted(written)) or '无'}",
            "这个阶段没有登记。请用 ssj lab 逐格查看。",
        )


def normalise(notebook: Any) -> Any:
    """Strip what differs from run to run (times, paths, random ids, interpreter): two runs are then
    byte-equal.
    """
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        cell.metadata = {"tags": tags} if tags else {}
        if "injected-parameters" in tags:
            cell.id = "injected-parameters"
        if cell.cell_type == "code":
            cell.outputs = _merged(cell.outputs)
    return notebook


def _merged(outputs: list[Any]) -> list[Any]:
    """Printed text in one piece, however the kernel flushed it."""
    merged: list[Any] = []
    for output in outputs:
        if (
            merged
            and output.output_type == "stream" == merged[-1].output_type
            and output.name == merged[-1].name
        ):
            merged[-1].text += output.text
        else:
            merged.append(output)
    return merged


def read_notebook(path: Path) -> Any:
    """A notebook node."""
    return notebook_of(path.read_bytes())


def notebook_of(data: bytes) -> Any:
    """A notebook node, from the bytes of its file."""
    import nbformat

    return nbformat.reads(data.decode("utf-8"), as_version=4)


def notebook_bytes(notebook: Any) -> bytes:
    """A notebook as it is archived."""
    import nbformat

    text: str = nbformat.writes(notebook)
    return f"{text}\n".encode()


# --- stage ---


def write_json(path: Path, value: Any) -> None:
    """JSON for people: UTF-8, one indent, final line end."""
    path.write_bytes(
        (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode("utf-8")
    )


def parameters_of(stage: dict[str, Any]) -> dict[str, Any]:
    """The few plain values that papermill injects; everything else is read from ``in/``."""
    return {key: stage[key] for key in ("round_id", "attempt")}


def read_stage(folder: Path) -> dict[str, Any]:
    """``in/stage.json`` of a stage folder, read as a record."""
    stage: dict[str, Any] = archive.read_record(folder / "in" / "stage.json")
    return stage
