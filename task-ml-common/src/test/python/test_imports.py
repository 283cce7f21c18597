# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Who may import whom among the Python programs of all jars, and that no imports go in a circle."""

import ast
import pathlib

import pytest

PROJECT = pathlib.Path(__file__).resolve().parents[4]
FILES = {
    ".".join(path.relative_to(resources).with_suffix("").parts).replace(".__init__", ""): path
    for resources in PROJECT.glob("*/src/main/resources")
    for path in sorted(resources.glob("dolphinml/**/*.py"))
}

DEPLOY = "dolphinml.mlflow.deploy"

#: {package or module: what of ours it may import, beside itself}. The longest name that fits a module counts; the programs
#: of a plugin that is not named may import `dolphinml.common`.
MAY_IMPORT = {
    "dolphinml.common": (),
    "dolphinml.environment": ("dolphinml.common",),
    "dolphinml.cache": ("dolphinml.common", "dolphinml.environment"),
    "dolphinml.data": ("dolphinml.common",),
    "dolphinml.dvc": ("dolphinml.common", "dolphinml.data"),
    "dolphinml.kubernetes": ("dolphinml.common",),
    "dolphinml.kubeflow": ("dolphinml.common", "dolphinml.kubernetes"),
    "dolphinml.mlflow.tracking": ("dolphinml.common",),
    "dolphinml.mlflow.gaps": (),
    "dolphinml.mlflow.preset": ("dolphinml.common", "dolphinml.mlflow.gaps"),
    "dolphinml.mlflow.project": (
        "dolphinml.common",
        "dolphinml.environment",
        "dolphinml.mlflow.tracking",
        "dolphinml.mlflow.preset",
    ),
    # A deployment, from the bottom to the top.
    DEPLOY + ".faults": (),
    DEPLOY + ".state": ("dolphinml.common",),
    DEPLOY + ".relay": ("dolphinml.common", DEPLOY + ".state"),
    DEPLOY + ".detached": ("dolphinml.common", DEPLOY + ".relay"),
    DEPLOY + ".request": ("dolphinml.common", DEPLOY + ".state"),
    DEPLOY + ".model": ("dolphinml.common", "dolphinml.mlflow.tracking", DEPLOY + ".request"),
    "dolphinml.mlflow.predict": ("dolphinml.common", "dolphinml.mlflow.gaps", DEPLOY + ".model"),
    DEPLOY + ".serving": ("dolphinml.common",),
    DEPLOY + ".containers": ("dolphinml.common", DEPLOY + ".faults", DEPLOY + ".model", DEPLOY + ".request", DEPLOY + ".serving"),
    DEPLOY + ".bento": ("dolphinml.common", DEPLOY + ".request"),
    DEPLOY + ".cluster": (
        "dolphinml.common",
        "dolphinml.kubernetes",
        DEPLOY + ".faults",
        DEPLOY + ".request",
        DEPLOY + ".serving",
    ),
    DEPLOY + ".engines.engine": (
        "dolphinml.common",
        DEPLOY + ".model",
        DEPLOY + ".request",
        DEPLOY + ".serving",
        DEPLOY + ".state",
    ),
    DEPLOY + ".engines": (
        "dolphinml.common",
        "dolphinml.environment",
        DEPLOY + ".faults",
        DEPLOY + ".state",
        DEPLOY + ".relay",
        DEPLOY + ".detached",
        DEPLOY + ".request",
        DEPLOY + ".model",
        DEPLOY + ".serving",
        DEPLOY + ".containers",
        DEPLOY + ".engines.engine",
        DEPLOY + ".bento",
        DEPLOY + ".cluster",
        "dolphinml.kubernetes",
    ),
    DEPLOY + ".takeover": (
        "dolphinml.common",
        DEPLOY + ".faults",
        DEPLOY + ".state",
        DEPLOY + ".request",
        DEPLOY + ".model",
        DEPLOY + ".serving",
        DEPLOY + ".detached",
        DEPLOY + ".engines.engine",
    ),
    # The one that knows every engine.
    DEPLOY + ".engines.table": ("dolphinml.common", DEPLOY + ".engines", DEPLOY + ".request", DEPLOY + ".state"),
    DEPLOY + ".actions": (
        "dolphinml.common",
        DEPLOY + ".engines.engine",
        DEPLOY + ".engines.table",
        DEPLOY + ".faults",
        DEPLOY + ".request",
        DEPLOY + ".state",
        DEPLOY + ".takeover",
    ),
    DEPLOY: ("dolphinml.common", DEPLOY + ".actions"),
    "dolphinml.deployments": ("dolphinml.common", "dolphinml.cache", DEPLOY + ".actions", DEPLOY + ".state"),
}


def imported(name):
    """The modules of ours that a module imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(FILES[name].read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "%s imports relatively" % name
            for alias in node.names:
                whole = "%s.%s" % (node.module, alias.name)
                found.add(whole if whole in FILES else node.module)
    return {each for each in found if each in FILES and each != name}


def fits(name, prefix):
    return name == prefix or name.startswith(prefix + ".")


def rule_of(name):
    """The name under which a module is in MAY_IMPORT, or its plugin's."""
    plugin = ".".join(name.split(".")[:2])
    return max((prefix for prefix in MAY_IMPORT if fits(name, prefix)), key=len, default=plugin)


RULES = sorted({rule_of(name) for name in FILES})


def test_each_rule_is_that_of_a_module():
    assert len(FILES) > 100
    assert set(MAY_IMPORT) <= set(RULES)


@pytest.mark.parametrize("prefix", RULES)
def test_a_module_imports_what_its_rule_allows(prefix):
    for name in FILES:
        if rule_of(name) != prefix:
            continue
        for other in imported(name):
            # Packages are no way around: what is below the name of another rule is that rule's.
            allowed = rule_of(other) == prefix or any(
                fits(other, each) and (rule_of(other) == each or fits(rule_of(other), each))
                for each in MAY_IMPORT.get(prefix, ("dolphinml.common",))
            )
            assert allowed, "%s imports %s; see MAY_IMPORT" % (name, other)


def circles():
    """The sets of modules that reach each other by imports."""
    reach = {name: imported(name) for name in FILES}
    # Importing a module imports the packages that it is in.
    for name in reach:
        for other in set(reach[name]):
            parts = other.split(".")
            reach[name] |= {".".join(parts[:count]) for count in range(1, len(parts))} & set(FILES) - {name}
    changed = True
    while changed:
        changed = False
        for name in reach:
            further = set().union(*(reach[other] for other in reach[name])) if reach[name] else set()
            if not further <= reach[name]:
                reach[name] |= further
                changed = True
    return {frozenset(other for other in reach[name] if name in reach[other]) for name in reach if name in reach[name]}


def test_no_imports_go_in_a_circle():
    assert [sorted(circle) for circle in circles()] == []


def test_a_circle_and_a_forbidden_import_would_be_found(tmp_path, monkeypatch):
    for name, text in (
        ("common.one", "from dolphinml.common import two"),
        ("common.two", "def later():\n    import dolphinml.common.one"),
        ("common.three", "from dolphinml.mlflow.tracking import tracking_client"),
    ):
        path = tmp_path / (name + ".py")
        path.write_text(text)
        monkeypatch.setitem(FILES, "dolphinml." + name, path)
    assert {"dolphinml.common.one", "dolphinml.common.two"} in [set(circle) for circle in circles()]
    with pytest.raises(AssertionError, match="common.three imports dolphinml.mlflow.tracking.tracking_client"):
        test_a_module_imports_what_its_rule_allows("dolphinml.common")
