"""A consumer of the canary's deployment: takes every webhook, and keeps what came so that it can be searched."""

from __future__ import annotations

import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Final, Self

_MOST_BYTES: Final = 2**20


class Consumer:
    """Listens on a free port of the loopback interface while it is entered; requests are added to `file`."""

    def __init__(self, file: Path) -> None:
        self._file, self._writing = file, threading.Lock()
        consumer = self

        class Taking(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = min(int(self.headers.get("Content-Length", 0)), _MOST_BYTES)
                consumer._keep(bytes(self.headers) + self.rfile.read(length))
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - of the library
                del format, args  # what came is in the file

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
        self._thread = threading.Thread(target=self._server.serve_forever, name="consumer", daemon=True)

    @property
    def url(self) -> str:
        """Where webhooks are to be sent."""
        return f"http://127.0.0.1:{self._server.server_port}/hook"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _keep(self, request: bytes) -> None:
        with self._writing, os.fdopen(_opened(self._file), "ab") as file:
            file.write(request + b"\n")


def _opened(file: Path) -> int:
    return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
