"""Kernels whose ports are taken, that stop answering, or that compute for long."""

from __future__ import annotations

import os
import signal
import socket
import time

import nbformat
import papermill
import pytest
from conftest import FRESH_KERNEL
from jupyter_client.connect import ConnectionFileMixin
from nbclient.exceptions import CellTimeoutError

from ssj.base.errors import StoppedError
from ssj.casebook import kernels, runner


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """Kernels of their own, which must answer within seconds."""
    monkeypatch.setattr(runner, "fresh_kernel", FRESH_KERNEL)
    monkeypatch.setattr(kernels, "START", 15)


def ran(tmp_path, source: str) -> list:
    """The outputs of a cell in a fresh kernel, and the indices of cells that began."""
    cells = [
        nbformat.v4.new_code_cell("x = 1", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(source),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "language": "python"}
    (tmp_path / "stage").mkdir()
    with runner.fresh_kernel(tmp_path / "stage") as kernel:
        done = runner.execute(notebook, kernel, {"x": 2}, lambda *_: None)
    return [output["data"]["text/plain"] for output in done.cells[-1].outputs]


def take_port(monkeypatch, which: str, times: int) -> list[socket.socket]:
    """Let another program take a port between its choice and its use."""
    write, taken = ConnectionFileMixin.write_connection_file, []

    def and_take(self, **options):
        write(self, **options)
        if len(taken) < times:
            other = socket.socket()
            other.bind(("127.0.0.1", getattr(self, f"{which}_port")))
            other.listen()
            taken.append(other)

    monkeypatch.setattr(kernels, "_transport", lambda place: {"transport": "tcp"})
    monkeypatch.setattr(ConnectionFileMixin, "write_connection_file", and_take)
    return taken


@pytest.mark.parametrize("which", ["shell", "iopub", "control", "stdin", "hb"])
def test_a_port_that_another_program_took(tmp_path, monkeypatch, which):
    monkeypatch.setattr(kernels, "START", 4)
    taken = take_port(monkeypatch, which, 1)
    assert ran(tmp_path, "x + 40") == ["42"]
    assert len(taken) == 1


def test_ports_that_are_always_taken(tmp_path, monkeypatch):
    monkeypatch.setattr(kernels, "START", 4)
    take_port(monkeypatch, "iopub", 9)
    begun = time.monotonic()
    with pytest.raises(StoppedError, match="内核试了两次都没有启动，这个阶段没有登记") as caught:
        ran(tmp_path, "x")
    assert "安全软件" in caught.value.remedy and time.monotonic() - begun < 60


@pytest.mark.skipif(os.name != "posix", reason="there are no such sockets")
def test_sockets_are_in_a_folder_of_their_own(tmp_path):
    place = tmp_path / "a"
    assert kernels._transport(place) == {"transport": "ipc", "ip": str(place / "kernel")}
    assert kernels._transport(tmp_path / ("a" * 100)) == {"transport": "tcp"}


@pytest.mark.skipif(os.name != "posix", reason="needs SIGSTOP")
@pytest.mark.parametrize("transport", ["ipc", "tcp"])
def test_a_kernel_that_stops_answering(tmp_path, monkeypatch, transport):
    monkeypatch.setattr(kernels, "SILENT", 3)
    if transport == "tcp":
        take_port(monkeypatch, "hb", 0)
    source = f"import os; os.kill(os.getpid(), {int(signal.SIGSTOP)})"
    with pytest.raises(StoppedError, match="内核 3 秒没有反应，已经停止，这个阶段没有登记"):
        ran(tmp_path, source)


def test_a_cell_that_computes_for_long_is_left_alone(tmp_path, monkeypatch):
    """One that lets nothing else run in its interpreter, and longer than a kernel may be silent."""
    monkeypatch.setattr(kernels, "SILENT", 2)
    holds_the_lock = (
        "import re, time; begun = time.monotonic()\n"
        "re.match('(a|a)*b', 'a' * 23)\n"
        "while time.monotonic() < begun + 5: re.match('(a|a)*b', 'a' * 23)\n"
        "x"
    )
    assert ran(tmp_path, holds_the_lock) == ["2"]


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_kernel_that_has_ended_is_not_watched(tmp_path, monkeypatch):
    """The work after a large notebook takes longer than a kernel may be silent."""
    monkeypatch.setattr(kernels, "SILENT", 1)
    (tmp_path / "stage").mkdir()
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    notebook.metadata["kernelspec"] = {"name": "python3", "language": "python"}
    with runner.fresh_kernel(tmp_path / "stage") as kernel:
        runner.execute(notebook, kernel, {}, lambda *_: None)
        kernel.shutdown_kernel(now=True)
        time.sleep(3.5)
        assert not getattr(kernel, "silent", False)


def test_output_that_comes_late_is_told_in_words(tmp_path, monkeypatch):
    def late(*_, iopub_timeout, **options):
        assert iopub_timeout == kernels.START
        options["on_cell_start"](None, 1)
        raise CellTimeoutError("Timeout waiting for IOPub output")

    monkeypatch.setattr(papermill, "execute_notebook", late)
    with pytest.raises(StoppedError, match="内核中途停止，这个阶段没有登记"):
        ran(tmp_path, "x")


def test_a_kernel_that_dies_in_the_middle(tmp_path):
    with pytest.raises(StoppedError, match="内核中途停止，这个阶段没有登记"):
        ran(tmp_path, "import os; os._exit(1)")
