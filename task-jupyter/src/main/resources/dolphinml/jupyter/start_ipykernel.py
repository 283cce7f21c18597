# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Starts an ipykernel as its module ipykernel_launcher does, but without the debugger.

A task is never debugged from a front end, and importing the debugger takes nearly half as long as the rest of the kernel's
start. The notebook itself may still import debugpy. The syntax is plain, because old kernels run on old Pythons.
"""

import gc
import logging
import os
import runpy
import sys
from typing import Callable


def leave_debugger_out() -> None:
    """Imports ipykernel's debugger module while debugpy looks missing."""
    if "debugpy" in sys.modules:
        return
    # An entry of None makes the import fail, although the type of this dict does not allow None.
    vars(sys)["modules"]["debugpy"] = None
    try:
        import ipykernel.debugger  # noqa: F401
    except ImportError:  # older versions have no debugger
        pass
    finally:
        del sys.modules["debugpy"]
    # ipykernel 6 warns about the missing debugger at each start.
    logging.getLogger("IPKernelApp").addFilter(lambda record: "debugpy_stream undefined" not in record.getMessage())


def without_collections(load: Callable[[], None]) -> None:
    """Calls `load` without garbage collection and freezes what it imports, which lives until the kernel ends anyway."""
    if not (gc.isenabled() and hasattr(gc, "freeze")):  # Python before 3.7
        load()
        return
    gc.disable()
    try:
        load()
    finally:
        gc.freeze()
        gc.enable()


def launch(safe_path: bool) -> None:
    """Runs ipykernel_launcher; without `safe_path` modules are also found in the working directory, as with `python -m`."""
    if not safe_path:
        # ipykernel_launcher handles this entry as usual.
        sys.path.insert(0, os.getcwd())
    runpy.run_module("ipykernel_launcher", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    here = bool(sys.path) and os.path.realpath(sys.path[0]) == os.path.dirname(os.path.realpath(__file__))
    if here:
        del sys.path[0]
    without_collections(leave_debugger_out)
    launch(safe_path=not here)
