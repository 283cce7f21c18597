# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The stand-in for ZooKeeper of task-openmldb's tests, until standard input ends. Prints its address."""

import os
import sys

sys.path.insert(0, os.path.join(sys.argv[1], "task-openmldb", "src", "test", "python"))

from conftest import ZooKeeperDouble  # noqa: E402

double = ZooKeeperDouble(["/openmldb", "/zookeeper"])
print(double.address, flush=True)
sys.stdin.read()
