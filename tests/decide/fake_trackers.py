"""A small server that answers as GitHub, Jira and Linear do, as far as we ask them."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class FakeTrackers:
    """`calls` holds (method, path, headers, body). `issues` are GitHub's by number. `says` forces an answer (status, body)."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, dict[str, str], Any]] = []
        self.issues: dict[int, dict[str, Any]] = {}
        self.repository, self.moved_from = "acme/shop", ""
        self.says: tuple[int, Any, dict[str, str]] | None = None
        self.jira = {
            "id": "10042",
            "key": "SHOP-7",
            "fields": {
                "summary": "One clock",
                "status": {"name": "To Do", "statusCategory": {"key": "new"}},
                "updated": "2026-01-05T10:00:00.000+0000",
            },
        }
        self.linear = {
            "id": "0d6f6b0a-0000-4000-8000-000000000001",
            "identifier": "ENG-3",
            "url": "https://linear.app/acme/issue/ENG-3/x",
            "title": "One clock",
            "updatedAt": "2026-01-05T10:00:00Z",
            "state": {"name": "Todo", "type": "unstarted"},
        }
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def _go(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                body = json.loads(raw) if raw else None
                outer.calls.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                status, told, headers = outer.says or outer.answer(self.command, self.path, body)
                data = told if isinstance(told, bytes) else json.dumps(told).encode()
                self.send_response(status)
                for k, v in {**headers, "Content-Length": str(len(data))}.items():
                    self.send_header(k, v)
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = _go

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any, dict[str, str]]:
        if self.moved_from and path.startswith(f"/repos/{self.moved_from}"):
            return 301, {}, {"Location": path.replace(f"/repos/{self.moved_from}", f"/repos/{self.repository}")}
        if path == f"/repos/{self.repository}":
            return 200, {"full_name": self.repository, "node_id": "R_1", "has_issues": True}, {}
        if path == f"/repos/{self.repository}/issues" and method == "POST":
            return 201, self.issue(len(self.issues) + 12, body["title"]), {}
        if found := re.fullmatch(rf"/repos/{self.repository}/issues/(\d+)", path):
            held = self.issues.get(int(found[1]))
            return (200, held, {}) if held else (404, {"message": "Not Found"}, {})
        if path == "/graphql":
            return self.github_node(body) if "node(id:" in body["query"] else self.answer_linear(body)
        if path == "/rest/api/3/project/SHOP":
            return 200, {"id": "10000", "key": "SHOP"}, {}
        if path == "/rest/api/3/issue" and method == "POST":
            return 201, {"id": "10042", "key": "SHOP-7"}, {}
        if path.startswith(("/rest/api/3/issue/10042", "/rest/api/3/issue/SHOP-7")):
            return 200, self.jira, {}
        return 404, {"message": "Not Found"}, {}

    def issue(self, number: int, title: str, **more: Any) -> dict[str, Any]:
        self.issues[number] = {
            "node_id": f"I_node_{number}", "number": number, "title": title, "state": "open", "state_reason": None, "updated_at": "2026-01-05T10:00:00Z",
            "html_url": f"https://github.com/{self.repository}/issues/{number}", "repository_url": f"https://api.github.com/repos/{self.repository}", **more,
        }  # fmt: skip
        return self.issues[number]

    def github_node(self, body: Any) -> tuple[int, Any, dict[str, str]]:
        held = next((i for i in self.issues.values() if i["node_id"] == body["variables"]["id"]), None)
        node = {"number": held["number"], "repository": {"nameWithOwner": self.repository}} if held else None
        return 200, {"data": {"node": node}}, {}

    def answer_linear(self, body: Any) -> tuple[int, Any, dict[str, str]]:
        if "teams(" in body["query"]:
            known = body["variables"]["key"] == "ENG"
            return 200, {"data": {"teams": {"nodes": [{"id": "team-1", "key": "ENG"}] if known else []}}}, {}
        if "issueCreate" in body["query"]:
            return 200, {"data": {"issueCreate": {"success": True, "issue": self.linear}}}, {}
        if body["variables"]["id"] not in (self.linear["id"], self.linear["identifier"]):
            return 200, {"errors": [{"message": "Entity not found: Issue"}], "data": None}, {}
        return 200, {"data": {"issue": self.linear}}, {}
