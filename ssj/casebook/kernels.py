"""A fresh kernel for each notebook: started, watched, and gone afterwards.

Where the platform has them, kernel and program talk through sockets in a folder of their own, which
nobody else can take. Elsewhere they talk through ports; another program may take one between its
choice and its use, so a kernel that does not answer in time gets one more try, on other ports. A
cell may take as long as it likes: a kernel is given up only if its heart, which beats beside its
computing, stops for :data:`SILENT` seconds on end.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from subprocess import DEVNULL
from threading import Event, Thread
from typing import Any

import ssj
from ssj.base.errors import StoppedError

ROOT = Path(ssj.__file__).resolve().parents[1]
START = 90  # seconds in which a kernel must answer
SILENT = 60  # seconds without a heartbeat after which it is given up
LONGEST = 80  # characters of a folder for sockets, whose whole path may have some 100


@cache
def _specs() -> Any:
    """A kernel of this very interpreter, whatever kernels the user has installed."""
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager

    class OwnKernel(KernelSpecManager):
        def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
            argv = [
                sys.executable,
                "-m",
                "ipykernel_launcher",
                "-f",
                "{connection_file}",
                "--HistoryManager.enabled=False",
            ]
            return KernelSpec(argv=argv, display_name="Python 3", language="python")

    return OwnKernel()


@cache
def _manager() -> Any:
    from jupyter_client.manager import KernelManager

    class Kernel(KernelManager):
        clients: tuple[Any, ...] = ()
        silent = False  # whether it was given up

        def client(self, **options: Any) -> Any:
            self.clients += (super().client(**options),)
            return self.clients[-1]

        def begin(self, folder: Path) -> None:
            self.folder = folder
            paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
            env = {
                **os.environ,
                "IPYTHONDIR": str(folder.parent / "ipython"),
                "PYTHONHASHSEED": "0",
                "PYTHONUTF8": "1",
                "PYTHONDONTWRITEBYTECODE": "1",
                "PYTHONPATH": os.pathsep.join(paths),
            }
            self.start_kernel(cwd=str(folder), env=env, stdout=DEVNULL, stderr=DEVNULL)

        def watch(self, over: Event) -> None:
            """Kill the process when its heart, which has beaten, stays still; until ``over``."""
            still: int | None = None
            while not over.wait(1):
                heart = self.clients[-1]._hb_channel if self.clients else None
                if heart is not None and heart.is_beating():
                    still = 0
                elif still is not None:
                    still += 1
                process = getattr(self.provisioner, "process", None)  # none once it has ended
                if still == SILENT and process is not None:
                    self.silent = True
                    process.kill()

    return Kernel


@contextmanager
def fresh_kernel(folder: Path) -> Iterator[Any]:
    """A kernel that starts in ``folder``, undisturbed by the user's profile; gone afterwards."""
    place, over = Path(tempfile.mkdtemp(prefix="ssj-")), Event()
    kernel = _manager()(kernel_name="python3", kernel_spec_manager=_specs(), **_transport(place))
    kernel.client_class = "jupyter_client.asynchronous.AsyncKernelClient"
    watching = Thread(target=kernel.watch, args=(over,), daemon=True)
    try:
        kernel.begin(folder)
        watching.start()
        yield kernel
    finally:
        over.set()
        if kernel.has_kernel:
            kernel.shutdown_kernel(now=True)
        # nbclient leaves a kernel's client open that it did not start: some twelve files for each
        # stage
        for client in kernel.clients:
            client.stop_channels()
            client.context.destroy(linger=0)
        shutil.rmtree(place, ignore_errors=True)


def _transport(place: Path) -> dict[str, Any]:
    """How kernel and program talk."""
    if os.name == "posix" and len(str(place)) <= LONGEST:
        return {"transport": "ipc", "ip": str(place / "kernel")}
    return {"transport": "tcp"}


def stopped(kernel: Any, begun: bool) -> StoppedError:
    """Why a kernel did not come to the end of its notebook, of which a cell had ``begun``."""
    if not begun:
        return StoppedError(
            "运行过程记录的内核试了两次都没有启动，这个阶段没有登记",
            "请关闭其他程序后再运行一次；仍不成功的，检查安全软件是否拦截了 Python，或重启电脑。",
        )
    if getattr(kernel, "silent", False):
        return StoppedError(
            f"运行过程记录的内核 {SILENT} 秒没有反应，已经停止，这个阶段没有登记",
            "请关闭其他占用内存的程序后再运行一次。",
        )
    return StoppedError(
        "运行过程记录的内核中途停止，这个阶段没有登记", "请关闭其他占用内存的程序后再运行一次。"
    )
