"""A stand-in for GOV.UK Notify that follows its published API for letters, and fails as it is told.

Reference: the REST API's pages on sending precompiled letters and getting statuses. A precompiled letter is answered with 201 and
`id`, `reference`, `postage`; a list is `notifications` and `links`; a failure is `status_code` and `errors`. Tokens are JWT (HS256), not older
than 30 seconds, issued by the service's id.
"""

from __future__ import annotations

import base64
import io
import json
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlparse

import jwt
import pypdf

SERVICE, SECRET = str(uuid.UUID(int=7)), str(uuid.UUID(int=9))
KEY = f"troth-test-{SERVICE}-{SECRET}"


class StandIn:
    """The server. `failures` are used up one a request: a status, `lost` (taken in, no reply), `cut` (not taken in, no reply)."""

    def __init__(self) -> None:
        self.letters: list[dict[str, Any]] = []
        self.pdfs: list[bytes] = []
        self.failures: list[Any] = []
        self.requests: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.answer(self, "POST")

            def do_GET(self) -> None:
                outer.answer(self, "GET")

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def answer(self, request: BaseHTTPRequestHandler, method: str) -> None:
        body = request.rfile.read(int(request.headers.get("content-length", 0)))
        where = urlparse(request.path)
        self.requests.append(f"{method} {where.path}")
        failure = self.failures.pop(0) if self.failures else None
        if failure == "cut":
            request.connection.close()
            return
        if isinstance(failure, int):
            reply(request, failure, {"status_code": failure, "errors": [{"error": "Error", "message": "told to"}]})
            return
        if not self.allowed(request):
            reply(request, 403, {"status_code": 403, "errors": [{"error": "AuthError", "message": "Invalid token"}]})
        elif (method, where.path) == ("POST", "/v2/notifications/letter"):
            self.take(request, json.loads(body), lost=failure == "lost")
        elif (method, where.path) == ("GET", "/v2/notifications"):
            asked = {name: values[0] for name, values in parse_qs(where.query).items()}
            reply(request, 200, self.listed(asked))
        else:
            reply(request, 404, {"status_code": 404, "errors": []})

    def allowed(self, request: BaseHTTPRequestHandler) -> bool:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        try:
            said = jwt.decode(token, SECRET, algorithms=["HS256"], options={"verify_iat": False})
        except jwt.InvalidTokenError:
            return False
        return said["iss"] == SERVICE and abs(time.time() - said["iat"]) < 30

    def take(self, request: BaseHTTPRequestHandler, said: dict[str, Any], *, lost: bool) -> None:
        pdf = base64.b64decode(said["content"])
        pages = len(pypdf.PdfReader(io.BytesIO(pdf)).pages)
        if (
            len(pdf) > 5 * 1024 * 1024
            or said.get("postage") not in ("first", "second", "economy")
            or not pdf.startswith(b"%PDF")
        ):
            reply(request, 400, {"status_code": 400, "errors": [{"error": "ValidationError", "message": "letter"}]})
            return
        letter = {
            "id": str(uuid.uuid4()), "reference": said["reference"], "postage": said["postage"], "type": "letter",
            "status": "validation-failed" if pages > 10 else "accepted",
        }  # fmt: skip
        self.letters.insert(0, letter)
        self.pdfs.append(pdf)
        if lost:
            request.connection.close()
            return
        reply(request, 201, {name: letter[name] for name in ("id", "reference", "postage")})

    def listed(self, asked: dict[str, str]) -> dict[str, Any]:
        found = [each for each in self.letters if asked.get("reference") in (None, each["reference"])]
        if older := asked.get("older_than"):
            place = next((at for at, each in enumerate(found) if each["id"] == older), len(found))
            found = found[place + 1 :]
        return {"notifications": found[:2], "links": {"current": f"{self.url}/v2/notifications"}}


def reply(request: BaseHTTPRequestHandler, status: int, said: dict[str, Any]) -> None:
    data = json.dumps(said).encode()
    request.send_response(status)
    request.send_header("content-type", "application/json")
    request.send_header("content-length", str(len(data)))
    request.end_headers()
    request.wfile.write(data)
