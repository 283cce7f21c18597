# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Finds the kernels of an environment without IPython, which jupyter_client imports only to learn its folder."""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_client.kernelspec import KernelSpecManager


def manager() -> "KernelSpecManager":
    """Returns jupyter_client's KernelSpecManager with the folders that it searches by default."""
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_core.paths import jupyter_path

    of_ipython = os.path.expanduser(os.environ.get("IPYTHONDIR") or os.path.join("~", ".ipython"))
    return KernelSpecManager(kernel_dirs=jupyter_path("kernels") + [os.path.join(of_ipython, "kernels")])
