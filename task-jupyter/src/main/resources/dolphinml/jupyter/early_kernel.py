# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Starts the kernel while papermill is still being imported: both take about as long and are independent."""

import asyncio
import os
import shutil
import subprocess
import tempfile
import time
from typing import TYPE_CHECKING, Any, Callable, ContextManager, Optional, Union

from dolphinml.jupyter import kernel_specs
from dolphinml.jupyter.kernel_output import is_ipykernel, prepare_manager

if TYPE_CHECKING:
    from jupyter_client.manager import KernelManager

    from dolphinml.jupyter.kernel_text import KernelText
    from dolphinml.jupyter.ready_kernel import ForkedKernel

# How long a kernel may take to shut down; the same as in jupyter_client.
SECONDS_TO_END = 5.0
SECONDS_BETWEEN_LOOKS = 0.005

FOLDER = "dolphinml-kernel-"
SECONDS_UNTIL_STALE = 3600

# A socket's path may have 107 bytes; the process id, a random part and the socket's name follow the folder.
LONGEST_FOLDER = 70


# The kernel's process, with the methods that jupyter_client uses.
KernelProcess = Union["subprocess.Popen[bytes]", "ForkedKernel"]


class EarlyKernel:
    """A kernel that is started before the notebook runs and passed to papermill's own client."""

    _loop: asyncio.AbstractEventLoop

    def __init__(self, name: str, make_folder: Callable[[str, str], str], kernel_text: "KernelText") -> None:
        """`make_folder(parent, prefix)` creates a folder that is removed with the run."""
        from jupyter_client.manager import AsyncKernelManager

        self.manager = AsyncKernelManager(kernel_name=name, kernel_spec_manager=kernel_specs.manager())
        # nbclient sets the same on the managers that it creates.
        self.manager.client_class = "jupyter_client.asynchronous.AsyncKernelClient"
        prepare_manager(self.manager, kernel_text)
        self._make_folder = make_folder
        self._folder: Optional[str] = None

    def start(self, cwd: Optional[str], launching: ContextManager[Any]) -> None:
        """`launching` is the context in which jupyter_client launches the kernel."""
        if is_ipykernel(self.manager.kernel_spec.argv):
            # Sockets in a private folder: no other user can reach them, and there are no TCP ports to race for.
            self._folder = _socket_folder(self._make_folder)
        if self._folder:
            self.manager.transport = "ipc"
            self.manager.connection_file = os.path.join(self._folder, "kernel.json")
        # One event loop for the manager's whole life; nbclient will use the same one.
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        options = {"cwd": cwd} if cwd else {}
        with launching:
            self._loop.run_until_complete(
                _awaited(self.manager.start_kernel(extra_arguments=["--HistoryManager.hist_file=:memory:"], **options))
            )

    def request_end(self) -> None:
        """Requests the kernel's shutdown without waiting for it."""
        try:
            self._loop.run_until_complete(_awaited(self.manager.request_shutdown()))
        except Exception:  # a kernel that does not respond is killed
            pass

    def wait_for_end(self) -> None:
        """Waits until the kernel has ended; kills it after SECONDS_TO_END."""
        deadline = time.monotonic() + SECONDS_TO_END
        while exit_code(self.manager) is None and time.monotonic() < deadline:
            time.sleep(SECONDS_BETWEEN_LOOKS)
        child = process(self.manager)
        if child is not None and child.poll() is None:
            child.kill()

    def remove_files(self) -> None:
        """Removes the connection file and the sockets of the kernel."""
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            _remove_stale(os.path.dirname(self._folder))
        else:
            self.manager.cleanup_connection_file()


def _socket_folder(make: Callable[[str, str], str]) -> Optional[str]:
    """Creates a folder for sockets that only its owner may enter; returns None if every path would be too long."""
    for parent in (tempfile.gettempdir(), "/tmp"):
        if len(os.path.join(parent, FOLDER)) <= LONGEST_FOLDER:
            try:
                return make(parent, FOLDER + "%d-" % os.getpid())
            except OSError:
                continue
    return None


def _remove_stale(parent: str) -> None:
    """Removes the folders of runs whose process is gone, for example because the worker was killed with them.

    Recent folders stay: a process in another container may share the temporary folder but not the process ids.
    """
    for name in os.listdir(parent):
        if not name.startswith(FOLDER):
            continue
        path = os.path.join(parent, name)
        try:
            old = time.time() - os.stat(path).st_mtime > SECONDS_UNTIL_STALE
        except OSError:  # another process has removed it
            continue
        if old and not os.path.exists("/proc/" + name[len(FOLDER) :].partition("-")[0]):
            shutil.rmtree(path, ignore_errors=True)


async def _awaited(value: Any) -> Any:
    return await value if hasattr(value, "__await__") else value


def process(manager: "KernelManager") -> "Optional[KernelProcess]":
    """Returns the kernel's process, None if it does not run on this machine."""
    provisioner = getattr(manager, "provisioner", None)
    if provisioner is not None:
        return getattr(provisioner, "process", None)
    return getattr(manager, "kernel", None)


def exit_code(manager: "KernelManager") -> Optional[int]:
    """Returns the kernel's exit code; None while it runs, -1 if it is unknown."""
    child = process(manager)
    if child is None:
        return -1
    return child.poll()
