# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Stands before an API server and answers 500 where a test wants it."""

import http.server
import socketserver
import ssl
import threading
import urllib.error
import urllib.request


class FaultyApi:
    """A plain HTTP way to the API server, as its administrator.

    While `broken` is "500" that is its only answer; with "lost answer" it drops that of the next POST. A log that is followed
    arrives at its end.
    """

    def __init__(self, cluster):
        self.broken = None
        self.refused = 0
        proxy, context = self, ssl.create_default_context(cafile=str(cluster.directory / "certificates" / "server.pem"))

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
                if proxy.broken == "500":
                    proxy.refused += 1
                    self.reply(500, "text/plain", b"internal error")
                    return
                kept = {name: value for name, value in self.headers.items() if name not in ("Host", "Accept-Encoding")}
                # kubectl tells no token to a server without TLS.
                kept["Authorization"] = "Bearer " + cluster.token("administrator")
                forwarded = urllib.request.Request(cluster.address + self.path, data=body, headers=kept, method=self.command)
                try:
                    with urllib.request.urlopen(forwarded, timeout=60, context=context) as answer:
                        status, kind, content = answer.status, answer.headers.get("Content-Type"), answer.read()
                except urllib.error.HTTPError as error:
                    status, kind, content = error.code, error.headers.get("Content-Type"), error.read()
                if proxy.broken == "lost answer" and self.command == "POST" and "dryRun" not in self.path:
                    proxy.broken = None
                    proxy.refused += 1
                    self.reply(500, "text/plain", b"internal error")
                    return
                self.reply(status, kind, content)

            do_POST = do_PATCH = do_PUT = do_DELETE = do_GET

            def reply(self, status, kind, content):
                self.send_response(status)
                self.send_header("Content-Type", kind or "text/plain")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
            daemon_threads = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self.address = "http://127.0.0.1:%d" % self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
