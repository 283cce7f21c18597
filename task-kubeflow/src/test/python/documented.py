"""The Role of the documentation's page, read with kubectl: there is no YAML in Python's standard library."""

import json
import subprocess
from pathlib import Path

from dsharness.kubernetes import binaries

PAGE = Path(__file__).resolve().parents[4] / "docs" / "en" / "kubeflow.md"


def role():
    blocks = [block.partition("```")[0] for block in PAGE.read_text(encoding="utf-8").split("```yaml\n")[1:]]
    text, = [block for block in blocks if "kind: Role\n" in block]
    printed = subprocess.run([binaries.kubectl(), "create", "--dry-run=client", "--validate=false", "-f", "-", "-o", "json"],
                             input=text, stdout=subprocess.PIPE, universal_newlines=True, check=True).stdout
    return json.loads(printed)
