# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A server that starts slowly or fails.

stand_in.py PROJECT slow FILE     serves as soon as the file exists
stand_in.py PROJECT fails         ends before it serves
stand_in.py PROJECT dies          ends afterwards
"""

import os
import sys
import time

behaviour = sys.argv[2]
if behaviour == "fails":
    sys.exit("no port is free")
while behaviour == "slow" and not os.path.exists(sys.argv[3]):
    time.sleep(0.05)
print("127.0.0.1:4711", flush=True)
if behaviour == "dies":
    sys.exit("memory ran out")
sys.stdin.read()
