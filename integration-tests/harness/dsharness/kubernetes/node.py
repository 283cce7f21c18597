# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""One node without containers: a pod's command is a process here, its log is served, its end is reported."""

import datetime
import http.server
import os
import re
import signal
import socket
import ssl
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

from dsharness.kubernetes.api import Api
from dsharness.ports import free_port
from dsharness.processes import MARKER, end_all

NAME = "node-1"

#: What a pod bears in its annotations so that its container counts as killed for its memory.
OUT_OF_MEMORY = "dsharness/out-of-memory"

#: The name of a port that each container has for itself, in the variable OWN_PORT: pods have no addresses of their own here.
OWN_PORT = "own"

#: The training operator's own init container, which waits until the cluster's DNS knows the master.
_ASKS_DNS = "init-pytorch"

_LOOK_SECONDS = 0.2
_FAILED_PROBES = 3
_REFERENCE = re.compile(r"\$\(([A-Za-z_]\w*)\)")


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def warning(about, reason, message):
    """An event as a cluster reports it of an object."""
    meta = about["metadata"]
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "%s.%s" % (meta["name"][:50], uuid.uuid4().hex[:16]), "namespace": meta["namespace"]},
        "type": "Warning",
        "reason": reason,
        "message": message,
        "firstTimestamp": now(),
        "lastTimestamp": now(),
        "count": 1,
        "source": {"component": "kubelet"},
        "involvedObject": {
            "apiVersion": about["apiVersion"],
            "kind": about["kind"],
            **{key: meta[key] for key in ("namespace", "name", "uid")},
        },
    }


def _now_exactly():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z"


class Node:
    """Scheduler and kubelet of a cluster in one thread.

    An image whose name begins with "missing/" cannot be pulled; a pod with a nodeSelector finds no node.
    """

    def __init__(self, cluster):
        self.directory = cluster.directory / "node"
        self._api = Api(cluster.address, cluster.token("administrator"), cluster.directory / "certificates" / "server.pem")
        self._certificates = cluster.directory / "certificates"
        self._marker = "node-%d" % cluster.port
        self._pods = {}
        self._over = threading.Event()
        self._port = free_port()
        self._server = None
        self._thread = threading.Thread(target=self._run, name="node", daemon=True)

    def start(self):
        self.directory.mkdir(parents=True)
        self._serve_logs()
        self._api.request("POST", "/api/v1/nodes", {"metadata": {"name": NAME, "labels": {"kubernetes.io/hostname": NAME}}})
        capacity = {"cpu": "64", "memory": "64Gi", "pods": "500"}
        self._api.patch_status(
            "/api/v1/nodes/" + NAME,
            {
                "capacity": capacity,
                "allocatable": capacity,
                "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
                "daemonEndpoints": {"kubeletEndpoint": {"Port": self._port}},
                "conditions": [
                    {
                        "type": "Ready",
                        "status": "True",
                        "reason": "Ready",
                        "message": "",
                        "lastHeartbeatTime": now(),
                        "lastTransitionTime": now(),
                    }
                ],
            },
        )
        self._thread.start()

    def stop(self):
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(30)
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
        end_all(self._marker, grace=1.0)

    def processes(self, pod):
        """The ids of the processes that run a pod's containers."""
        return [
            each.process.pid
            for found in list(self._pods.values())
            if found.name == pod
            for each in found.inits + found.containers
            if each.running
        ]

    def port_of(self, pod):
        """The port of the running container of a pod that has one for itself."""
        for found in self.pods():
            if found.name == pod:
                for container in found.containers:
                    if container.running and container.port:
                        return container.port
        return None

    def pods(self):
        """The pods that this node has run, the last one first; each has a `name`."""
        return list(reversed(list(self._pods.values())))

    def _run(self):
        while not self._over.wait(_LOOK_SECONDS):
            try:
                for pod in (self._api.request("GET", "/api/v1/pods") or {}).get("items") or []:
                    self._look(pod)
            except (OSError, ValueError, urllib.error.URLError):
                # The API server is away, or another client has changed the pod: the next look is soon.
                continue

    def _look(self, pod):
        meta, spec = pod["metadata"], pod["spec"]
        path = "/api/v1/namespaces/%s/pods/%s" % (meta["namespace"], meta["name"])
        if not spec.get("nodeName"):
            if meta.get("deletionTimestamp"):
                self._forget(path)
            else:
                self._schedule(pod, path)
            return
        running = self._pods.get(meta["uid"])
        if running is None and not meta.get("deletionTimestamp") and pod["status"].get("phase") == "Pending":
            running = self._pods[meta["uid"]] = _Pod(pod, self)
        if running is None:
            if meta.get("deletionTimestamp"):
                self._forget(path)
            return
        if meta.get("deletionTimestamp") and running.end(meta.get("deletionGracePeriodSeconds")):
            self._forget(path)
            return
        status = running.status()
        if status != running.reported:
            self._api.patch_status(path, status)
            running.reported = status

    def _forget(self, path):
        self._api.request("DELETE", path, {"kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": 0})

    def _schedule(self, pod, path):
        if pod["spec"].get("nodeSelector"):
            words = "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector."
            known = [each for each in pod["status"].get("conditions") or [] if each["type"] == "PodScheduled"]
            if not known:
                self._api.patch_status(
                    path,
                    {
                        "conditions": [
                            {
                                "type": "PodScheduled",
                                "status": "False",
                                "reason": "Unschedulable",
                                "message": words,
                                "lastTransitionTime": now(),
                            }
                        ]
                    },
                )
                self.warn(pod, "FailedScheduling", words)
            return
        self._api.request(
            "POST",
            path + "/binding",
            {
                "apiVersion": "v1",
                "kind": "Binding",
                "metadata": {"name": pod["metadata"]["name"]},
                "target": {"apiVersion": "v1", "kind": "Node", "name": NAME},
            },
        )

    def warn(self, pod, reason, message):
        """An event about a pod."""
        event = warning(dict(pod, apiVersion="v1", kind="Pod"), reason, message)
        self._api.request("POST", "/api/v1/namespaces/%s/events" % pod["metadata"]["namespace"], event)

    def services(self, namespace):
        """The names that the cluster's DNS would know: here all of them are this machine."""
        found = self._api.request("GET", "/api/v1/namespaces/%s/services" % namespace) or {}
        return {each["metadata"]["name"] for each in found.get("items") or []}

    def marked(self, variables):
        return dict(variables, **{MARKER: self._marker})

    def _serve_logs(self):
        node = self

        class Logs(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                url = urllib.parse.urlsplit(self.path)
                asked = dict(urllib.parse.parse_qsl(url.query))
                parts = url.path.strip("/").split("/")
                container = node._container(*parts[1:4]) if parts[0] == "containerLogs" and len(parts) == 4 else None
                self.send_response(200 if container else 404)
                self.send_header("Content-Type", "text/plain")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                try:
                    for line in container.lines(asked, node._over) if container else ():
                        self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
                        self.wfile.flush()
                    self.wfile.write(b"0\r\n\r\n")
                except OSError:
                    self.close_connection = True

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", self._port), Logs)
        self._server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(str(self._certificates / "server.pem"), str(self._certificates / "server.key"))
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self._server.serve_forever, name="logs", daemon=True).start()

    def _container(self, namespace, pod, name):
        for found in self._pods.values():
            if (found.namespace, found.name) == (namespace, pod):
                for container in found.inits + found.containers:
                    if container.name == name:
                        return container
        return None


class _Pod:
    """A pod's containers, and the status that they make."""

    def __init__(self, pod, node):
        self.name, self.namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
        self.reported = None
        self._pod = pod
        self._node = node
        self._policy = pod["spec"].get("restartPolicy", "Always")
        self._began = now()
        self._ending = None
        folder = node.directory / pod["metadata"]["uid"]
        folder.mkdir()
        prepare = [each for each in pod["spec"].get("initContainers") or [] if each["name"] != _ASKS_DNS]
        self.inits = [_Container(each, pod, node, folder) for each in prepare]
        self.containers = [_Container(each, pod, node, folder) for each in pod["spec"]["containers"]]
        self._launched = False
        self._launch()

    def _launch(self):
        """Starts the next container that prepares the pod, or the others when all of those have done their part."""
        for container in self.inits:
            if container.process is None:
                container.launch()
            if container.running or container.process.returncode != 0:
                return
        if not self._launched:
            self._launched = True
            for container in self.containers:
                if container.pulled:
                    container.launch()
                else:
                    self._node.warn(self._pod, "Failed", 'Failed to pull image "%s": not found' % container.image)

    def end(self, grace):
        """Asks all to end, and makes them when the grace is over; whether nothing runs any more."""
        if self._ending is None:
            self._ending = time.monotonic() + (30 if grace is None else grace)
            for container in self.inits + self.containers:
                container.signal(signal.SIGTERM)
        elif time.monotonic() > self._ending:
            for container in self.inits + self.containers:
                container.signal(signal.SIGKILL)
        return not any(container.running for container in self.inits + self.containers)

    def status(self):
        ending = self._ending is not None
        if not ending:
            self._launch()
        again = "Never" if self._policy == "Never" else "OnFailure"
        prepared = [container.status(again, ending) for container in self.inits if container.process is not None]
        statuses = [container.status(self._policy, ending) for container in self.containers]
        over = [each["state"].get("terminated") for each in statuses]
        waiting = not self._launched or any(not container.pulled for container in self.containers)
        phase = "Pending" if waiting else "Running"
        if again == "Never" and any((each["state"].get("terminated") or {}).get("exitCode") for each in prepared):
            phase = "Failed"
        elif all(over):
            phase = "Succeeded" if not any(each["exitCode"] for each in over) else "Failed"
        ready = "True" if all(each["ready"] for each in statuses) else "False"
        return {
            "phase": phase,
            "startTime": self._began,
            "podIP": "127.0.0.1",
            "podIPs": [{"ip": "127.0.0.1"}],
            "hostIP": "127.0.0.1",
            "initContainerStatuses": prepared,
            "containerStatuses": statuses,
            "conditions": [
                {"type": name, "status": value, "lastTransitionTime": self._began}
                for name, value in (
                    ("PodScheduled", "True"),
                    ("Initialized", "True"),
                    ("ContainersReady", ready),
                    ("Ready", ready),
                )
            ],
        }


class _Container:
    """One process at a time, with a log of lines that have their time."""

    def __init__(self, spec, pod, node, folder):
        self.name, self.image = spec["name"], spec.get("image", "")
        self.pulled = not self.image.startswith("missing/")
        self.process = None
        self.port = free_port() if OWN_PORT in str(spec.get("readinessProbe")) else None
        self._spec, self._pod, self._node, self._folder = spec, pod, node, folder
        self._log = folder / (self.name + ".log")
        self._log.touch()
        self._restarts, self._last, self._again = 0, None, 0.0
        self._pump = None

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None

    def launch(self):
        variables = self._variables()
        command = list(self._spec.get("command") or []) + list(self._spec.get("args") or [])
        argv = [_REFERENCE.sub(lambda found: variables.get(found.group(1), found.group(0)), each) for each in command]
        self._began = now()
        self._was_ready, self._misses = False, 0
        try:
            self.process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=str(self._folder),
                env=self._node.marked(dict({"PATH": os.environ["PATH"], "HOME": str(self._folder)}, **variables)),
                start_new_session=True,
            )
        except OSError as error:
            self.process = subprocess.Popen(
                ["sh", "-c", 'echo "$1"; exit 128', "sh", str(error)], stdout=subprocess.PIPE, start_new_session=True
            )
        self._pump = threading.Thread(target=self._write, args=(self.process.stdout,), daemon=True)
        self._pump.start()

    def _variables(self):
        variables = {"OWN_PORT": str(self.port)} if self.port else {}
        names = self._node.services(self._pod["metadata"]["namespace"])
        for each in self._spec.get("env") or []:
            value = each.get("value", "")
            field = ((each.get("valueFrom") or {}).get("fieldRef") or {}).get("fieldPath")
            if field == "metadata.name":
                value = self._pod["metadata"]["name"]
            elif field == "metadata.namespace":
                value = self._pod["metadata"]["namespace"]
            variables[each["name"]] = "127.0.0.1" if value in names else value
        return variables

    def _write(self, stream):
        with open(str(self._log), "ab") as log:
            for line in stream:
                log.write(_now_exactly().encode("ascii") + b" " + line.rstrip(b"\n") + b"\n")
                log.flush()

    def signal(self, number):
        if self.running:
            try:
                os.killpg(self.process.pid, number)
            except OSError:
                pass

    def status(self, policy, ending):
        image = {"name": self.name, "image": self.image, "imageID": self.image, "restartCount": self._restarts}
        if not self.pulled:
            return dict(
                image,
                ready=False,
                state={"waiting": {"reason": "ImagePullBackOff", "message": 'Back-off pulling image "%s"' % self.image}},
            )
        if self.process is None:
            return dict(image, ready=False, state={"waiting": {"reason": "PodInitializing"}})
        if self._last:
            image["lastState"] = {"terminated": self._last}
        if self.running:
            return dict(image, ready=self._is_ready(), state={"running": {"startedAt": self._began}})
        self._pump.join(10)
        ended = self._ended()
        again = not ending and (policy == "Always" or (policy == "OnFailure" and ended["exitCode"]))
        if not again:
            return dict(image, ready=False, state={"terminated": ended})
        if not self._again:
            self._again = time.monotonic() + min(2.0 * (self._restarts + 1), 10.0)
        if time.monotonic() < self._again:
            return dict(
                image,
                ready=False,
                lastState={"terminated": ended},
                state={"waiting": {"reason": "CrashLoopBackOff", "message": "back-off restarting failed container"}},
            )
        self._last, self._again = ended, 0.0
        self._restarts += 1
        self.launch()
        return dict(
            image,
            ready=False,
            restartCount=self._restarts,
            lastState={"terminated": ended},
            state={"running": {"startedAt": self._began}},
        )

    def _ended(self):
        code = self.process.returncode
        if not hasattr(self.process, "ended_at"):
            self.process.ended_at = now()
        ended = {
            "exitCode": code if code >= 0 else 128 - code,
            "reason": "Error" if code else "Completed",
            "startedAt": self._began,
            "finishedAt": self.process.ended_at,
        }
        if OUT_OF_MEMORY in (self._pod["metadata"].get("annotations") or {}) and code:
            ended.update(exitCode=137, reason="OOMKilled")
        return ended

    def _is_ready(self):
        """As the kubelet sees it: what was ready is so until its probe has failed three times in a row."""
        self._misses = 0 if self._answers() else self._misses + 1
        self._was_ready = not self._misses or (self._was_ready and self._misses < _FAILED_PROBES)
        return self._was_ready

    def _answers(self):
        described = self._spec.get("readinessProbe") or {}
        probe = described.get("httpGet") or described.get("tcpSocket")
        if not probe:
            return True
        port = self.port if probe["port"] == OWN_PORT else probe["port"]
        try:
            if "tcpSocket" in described:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return True
            with urllib.request.urlopen("http://127.0.0.1:%s%s" % (port, probe.get("path", "/")), timeout=1) as answer:
                return answer.status < 400
        except (OSError, ValueError):
            return False

    def lines(self, asked, over):
        """The lines of the log as the kubelet serves them."""
        since = asked.get("sinceTime", "")
        follow, stamps = asked.get("follow") == "true", asked.get("timestamps") == "true"
        tail = int(asked["tailLines"]) if "tailLines" in asked else None
        with open(str(self._log), "rb") as log:
            if tail is not None:
                for line in log.read().splitlines(True)[-tail:] if tail else []:
                    yield line if stamps else line.partition(b" ")[2]
            rest = b""
            while True:
                ended = not self.running
                read = log.readline()
                if not read:
                    if not follow or ended or over.is_set():
                        return
                    time.sleep(0.05)
                    continue
                rest += read
                if not rest.endswith(b"\n"):
                    continue
                line, rest = rest, b""
                if since and line[:19].decode("ascii") < since[:19]:
                    continue
                yield line if stamps else line.partition(b" ")[2]
