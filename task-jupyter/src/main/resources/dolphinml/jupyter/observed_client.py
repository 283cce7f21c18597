# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""papermill's kernel client, extended to show outputs as they arrive and to read output where nbclient would only wait.

This is the only file that uses nbclient's private methods `_async_...`: only a subclass can wait while it reads.
test_kernel_internals.py fails where a release of nbclient no longer has one.
"""

import asyncio
import contextlib
import inspect
import time
from queue import Empty
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Awaitable, Callable, Dict, Iterator, Optional, Type

from dolphinml.jupyter import cells
from dolphinml.jupyter.displays import WIDGET_VIEW, Widgets
from dolphinml.jupyter.early_kernel import process
from dolphinml.jupyter.kernel_output import pace_output, prepare_manager
from dolphinml.jupyter.live_log import describe

if TYPE_CHECKING:
    from jupyter_client.manager import KernelManager
    from nbclient import NotebookClient
    from nbformat import NotebookNode

    from dolphinml.jupyter.observed import Observer

# nbclient's widget support sends on the socket that another task waits on, after which ZeroMQ no longer notifies that
# task. Waiting in steps checks the socket itself again.
SECONDS_OF_A_STEP = 0.2

# How long more output may take to arrive before a wait for a reply continues.
SECONDS_BETWEEN_MESSAGES = 0.02

SHOWN = ("display_data", "execute_result", "error")


def observed_client(client: Any, observer: "Observer") -> Type[Any]:
    """Returns a subclass of papermill's nbclient client that reports to the observer and reads a kernel's variables."""

    class ObservedClient(client):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            # Lost output is not a reason to fail: the kernel's reply says how the cell ended.
            kwargs.setdefault("raise_on_iopub_timeout", False)
            super().__init__(*args, **kwargs)
            observer.streams = True
            observer.client = self
            observer.pace_saving()
            self.parent_msg_id: Optional[str] = None
            self.executing: Optional[int] = None
            # How many displays the cell has created since it cleared its output; None if it has not cleared it.
            self.shown_since_clear: Optional[int] = None

        def create_kernel_manager(self) -> "KernelManager":
            return prepare_manager(super().create_kernel_manager(), observer.kernel_text)

        def start_kernel_manager(self) -> "KernelManager":
            """Creates the manager; nbclient 0.2 and 0.3 call this instead of create_kernel_manager."""
            return prepare_manager(super().start_kernel_manager(), observer.kernel_text)

        @contextlib.contextmanager
        def setup_kernel(self, **kwargs: Any) -> Iterator[None]:
            with super().setup_kernel(**kwargs):
                if self.kc is None:
                    # nbclient before 0.6 only connects to kernels that it has started.
                    connect_client(self)
                connected: Any = self.kc
                self.widgets = Widgets(self.widget_state, observer.live_log.changes)
                receive_in_steps(connected.shell_channel, observer.tick, self._replied, self._look)
                receive_in_steps(connected.iopub_channel, observer.tick, self._received)
                yield

        def process_message(self, msg: Dict[str, Any], cell: "NotebookNode", cell_index: int) -> "Optional[NotebookNode]":
            content = msg["content"]
            printed = content["text"] if msg["msg_type"] == "stream" else None
            if printed is not None:
                observer.live_log.stream(content["name"], printed)
                content["text"] = observer.limit.kept(cell_index, printed)
                if not content["text"]:
                    return None
            kind = msg["msg_type"]
            if kind == "status" and content["execution_state"] == "idle":
                observer.watchdog.idle()
            output = super().process_message(msg, cell, cell_index)
            if kind == "update_display_data":
                observer.live_log.changes.change(_display_id(content), lambda: describe(content.get("data") or {}))
            elif kind in ("comm_msg", "comm_open"):
                self.widgets.change(content.get("comm_id"))
            elif kind == "clear_output":
                self.shown_since_clear = 0
            elif output and printed is None:
                self._show(output, content)
            elif output is None and kind in SHOWN:
                # An Output widget has captured it.
                self._show(dict(content, output_type=kind), content)
            return output

        def _show(self, output: cells.CellOutput, content: Dict[str, Any]) -> None:
            view = (output.get("data") or {}).get(WIDGET_VIEW)
            text = self.widgets.display(view["model_id"]) if isinstance(view, dict) and "model_id" in view else ""
            if self.shown_since_clear is not None and "data" in output:
                # Output that replaces cleared output is its next state, as with a display handle.
                place = "cleared", self.shown_since_clear
                self.shown_since_clear += 1
                observer.live_log.changes.change(place, lambda: text or describe(output["data"]))
            elif text:
                observer.live_log.display(text)
            else:
                observer.live_log.output(output)
            if _display_id(content) is not None:
                observer.live_log.changes.first(_display_id(content), describe(content.get("data") or {}))

        async def _async_poll_output_msg(self, parent_msg_id: str, cell: "NotebookNode", cell_index: int) -> None:
            self.parent_msg_id = parent_msg_id
            try:
                await super()._async_poll_output_msg(parent_msg_id, cell, cell_index)
            finally:
                self.parent_msg_id = None

        async def _look(self) -> None:
            """Checks the kernel after a step without a reply."""
            if self.parent_msg_id is None:
                # Nothing else reads output now, and a kernel whose output is not read does not reply.
                await self._read_late_output()
            if not hasattr(client, "_async_poll_kernel_alive"):
                # nbclient before 0.4 waits forever for a dead kernel's reply.
                await self._async_check_alive()

        async def _read_late_output(self) -> None:
            deadline = time.monotonic() + SECONDS_OF_A_STEP
            with contextlib.suppress(Empty):
                while time.monotonic() < deadline:
                    await self.kc.iopub_channel.get_msg(timeout=SECONDS_BETWEEN_MESSAGES)

        def _replied(self, msg: Dict[str, Any]) -> None:
            """Keeps the reply of a failed cell, which nbclient drops if the cell's tag allows the failure."""
            content = msg["content"]
            if self.executing is not None and msg["msg_type"] == "execute_reply" and content.get("status") == "error":
                reply = SimpleNamespace(ename=content.get("ename"), evalue=content.get("evalue"))
                observer.raised[self.executing] = reply

        def _received(self, msg: Dict[str, Any]) -> None:
            """Logs output that arrives after its cell has ended, since no notebook will contain it."""
            if msg["msg_type"] == "stream" and msg["parent_header"].get("msg_id") != self.parent_msg_id:
                observer.live_log.stream(msg["content"]["name"], msg["content"]["text"])

        def execute_cell(self, cell: "NotebookNode", cell_index: int, *args: Any, **kwargs: Any) -> "NotebookNode":
            if observer.manager is not self.km:
                observer.manager, observer.kernel_process = self.km, process(self.km)
                pace_output(self.km, self.kc)
            if observer.resumption.skips(cell_index) or cells.skipped(cell):
                # nbclient supports the tag since 0.5.13.
                return cell
            self.shown_since_clear = None
            self.executing = cell_index
            try:
                done = super().execute_cell(cell, cell_index, *args, **kwargs)
            finally:
                self.executing = None
            if cells.runs(cell):
                observer.outputs.read_variables(self, self.nb, self.nb.cells[cell_index], cell_index)
            return done

    return ObservedClient


def connect_client(client: "NotebookClient") -> None:
    """Connects an nbclient client to its manager's kernel."""
    client.kc = client.km.client()
    for wait in (client.kc.start_channels, lambda: client.kc.wait_for_ready(timeout=client.startup_timeout)):
        result = wait()
        if inspect.isawaitable(result):
            asyncio.get_event_loop().run_until_complete(result)
    client.kc.allow_stdin = False


def _display_id(content: Dict[str, Any]) -> Optional[str]:
    return (content.get("transient") or {}).get("display_id")


def receive_in_steps(
    channel: Any,
    tick: Callable[[], None],
    received: Callable[[Dict[str, Any]], None] = lambda msg: None,
    look: Optional[Callable[[], Awaitable[None]]] = None,
) -> None:
    """Makes a channel receive in steps of SECONDS_OF_A_STEP.

    tick      called at each step
    received  called with each message
    look      awaited after a step without a message, if there is one
    """
    receive = channel.get_msg

    async def get_msg(timeout: Optional[float] = None) -> Dict[str, Any]:
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            tick()
            left = SECONDS_OF_A_STEP if deadline is None else deadline - time.monotonic()
            try:
                msg = await receive(timeout=max(0, min(left, SECONDS_OF_A_STEP)))
            except Empty:
                if look is not None:
                    await look()
                if deadline is not None and time.monotonic() >= deadline:
                    raise
            else:
                received(msg)
                return msg

    channel.get_msg = get_msg
