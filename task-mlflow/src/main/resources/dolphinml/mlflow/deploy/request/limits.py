# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""CPU and memory limits in a container engine's units, checked against this machine's resources."""

import os
import re
from typing import List, Optional, Tuple

_UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}


def machine_cpus() -> int:
    return os.cpu_count() or 1


def machine_memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def cpu(value: Optional[str], on_this_machine: bool = True) -> Tuple[Optional[float], List[str]]:
    """Returns (number of CPUs or None, faults)."""
    if value is None:
        return None, []
    number = float(value)
    if on_this_machine and number > machine_cpus():
        return None, ["cpuLimit: '%s' is out of range; from 0.01 to the %d of this machine" % (value, machine_cpus())]
    return number, []


def memory(value: Optional[str], on_this_machine: bool = True) -> Tuple[Optional[int], List[str]]:
    """Returns (bytes or None, faults)."""
    if value is None:
        return None, []
    [(number, unit)] = re.findall(r"\A\s*([0-9.]+)\s*([kmgt]?)", value, re.IGNORECASE)
    size = int(float(number) * _UNITS[unit.lower()])
    if on_this_machine and size > machine_memory():
        return None, [
            "memoryLimit: '%s' is more than the %d MiB of this machine; less than that" % (value, machine_memory() // 1024**2)
        ]
    return size, []
