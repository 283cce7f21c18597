# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A real API server with its controllers on loopback, and one node that runs the commands of pods as processes."""

import base64
import json
import os
import secrets
import shutil
import subprocess
from pathlib import Path

from dsharness.kubernetes import binaries
from dsharness.kubernetes.node import Node
from dsharness.ports import free_port, free_ports
from dsharness.processes import Program
from dsharness.waiting import wait_until

ADMINISTRATOR = "administrator"

#: The users that the API server knows from its start. To learn of another one it would have to be restarted, and after a few
#: restarts the controllers wait for up to a minute before they connect again, and may miss twice.
USERS = ("blind", "cannot-end", "deaf", "limited", "models", "tasks", "without-rights")

#: Fixed in the training operator. It serves admission webhooks with it, which nobody here asks; another operator beside it
#: may take the same one.
OPERATORS_CERTIFICATE = Path("/tmp/k8s-webhook-server/serving-certs")


class Cluster:
    """One cluster with a directory of its own.

    RBAC is on: the administrator may do all, a user of `user()` nothing that no role gives it.
    """

    def __init__(self, directory, say=lambda line: None):
        self.directory = Path(directory)
        self._say = say
        self.binaries = binaries.directory(say)
        self.kubectl_path = binaries.kubectl()
        self._etcd_path = binaries.etcd()
        self.port = free_port()
        self._tokens = {}
        self._programs = {}
        self.node = None

    @property
    def address(self):
        return "https://127.0.0.1:%d" % self.port

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def start(self):
        """Starts all of it and returns when the API server is ready."""
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        self._certify()
        self._tokens = {name: (secrets.token_hex(16), "") for name in USERS}
        self._tokens[ADMINISTRATOR] = secrets.token_hex(16), "system:masters"
        self._write_tokens()
        try:
            self._start_etcd()
            self.start_api_server()
            self._start_controllers()
            self.node = Node(self)
            self.node.start()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self):
        if self.node is not None:
            self.node.stop()
        if "training-operator" in self._programs:
            shutil.rmtree(str(OPERATORS_CERTIFICATE.parent), ignore_errors=True)
        for name in ("training-operator", "kube-controller-manager", "kube-apiserver", "etcd"):
            if name in self._programs:
                self._programs.pop(name).stop(grace=0.0)

    def user(self, name, *rules, namespace="default"):
        """The path of a kubeconfig for one of USERS, who gets a role with these rules in one namespace.

        A rule is (groups, resources, verbs), each a list or texts separated by blanks; "core" is the group "".
        """
        if rules:
            role = {
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "kind": "Role",
                "metadata": {"name": "role-of-" + name, "namespace": namespace},
                "rules": [_rule(*rule) for rule in rules],
            }
            self.bind(name, role)
        return self.kubeconfig(name, namespace)

    def bind(self, name, role):
        """Gives a user the rules of a Role in its namespace."""
        namespace = role["metadata"]["namespace"]
        self.apply(
            role,
            {
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "kind": "RoleBinding",
                "metadata": {"name": "%s-%s" % (role["metadata"]["name"], name), "namespace": namespace},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": role["metadata"]["name"]},
                "subjects": [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": name}],
            },
        )

    def token(self, name):
        return self._tokens[name][0]

    def kubeconfig(self, name=ADMINISTRATOR, namespace="default", address=None):
        """The path of a user's kubeconfig; `address` is another way to the API server, as through a proxy."""
        path = self.directory / ("kubeconfig-%s-%s%s" % (name, namespace, "" if address is None else "-proxied"))
        path.write_text(
            json.dumps(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "current-context": "test",
                    "clusters": [
                        {
                            "name": "test",
                            "cluster": {"server": address or self.address, "certificate-authority-data": self._authority()},
                        }
                    ],
                    "users": [{"name": name, "user": {"token": self.token(name)}}],
                    "contexts": [{"name": "test", "context": {"cluster": "test", "user": name, "namespace": namespace}}],
                }
            ),
            encoding="utf-8",
        )
        path.chmod(0o600)
        return path

    def kubectl(self, *arguments, text=None, check=True):
        """What kubectl prints as the administrator."""
        done = subprocess.run(
            [self.kubectl_path, "--kubeconfig", str(self.kubeconfig()), *arguments],
            input=text,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
            check=False,
            env=dict(os.environ, HOME=str(self.directory)),
        )
        if check and done.returncode != 0:
            raise AssertionError("kubectl %s: %s" % (" ".join(arguments), done.stderr))
        return done.stdout

    def apply(self, *objects):
        """Applies objects as the administrator."""
        self.kubectl(
            "apply",
            "--server-side",
            "--force-conflicts",
            "--filename",
            "-",
            text=json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)}),
        )

    def get(self, *arguments):
        """An object or a list; None if it is not there."""
        printed = self.kubectl("get", *arguments, "--ignore-not-found", "--output", "json")
        return json.loads(printed) if printed.strip() else None

    def set_status(self, kind, name, status, namespace="default"):
        """Sets an object's status, as its controller would."""
        self.kubectl(
            "patch",
            kind,
            name,
            "--namespace",
            namespace,
            "--subresource=status",
            "--type=merge",
            "--patch",
            json.dumps({"status": status}),
        )

    def _start_etcd(self):
        client, peer = free_ports(2)
        self._etcd_address = "http://127.0.0.1:%d" % client
        self._run(
            "etcd",
            self._etcd_path,
            "--data-dir",
            str(self.directory / "etcd"),
            "--unsafe-no-fsync",
            "--listen-client-urls",
            self._etcd_address,
            "--advertise-client-urls",
            self._etcd_address,
            "--listen-peer-urls",
            "http://127.0.0.1:%d" % peer,
            "--log-level",
            "error",
        )

    def start_api_server(self):
        """Starts it and waits until it is ready."""
        certificates = self.directory / "certificates"
        self._run(
            "kube-apiserver",
            str(self.binaries / "kube-apiserver"),
            "--etcd-servers",
            self._etcd_address,
            "--bind-address",
            "127.0.0.1",
            "--secure-port",
            str(self.port),
            "--tls-cert-file",
            str(certificates / "server.pem"),
            "--tls-private-key-file",
            str(certificates / "server.key"),
            "--token-auth-file",
            str(self.directory / "tokens.csv"),
            "--authorization-mode",
            "RBAC",
            "--service-cluster-ip-range",
            "10.96.0.0/24",
            "--endpoint-reconciler-type",
            "none",
            "--disable-admission-plugins",
            "ServiceAccount",
            "--anonymous-auth=false",
            "--service-account-issuer",
            "https://test",
            "--service-account-key-file",
            str(certificates / "server.key"),
            "--service-account-signing-key-file",
            str(certificates / "server.key"),
            "--kubelet-certificate-authority",
            str(certificates / "server.pem"),
            "--allow-privileged",
            "--profiling=false",
            "--event-ttl",
            "2h",
        )
        program = self._programs["kube-apiserver"]
        program.wait_until(self.is_ready, 300, "the API server")

    def is_ready(self):
        done = subprocess.run(
            [self.kubectl_path, "--kubeconfig", str(self.kubeconfig()), "get", "--raw", "/readyz"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
            env=dict(os.environ, HOME=str(self.directory)),
        )
        return done.stdout == b"ok"

    def stop_api_server(self):
        """Ends the API server alone, as a node's failure would; `start_api_server` brings it back."""
        self._programs.pop("kube-apiserver").stop(grace=0.5)

    def restart_api_server(self):
        self.stop_api_server()
        self.start_api_server()

    def pause_api_server(self, paused=True):
        """Lets it hang: it takes connections and answers none."""
        os.kill(self._programs["kube-apiserver"].pid, 19 if paused else 18)

    def _start_controllers(self):
        manager = self.binaries / "kube-controller-manager"
        if not manager.exists():
            return
        self._run(
            "kube-controller-manager",
            str(manager),
            "--kubeconfig",
            str(self.kubeconfig()),
            "--authentication-kubeconfig",
            str(self.kubeconfig()),
            "--authorization-kubeconfig",
            str(self.kubeconfig()),
            "--bind-address",
            "127.0.0.1",
            "--secure-port",
            str(free_port()),
            "--leader-elect=false",
            "--controllers",
            "deployment,replicaset,statefulset,job,garbagecollector,namespace,ttl-after-finished",
        )
        # It ends where the API server goes away while it starts.
        self._programs["kube-controller-manager"].wait_until(
            lambda: 'controller="garbage collector"' in self._said("kube-controller-manager", "Caches are synced"),
            120,
            "the controller manager",
        )

    def start_training_operator(self):
        """Installs Kubeflow's custom resources and starts the training operator."""
        if "training-operator" in self._programs:
            return
        for definition in sorted((self.binaries / "crds").glob("kubeflow.org_*.yaml")):
            self.kubectl("apply", "--server-side", "--filename", str(definition))
        self.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
        self.apply(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kubeflow"}},
            # The operator fills both with a certificate of its own; nobody asks it over them.
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": "training-operator-webhook-cert", "namespace": "kubeflow"},
            },
            {
                "apiVersion": "admissionregistration.k8s.io/v1",
                "kind": "ValidatingWebhookConfiguration",
                "metadata": {"name": "validator.training-operator.kubeflow.org"},
                "webhooks": [],
            },
        )
        metrics, probes, webhook = free_ports(3)
        self._run(
            "training-operator",
            str(self.binaries / "training-operator"),
            "--metrics-bind-address",
            "127.0.0.1:%d" % metrics,
            "--health-probe-bind-address",
            "127.0.0.1:%d" % probes,
            "--webhook-server-port",
            str(webhook),
            "--leader-elect=false",
            env={"KUBECONFIG": str(self.kubeconfig()), "MY_POD_NAMESPACE": "kubeflow"},
        )
        program = self._programs["training-operator"]
        program.wait_until(
            lambda: self._bring_certificate() and "pytorchjob-controller" in self._said("training-operator", "Starting workers"),
            120,
            "the training operator",
        )

    def _bring_certificate(self):
        """The operator makes its certificate and waits until it has been brought to its folder, as the kubelet would."""
        data = self.get("secret", "training-operator-webhook-cert", "--namespace", "kubeflow").get("data") or {}
        if not {"ca.crt", "tls.crt", "tls.key"} <= set(data):
            return False
        OPERATORS_CERTIFICATE.mkdir(parents=True, exist_ok=True)
        for name in ("tls.key", "tls.crt"):
            if not (OPERATORS_CERTIFICATE / name).exists():
                (OPERATORS_CERTIFICATE / name).write_bytes(base64.b64decode(data[name]))
        return True

    def _said(self, name, words):
        log = (self.directory / (name + ".log")).read_text(encoding="utf-8", errors="replace")
        return "\n".join(line for line in log.splitlines() if words in line)

    def _run(self, name, *command, env=None):
        self._programs[name] = Program(
            list(command), self.directory / (name + ".log"), cwd=self.directory, env=dict(os.environ, **(env or {}))
        )

    def _write_tokens(self):
        lines = [
            "%s,%s,%s%s" % (token, name, name, ',"%s"' % group if group else "")
            for name, (token, group) in sorted(self._tokens.items())
        ]
        path = self.directory / "tokens.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        path.chmod(0o600)

    def _certify(self):
        """One certificate for the API server and the node, which both trust."""
        place = self.directory / "certificates"
        place.mkdir()
        subprocess.run(
            [
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "30",
                "-subj",
                "/CN=127.0.0.1",
                "-addext",
                "subjectAltName=IP:127.0.0.1,DNS:localhost",
                "-keyout",
                str(place / "server.key"),
                "-out",
                str(place / "server.pem"),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _authority(self):
        content = (self.directory / "certificates" / "server.pem").read_bytes()
        return base64.b64encode(content).decode("ascii")


def _rule(groups, resources, verbs):
    def words(value):
        return value.split() if isinstance(value, str) else list(value)

    return {
        "apiGroups": ["" if each == "core" else each for each in words(groups)],
        "resources": words(resources),
        "verbs": words(verbs),
    }


def wait_for(cluster, what, *arguments):
    """Waits until `what(object)` is true of an object that kubectl gets by these arguments; returns the object."""

    def found():
        resource = cluster.get(*arguments)
        return resource if resource is not None and what(resource) else None

    return wait_until(found, what=" ".join(arguments))
