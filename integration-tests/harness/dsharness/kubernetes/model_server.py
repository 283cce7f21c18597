# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What a pod of a served model runs: MLServer on the port that the node gives it, as KServe's and Seldon's runtimes start it.

model_server.py MLSERVER FILES: the program mlserver, and the directory with the model's files. With `-` for the program, a
server of a few lines that answers by the same protocol and loads nothing, for tests of what surrounds a model.
"""

import http.server
import json
import os
import pathlib
import socket
import sys


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def mlserver(program, files):
    name = os.environ["MODEL_NAME"]
    settings = {"name": name, "implementation": "mlserver_mlflow.MLflowRuntime", "parameters": {"uri": files}}
    if os.environ.get("MLSERVER_MODEL_VERSION"):
        settings["parameters"]["version"] = os.environ["MLSERVER_MODEL_VERSION"]
    pathlib.Path("model-settings.json").write_text(json.dumps(settings), encoding="utf-8")
    pathlib.Path("settings.json").write_text(
        json.dumps(
            {
                "host": "127.0.0.1",
                "http_port": int(os.environ["OWN_PORT"]),
                "grpc_port": _free_port(),
                "metrics_port": _free_port(),
                "parallel_workers": 0,
            }
        ),
        encoding="utf-8",
    )
    os.execv(program, [program, "start", "."])


class Light(http.server.BaseHTTPRequestHandler):
    """The Open Inference Protocol as far as a client asks it."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self._answer(200, {})

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if os.environ.get("REFUSES"):
            self._answer(500, {"error": os.environ["REFUSES"]})
            return
        self._answer(
            200,
            {
                "model_name": os.environ["MODEL_NAME"],
                "model_version": os.environ.get("MLSERVER_MODEL_VERSION", ""),
                "outputs": [
                    {
                        "name": "output-0",
                        "shape": [1],
                        "datatype": "BYTES",
                        "data": [os.environ.get("MLSERVER_MODEL_VERSION", "")],
                    }
                ],
            },
        )

    def _answer(self, code, body):
        # As MLServer writes its access log.
        print('INFO:     127.0.0.1:1 - "%s %s HTTP/1.1" %d' % (self.command, self.path, code), flush=True)
        data = json.dumps(body).encode("utf-8")
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


def main(program, files):
    if program != "-":
        mlserver(program, files)
    if not os.path.exists(os.path.join(files, "MLmodel")):
        sys.exit("there is no model at %s" % files)
    http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["OWN_PORT"])), Light).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
