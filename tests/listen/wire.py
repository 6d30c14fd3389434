"""A client of the intake, without a server in between."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from tests.engine import Events
from wellheard.listen.intake import Intake

KEY = "wk_test"


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        found = json.loads(self.body)
        assert isinstance(found, dict)
        return found


class Wire:
    """`keys` are known write keys → workspace numbers; any other path is answered by the application behind."""

    def __init__(self, events: Events, **options: Any) -> None:
        self.keys = {KEY: events.workspace, "wk_other": events.workspace + 700_000}
        self.asked: list[str] = []
        self.intake = Intake(self._behind, self._look_up, lambda: events.store, **options)

    def _look_up(self, key: str) -> tuple[int, str, str] | None:
        self.asked.append(key)
        return (self.keys[key], "UTC", "web") if key in self.keys else None

    @staticmethod
    def _behind(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [])
        return [b"behind"]

    def send(
        self,
        path: str,
        body: Any = b"",
        method: str = "POST",
        key: str | None = KEY,
        chunked: bool = False,
        length: int | None = None,
        **headers: str,
    ) -> Answer:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        path, _, query = path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "wsgi.input": io.BytesIO(data),
            "wsgi.url_scheme": "http", "HTTP_HOST": "wellheard.test",
        }  # fmt: skip
        if not chunked:
            environ["CONTENT_LENGTH"] = str(len(data) if length is None else length)
        if key is not None:
            environ["HTTP_AUTHORIZATION"] = "Basic " + base64.b64encode(f"{key}:".encode()).decode()
        environ |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        told: dict[str, Any] = {}

        def start_response(status: str, headers: list[tuple[str, str]]) -> None:
            told.update(status=int(status.split()[0]), headers=dict(headers))

        payload = b"".join(self.intake(environ, start_response))
        return Answer(told["status"], told["headers"], payload)


def track(id_: str = "", **more: Any) -> dict[str, Any]:
    return {"type": "track", "userId": "ann", "event": "Seen", "messageId": id_ or None} | more
