"""CPU and memory limits as a container engine takes them, checked before the engine sees them."""

import os
import re

_UNITS = {"": 1, "b": 1, "k": 1024, "m": 1024 ** 2, "g": 1024 ** 3, "t": 1024 ** 4}

# The engine refuses less.
SMALLEST_MEMORY = 6 * 1024 ** 2


def machine_cpus():
    return os.cpu_count() or 1


def machine_memory():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def cpu(value):
    """(processors as a float or None, faults)"""
    if value in (None, ""):
        return None, []
    try:
        number = float(str(value).strip())
    except ValueError:
        return None, ["cpuLimit: '%s' is not a number; processors, such as 0.5 or 2" % value]
    if not 0.01 <= number <= machine_cpus():
        return None, ["cpuLimit: '%s' is out of range; from 0.01 to the %d of this machine" % (value, machine_cpus())]
    return number, []


def memory(value):
    """(bytes or None, faults)"""
    if value in (None, ""):
        return None, []
    match = re.match(r"^\s*([0-9]+(?:\.[0-9]+)?)\s*([bkmgt]?)(?:i?b)?\s*$", str(value), re.IGNORECASE)
    if not match:
        return None, ["memoryLimit: '%s' is not a size; a number with b, k, m or g, such as 500m" % value]
    size = int(float(match.group(1)) * _UNITS[match.group(2).lower()])
    if size < SMALLEST_MEMORY:
        return None, ["memoryLimit: '%s' is less than the 6m that the engine asks for; such as 500m" % value]
    if size > machine_memory():
        return None, [
            "memoryLimit: '%s' is more than the %d MiB of this machine; less than that"
            % (value, machine_memory() // 1024 ** 2)
        ]
    return size, []
