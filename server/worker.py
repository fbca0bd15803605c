"""A gunicorn worker whose protocol errors are JSON, as everything else here."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from gunicorn.http import errors
from gunicorn.workers.sync import SyncWorker

from applications.init.modules.registries import logs

_TOO_LONG = (errors.LimitRequestLine, errors.LimitRequestHeaders)


class CollectorWorker(SyncWorker):  # type: ignore[misc]
    """The sync worker; one request at a time, as web2py's thread-locals like it."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answer what never reached the application, without echoing any of it."""
        if isinstance(exc, _TOO_LONG):
            self._refuse(client, "414 URI Too Long", "the request line or a header is too long")
        elif isinstance(exc, errors.ParseException):
            self._refuse(client, "400 Bad Request", "the request is malformed")
        else:
            log_id = logs.unexpected(exc, "server")
            text = f"something went wrong; it is in the log as {log_id}"
            self._refuse(client, "500 Internal Server Error", text)

    def _refuse(self, client: Any, status: str, message: str) -> None:
        value = {"errors": [{"code": "UNSUPPORTED", "message": message, "detail": None}]}
        body = json.dumps(value)
        answer = (
            f"HTTP/1.1 {status}\r\nConnection: close\r\nCache-Control: no-store\r\n"
            "Content-Type: application/json; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )
        with suppress(OSError):
            client.sendall(answer.encode())
