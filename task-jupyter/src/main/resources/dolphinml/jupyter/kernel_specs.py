# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The kernels of an environment, found without IPython: jupyter_client imports it only to learn its folder."""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_client.kernelspec import KernelSpecManager


def manager() -> "KernelSpecManager":
    """jupyter_client's KernelSpecManager, which looks in the folders that it looks in by itself."""
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_core.paths import jupyter_path

    of_ipython = os.path.expanduser(os.environ.get("IPYTHONDIR") or os.path.join("~", ".ipython"))
    return KernelSpecManager(kernel_dirs=jupyter_path("kernels") + [os.path.join(of_ipython, "kernels")])
