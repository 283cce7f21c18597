# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The programs of a cluster: the control plane and Kubeflow's training operator, built once from Go modules and kept."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from dsharness import places
from dsharness.venvs import venv

KUBERNETES = "k8s.io/kubernetes"
KUBERNETES_VERSION = "v1.34.3"
OPERATOR = "github.com/kubeflow/training-operator"
OPERATOR_VERSION = "v1.8.1"

PROGRAMS = ("kube-apiserver", "kube-controller-manager", "training-operator")

#: Where the training operator's module keeps its custom resource definitions.
_DEFINITIONS = "manifests/base/crds"


class Missing(Exception):
    """The machine lacks what the programs are built or run with; the message says what."""


def directory(say=lambda line: None):
    """The directory with PROGRAMS, and with the training operator's definitions in `crds`; built at the first use."""
    place = places.cache() / ("kubernetes-%s-training-operator-%s" % (KUBERNETES_VERSION, OPERATOR_VERSION))
    complete = place / ".complete"
    if complete.exists():
        return place
    if shutil.which("go") is None:
        raise Missing("Go is not on PATH, and Kubernetes is built with it")
    with places.locked(place.parent / (place.name + ".lock")):
        if not complete.exists():
            say(
                "building Kubernetes %s and the training operator %s (once; it takes minutes)"
                % (KUBERNETES_VERSION, OPERATOR_VERSION)
            )
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir(parents=True)
            # The caches of the build are some gigabytes, and nothing needs them afterwards.
            with tempfile.TemporaryDirectory(prefix="dolphinml-go-", dir=str(places.cache())) as scratch:
                _build(place, Path(scratch))
                # Removing the caches takes a while, for which nobody has to wait.
                complete.touch()
    return place


def etcd():
    """The path of etcd."""
    found = shutil.which("etcd")
    if found is None:
        raise Missing("there is no etcd on PATH; on Debian and Ubuntu: apt-get install etcd-server")
    return found


def kubectl():
    """The path of kubectl, always in the same version: of this environment, of DOLPHINML_TEST_KUBERNETES, or of a new one."""
    own = Path(sys.prefix) / "bin" / "kubectl"
    if own.exists():
        return str(own)
    chosen = os.environ.get("DOLPHINML_TEST_KUBERNETES")
    directory = Path(chosen) if chosen else venv(places.PROJECT / ".ci" / "requirements-kubernetes.txt")
    return str(directory / "bin" / "kubectl")


def _build(place, scratch):
    environment = dict(
        os.environ,
        GOCACHE=str(scratch / "build"),
        GOMODCACHE=str(scratch / "modules"),
        GOFLAGS="-mod=mod -modcacherw -trimpath -buildvcs=false",
        GOTOOLCHAIN="local",
        CGO_ENABLED="0",
    )

    def go(*arguments, cwd):
        done = subprocess.run(
            ["go", *arguments],
            cwd=str(cwd),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
            check=False,
        )
        if done.returncode != 0:
            said = "\n".join(done.stderr.splitlines()[-15:])
            raise RuntimeError("go %s failed:\n%s" % (" ".join(arguments), said))
        return done.stdout

    def module(path, version):
        return json.loads(go("mod", "download", "-json", "%s@%s" % (path, version), cwd=scratch))

    kubernetes = module(KUBERNETES, KUBERNETES_VERSION)
    _module_file(scratch / "kubernetes", KUBERNETES, KUBERNETES_VERSION, _staged(Path(kubernetes["GoMod"])))
    minor = KUBERNETES_VERSION.lstrip("v").split(".")
    version = "k8s.io/component-base/version"
    flags = "-s -w -X %s.gitVersion=%s -X %s.gitMajor=%s -X %s.gitMinor=%s" % (
        version,
        KUBERNETES_VERSION,
        version,
        minor[0],
        version,
        minor[1],
    )
    go(
        "build",
        "-ldflags",
        flags,
        "-o",
        str(place) + os.sep,
        *["%s/cmd/%s" % (KUBERNETES, each) for each in PROGRAMS[:2]],
        cwd=scratch / "kubernetes",
    )

    operator = module(OPERATOR, OPERATOR_VERSION)
    _module_file(scratch / "operator", OPERATOR, OPERATOR_VERSION, {})
    go(
        "build",
        "-ldflags",
        "-s -w",
        "-o",
        str(place / PROGRAMS[2]),
        OPERATOR + "/cmd/training-operator.v1",
        cwd=scratch / "operator",
    )
    shutil.copytree(Path(operator["Dir"]) / _DEFINITIONS, place / "crds")


def _staged(own):
    """The modules that Kubernetes develops in its own repository, with the versions in which they are published."""
    published = "v0." + KUBERNETES_VERSION.split(".", 1)[1]
    names = re.findall(r"^\s*(k8s\.io/\S+) => \./staging/", own.read_text(encoding="utf-8"), re.MULTILINE)
    return dict.fromkeys(names, published)


def _module_file(folder, path, version, replaced):
    folder.mkdir()
    lines = ["module built", "go 1.24.0", "require %s %s" % (path, version)]
    lines += ["replace %s => %s %s" % (name, name, fixed) for name, fixed in sorted(replaced.items())]
    (folder / "go.mod").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main():
    """Builds what is missing and prints the directory."""
    print(directory(lambda line: print(line, file=sys.stderr, flush=True)))


if __name__ == "__main__":
    main()
