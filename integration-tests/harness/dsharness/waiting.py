"""How long a test waits for what must happen. How fast something is, the benchmarks measure."""

import time

#: Seconds in which also a machine that is ten times slower starts, answers and ends what takes a second or two.
ENOUGH = 90.0

#: What is meant to be cut short, or never to be waited for, would take these seconds: no delay is mistaken for it.
ENDLESS = 900


def wait_until(condition, seconds=ENOUGH, what="it"):
    """Returns the first true value of `condition()`; fails when there is none within `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        # Not the time of the look itself, which a busy machine may have stretched.
        assert time.monotonic() < deadline, "%s: not within %d s" % (what, seconds)
        time.sleep(0.05)
