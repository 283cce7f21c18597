# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The Role of the documentation's page, read by kubectl: there is no YAML in Python's standard library."""

import json
from pathlib import Path

PAGE = Path(__file__).resolve().parents[4] / "docs" / "en" / "kubeflow.md"


def role(cluster):
    blocks = [block.partition("```")[0] for block in PAGE.read_text(encoding="utf-8").split("```yaml\n")[1:]]
    text, = [block for block in blocks if "kind: Role\n" in block]
    return json.loads(cluster.kubectl("create", "--dry-run=client", "--filename", "-", "--output", "json", text=text))
