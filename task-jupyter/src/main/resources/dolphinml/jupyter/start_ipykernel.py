# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Starts an ipykernel as its module ipykernel_launcher does, without the debugger.

Nobody debugs a task from a front end, and to import the debugger takes as long as nearly half of all else in the kernel. The
notebook itself may import debugpy. Old kernels run on old Pythons, so this is plain.
"""

import gc
import logging
import os
import runpy
import sys
from typing import Callable


def leave_debugger_out() -> None:
    """Imports ipykernel's debugger, which takes debugpy for missing."""
    if "debugpy" in sys.modules:
        return
    # None is what import takes for a module that is missing, whatever the type of this dict says.
    vars(sys)["modules"]["debugpy"] = None
    try:
        import ipykernel.debugger  # noqa: F401
    except ImportError:  # older ones have none
        pass
    finally:
        del sys.modules["debugpy"]
    # ipykernel 6 warns of it at each start.
    logging.getLogger("IPKernelApp").addFilter(lambda record: "debugpy_stream undefined" not in record.getMessage())


def without_collections(load: Callable[[], None]) -> None:
    """Calls `load`, whose imports stay until the kernel ends: they are never searched for reference cycles, nor at its end."""
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
    """Runs ipykernel_launcher; without `safe_path` modules are also found in the working directory, as `python -m` has it."""
    if not safe_path:
        # The module does with it what it does.
        sys.path.insert(0, os.getcwd())
    runpy.run_module("ipykernel_launcher", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    here = bool(sys.path) and os.path.realpath(sys.path[0]) == os.path.dirname(os.path.realpath(__file__))
    if here:
        del sys.path[0]
    without_collections(leave_debugger_out)
    launch(safe_path=not here)
