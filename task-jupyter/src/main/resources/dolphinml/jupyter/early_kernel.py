"""Starts the kernel while papermill is still being imported: both take about as long, and neither needs the other."""

import asyncio
import os
import shutil
import tempfile
import time

# How long a kernel may take to end, as jupyter_client has it. ipykernel 7 hangs at its end in one run of ten (its two
# threads wait for each other), so one that does nothing is not waited for that long.
SECONDS_TO_END = 5.0
IDLE_SECONDS_TO_END = 1.5
SECONDS_BETWEEN_LOOKS = 0.005


class EarlyKernel:
    """A kernel that runs before the notebook does. It is handed to papermill's own client, which uses it as it is."""

    def __init__(self, name, cwd=None):
        from jupyter_client.manager import AsyncKernelManager

        self.manager = AsyncKernelManager(kernel_name=name)
        self._folder = None
        if "ipykernel" in " ".join(self.manager.kernel_spec.argv):
            # Sockets in a folder of its own: nobody else reaches them, and there are no TCP ports to race for.
            self._folder = tempfile.mkdtemp(prefix="dolphinml-kernel-")
            self.manager.transport = "ipc"
            self.manager.connection_file = os.path.join(self._folder, "kernel.json")
        # As nbclient sets it for the managers that it makes.
        self.manager.client_class = "jupyter_client.asynchronous.AsyncKernelClient"
        # One loop for the whole life of the manager, and the one that nbclient will find.
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        options = {"cwd": cwd} if cwd else {}
        self._loop.run_until_complete(
            _awaited(
                self.manager.start_kernel(extra_arguments=["--HistoryManager.hist_file=:memory:"], **options)
            )
        )

    def request_end(self):
        """Asks the kernel to end, and does not wait."""
        try:
            self._loop.run_until_complete(_awaited(self.manager.request_shutdown()))
        except Exception:  # a kernel that cannot be asked is ended by force
            pass

    def wait_for_end(self):
        """Waits until the kernel has ended, and removes its connection file."""
        begin = busy = time.monotonic()
        work = None
        while exit_code(self.manager) is None:
            now = time.monotonic()
            done = _work(process(self.manager))
            if done != work:
                work, busy = done, now
            if now - begin > SECONDS_TO_END or now - busy > IDLE_SECONDS_TO_END:
                break
            time.sleep(SECONDS_BETWEEN_LOOKS)
        if exit_code(self.manager) is None:
            process(self.manager).kill()
        self.remove_files()

    def remove_files(self):
        """Removes the connection file and the sockets, which say how to reach the kernel."""
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
        else:
            self.manager.cleanup_connection_file()


def _work(child):
    """The processor time that a process has used so far, in ticks; None where it cannot be read."""
    try:
        with open("/proc/%d/stat" % child.pid) as stat:
            return stat.read().rpartition(")")[2].split()[11:13]
    except (OSError, AttributeError):
        return None


async def _awaited(value):
    return await value if hasattr(value, "__await__") else value


def process(manager):
    """The kernel's process, None where it is not one of this machine."""
    provisioner = getattr(manager, "provisioner", None)
    if provisioner is not None:
        return getattr(provisioner, "process", None)
    return getattr(manager, "kernel", None)


def exit_code(manager):
    """The kernel's exit code, None while it lives; -1 where nothing can be said."""
    child = process(manager)
    if child is None:
        return -1
    return child.poll()
