# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Kernels are found and started without waits that are longer than what is waited for."""

import json
import os
import subprocess

import pytest
from conftest import link_packages

READS = """
import asyncio, zmq
from queue import Empty
from jupyter_client.manager import AsyncKernelManager
from dolphinml.jupyter import kernel_output

class Text:
    writer = open(os.devnull, "wb")

async def wait():
    manager = AsyncKernelManager(kernel_name="python3")
    manager.client_class = "jupyter_client.asynchronous.AsyncKernelClient"
    kernel_output.prepare_manager(manager, Text)
    await manager.start_kernel()
    client = manager.client()
    client.start_channels()
    channel, reads = client.iopub_channel, []
    receive = channel.get_msg
    async def get_msg(*args, **kwargs):
        try:
            message = await receive(*args, **kwargs)
        except Empty:
            reads.append("nothing")
            raise
        reads.append(message["content"].get("execution_state"))
        return message
    channel.get_msg = get_msg
    await client.wait_for_ready(timeout=90)
    looks = channel.socket.getsockopt(zmq.RECONNECT_IVL)
    restored = channel.get_msg is get_msg
    client.stop_channels()
    await manager.shutdown_kernel(now=True)
    print(json.dumps({"reads": reads, "looks": looks, "restored": restored}))

asyncio.get_event_loop_policy().new_event_loop().run_until_complete(wait())
sys.stdout.flush()
"""

FOLDERS = """
from dolphinml.jupyter import kernel_specs
from jupyter_client.kernelspec import KernelSpecManager
manager = kernel_specs.manager()
found = sorted(manager.find_kernel_specs())
without = "IPython" not in sys.modules
own = KernelSpecManager()
same = manager.kernel_dirs == own.kernel_dirs
print(json.dumps({"same": same, "found": found, "own": sorted(own.find_kernel_specs()), "without": without}))
sys.stdout.flush()
"""


def said(runner, program, **variables):
    """What the program prints in the environment of the notebooks, with the packages of both modules as one."""
    programs = runner.directory / "dolphinml"
    programs.mkdir()
    link_packages(programs)
    source = "import json, os, sys\nsys.path.insert(0, %r)\n%s\nos._exit(0)\n" % (str(runner.directory), program)
    done = subprocess.run([runner.python, "-c", source], env=dict(os.environ, **variables), stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def test_a_kernel_that_is_idle_is_ready(runner):
    facts = said(runner, READS)
    assert facts["reads"][-1] == "idle" and facts["looks"] == 10 and facts["restored"]


@pytest.mark.parametrize("variable, folder", [("IPYTHONDIR", "kernels"), ("HOME", ".ipython/kernels")])
def test_kernels_are_found_where_jupyter_looks_and_without_ipython(runner, variable, folder, monkeypatch):
    monkeypatch.delenv("IPYTHONDIR", raising=False)
    kernel = runner.directory / "of the user" / folder / "own"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text('{"argv": ["own"], "display_name": "own", "language": "own"}')
    facts = said(runner, FOLDERS, **{variable: str(runner.directory / "of the user")})
    assert facts["same"] and facts["without"] and "own" in facts["found"] and facts["found"] == facts["own"]
