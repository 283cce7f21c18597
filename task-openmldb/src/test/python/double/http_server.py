# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A double of OpenMLDB's API server over the stand-in cluster, as docs/en/quickstart/sdk/rest_api.md describes it.

POST /dbs/DB takes {"mode": offsync | offasync | online, "sql": ...} and answers {"code", "msg"} and, for rows,
"data": {"schema": types, "data": rows}: types without names. GET /dbs answers {"code", "msg", "dbs"}. Errors have
another code than 0, and HTTP status 200 as well. From the source (src/apiserver/api_server_impl.cc): mode `onsync`, the
key "timeout", and dates without leading zeros.

    python3 http_server.py SCRIPT [LOG]      prints its port; ends with its standard input
"""

import http.server
import json
import os
import sys
import threading

from cluster import Cluster, Refused, Session

MODES = {
    "offsync": ("offline", "true"),
    "offasync": ("offline", "false"),
    "online": ("online", "false"),
    "onsync": ("online", "true"),
}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self._note({"get": self.path})
        if self.path != "/dbs":
            return self._answer({"code": -1, "msg": "no match method"})
        return self._answer({"code": 0, "msg": "ok", "dbs": sorted(self.server.cluster.databases)})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])).decode("utf-8"))
        self._note({"post": self.path, "body": body})
        if body.get("mode") not in MODES:
            return self._answer({"code": -1, "msg": "Invalid mode %s" % body.get("mode")})
        mode, sync = MODES[body["mode"]]
        session = Session(self.server.cluster, {"execute_mode": mode, "sync_job": sync})
        try:
            result = session.execute(body["sql"])
        except Refused as error:
            return self._answer({"code": 1000, "msg": str(error)})
        answer = {"code": 0, "msg": "ok"}
        if result is not None:
            answer["data"] = {"schema": result.types, "data": [_row(result.types, row) for row in result.rows]}
        return self._answer(answer)

    def _note(self, call):
        if self.server.log:
            with open(self.server.log, "a", encoding="utf-8") as stream:
                stream.write(json.dumps(call) + "\n")

    def _answer(self, answer):
        # Floats keep the digits of the script; text is UTF-8 and not escaped, as rapidjson writes it.
        data = json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace")
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *arguments):
        pass


def _row(types, row):
    return [_date(value) if kind == "Date" and value else value for kind, value in zip(types, row)]


def _date(text):
    return "-".join(str(int(part)) for part in text.split("-"))


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, script, log=None, port=0):
        super().__init__(("127.0.0.1", port), Handler)
        self.cluster = Cluster(script)
        self.log = log


def main():
    with open(sys.argv[1], encoding="utf-8") as stream:
        server = Server(json.load(stream), sys.argv[2] if len(sys.argv) > 2 else None)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
