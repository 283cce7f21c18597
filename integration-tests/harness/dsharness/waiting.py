# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""How long a test waits for what must happen. How fast something is, the benchmarks measure.

What is meant to be cut short would take ten times as long, so that no delay is mistaken for it.
"""

import time

#: Seconds in which also a machine that is ten times slower starts, answers and ends what takes a second or two.
ENOUGH = 90.0


def wait_until(condition, seconds=ENOUGH, what="it", pause=0.05):
    """Returns the first true value of `condition()`; fails when there is none within `seconds`. A condition that starts
    programs takes a longer `pause` between two looks."""
    deadline = time.monotonic() + seconds
    while True:
        # The last look begins after the time is over: a busy machine may have kept this program from looking.
        late = time.monotonic() >= deadline
        value = condition()
        if value:
            return value
        assert not late, "%s: not within %d s" % (what, seconds)
        time.sleep(pause)
