# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The Role of a documentation's page, read by kubectl: there is no YAML in Python's standard library."""

import json

from dsharness import places


def role(cluster, page, name, namespace):
    """The Role of a page in docs/en, under this name in this namespace."""
    written = (places.PROJECT / "docs" / "en" / page).read_text(encoding="utf-8")
    blocks = [block.partition("```")[0] for block in written.split("```yaml\n")[1:]]
    (text,) = [block for block in blocks if "kind: Role\n" in block]
    found = json.loads(cluster.kubectl("create", "--dry-run=client", "--filename", "-", "--output", "json", text=text))
    return dict(found, metadata={"name": name, "namespace": namespace})
