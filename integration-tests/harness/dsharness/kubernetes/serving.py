# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What a platform of model serving has in common here: its gateway, the pods behind it, and the addresses of models."""

import copy
import http.client
import http.server
import itertools
import sys
import threading
import traceback
from pathlib import Path

from dsharness.kubernetes import kinds
from dsharness.kubernetes.api import Api
from dsharness.kubernetes.node import OWN_PORT
from dsharness.waiting import wait_until

#: At which a model's server listens in a pod of a true cluster.
SERVERS_PORT = 8080

_LOOK_SECONDS = 0.3


class Gateway:
    """One HTTP address for all services; which one is meant, the name of the host or the path says."""

    def __init__(self, route):
        """`route(host, path)` gives (port of a server, path to ask there), or None where there is no such service."""
        outer = self
        #: (host, path, code) of all requests.
        self.answers = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self._pass_on()

            def do_POST(self):
                self._pass_on()

            def _pass_on(self):
                host = (self.headers.get("Host") or "").partition(":")[0]
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                code, answer = 404, b"{}"
                found = route(host, self.path)
                if found is not None and found[0] is None:
                    code = 503
                elif found is not None:
                    code, answer = outer.query(self.command, found[0], found[1], body)
                outer.answers.append((host, self.path, code))
                self.send_response(code)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, name="gateway", daemon=True).start()

    @property
    def address(self):
        return "http://127.0.0.1:%d" % self._server.server_address[1]

    @staticmethod
    def query(method, port, path, body):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request(method, path, body=body, headers={"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        except OSError:
            return 503, b"{}"
        finally:
            connection.close()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


class Platform:
    """A controller in a thread of its own, and its gateway."""

    #: The definition of the kind: group, version, kind, plural.
    KIND = None

    def __init__(self, cluster, models, mlserver):
        """`models` is the directory that the cluster knows as pvc://models; `mlserver` the path of the program, or "-"."""
        self.cluster = cluster
        self.mlserver = str(mlserver)
        self.api = Api(cluster.address, cluster.token("administrator"), cluster.directory / "certificates" / "server.pem")
        self._models = Path(models)
        self._over = threading.Event()
        self._turn = itertools.count()
        self.gateway = Gateway(self.route)
        self._thread = threading.Thread(target=self._run, name=type(self).__name__, daemon=True)

    def __enter__(self):
        self.define()
        self._thread.start()
        return self

    def define(self):
        """Brings the kind into the cluster."""
        kinds.define(self.cluster, *self.KIND)

    def __exit__(self, *_):
        self._over.set()
        self._thread.join(30)
        self.gateway.stop()

    def _run(self):
        group, version, _, plural = self.KIND
        while not self._over.wait(_LOOK_SECONDS):
            try:
                listed = self.api.request("GET", "/apis/%s/%s/%s" % (group, version, plural)) or {}
            except OSError:
                continue  # the API server is away
            for resource in listed.get("items") or []:
                if not resource["metadata"].get("deletionTimestamp"):
                    self._reconcile(resource)

    def _reconcile(self, resource):
        try:
            self.reconcile(resource)
        except OSError:
            return  # another client was faster, or the namespace is being deleted: the next look is soon
        except Exception:  # a fault of the tests' own: seen in the captured output
            traceback.print_exc()

    def reconcile(self, resource):
        raise NotImplementedError

    def route(self, host, path):
        raise NotImplementedError

    def path_of(self, resource):
        group, version, _, plural = self.KIND
        meta = resource["metadata"]
        return "/apis/%s/%s/namespaces/%s/%s/%s" % (group, version, meta["namespace"], plural, meta["name"])

    def files(self, address):
        """The directory of what the cluster fetches from this address."""
        if not address.startswith("pvc://models/"):
            return "/nowhere"
        return str(self._models / address[len("pvc://models/") :])

    def server(self, name, files, variables, image, probe=None):
        """The container of a model's server; a probe of the port that is a server's there is one of the container's own here."""
        program = "-" if image and image.startswith("light") else self.mlserver
        probe = copy.deepcopy(probe) if probe else {"httpGet": {"path": "/v2/models/%s/ready" % variables["MODEL_NAME"]}}
        for looked_at in (probe.get("httpGet"), probe.get("tcpSocket")):
            if looked_at is not None and looked_at.get("port", SERVERS_PORT) == SERVERS_PORT:
                looked_at["port"] = OWN_PORT
        return {
            "name": name,
            "image": image or "mlserver",
            "command": [sys.executable, str(Path(__file__).parent / "model_server.py"), program, files],
            "env": [{"name": key, "value": value} for key, value in variables.items()],
            "readinessProbe": probe,
        }

    def deployment(self, owner, name, labels, annotations, replicas, container):
        """The Deployment as it is after it has been made like this; what is the same already is left."""
        meta = owner["metadata"]
        described = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {
                "name": name,
                "namespace": meta["namespace"],
                "labels": labels,
                "ownerReferences": [
                    {
                        "apiVersion": owner["apiVersion"],
                        "kind": owner["kind"],
                        "name": meta["name"],
                        "uid": meta["uid"],
                        "controller": True,
                        "blockOwnerDeletion": True,
                    }
                ],
            },
            "spec": {
                "replicas": replicas,
                "selector": {"matchLabels": {"app": name}},
                "strategy": {"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
                "template": {
                    "metadata": {"labels": dict(labels, app=name), "annotations": annotations},
                    "spec": {"terminationGracePeriodSeconds": 2, "containers": [container]},
                },
            },
        }
        path = "/apis/apps/v1/namespaces/%s/deployments/%s" % (meta["namespace"], name)
        return self.api.request("PATCH", path + "?fieldManager=platform&force=true", described, "application/apply-patch+yaml")

    def pods(self, namespace, selector):
        found = self.api.request("GET", "/api/v1/namespaces/%s/pods?labelSelector=%s" % (namespace, selector)) or {}
        return [pod for pod in found.get("items") or [] if not pod["metadata"].get("deletionTimestamp")]

    def ready_port(self, namespace, selector):
        """The port of one of the pods that are ready, each in its turn; None where there is none."""
        ports = [
            self.cluster.node.port_of(pod["metadata"]["name"])
            for pod in self.pods(namespace, selector)
            if any(each["type"] == "Ready" and each["status"] == "True" for each in pod["status"].get("conditions") or [])
        ]
        ports = [port for port in ports if port]
        return ports[next(self._turn) % len(ports)] if ports else None

    def set_status(self, resource, status):
        if resource.get("status") != status:
            self.api.request("PUT", self.path_of(resource) + "/status", dict(resource, status=status))

    def wait_for(self, namespace, name, what):
        return wait_until(
            lambda: what(self.api.request("GET", self.path_of({"metadata": {"namespace": namespace, "name": name}})) or {}),
            what="%s/%s" % (namespace, name),
        )
