"""Flags of every kind, dealt by every algorithm, and 200 people who are asked about: one workspace on the live server."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.clients.live import HERE, Live, needs_npm_clients

ALGORITHMS = ("posthog", "growthbook", "growthbook1")
PRO = [{"what": "trait", "trait": "plan", "values": ["pro"]}]


def split(one: Any, other: Any, weight: float = 50) -> list[dict[str, Any]]:
    return [{"key": "red", "value": one, "weight": weight}, {"key": "blue", "value": other, "weight": 100 - weight}]


# What each is: kind, definition, the value that a program falls back on (never one of the flag's own).
KINDS: dict[str, tuple[str, dict[str, Any], Any]] = {
    "gate": ("boolean", {"rules": [{"when": PRO, "share": 50, "serve": "on"}]}, None),
    "dealt": ("boolean", {"rules": [{"weights": {"on": 30, "off": 70}}]}, None),
    "colour": ("string", {"variants": split("#f00", "#00f"), "rules": [{}]}, "none"),
    "size": ("number", {"variants": split(1.5, 4.0, 20), "rules": [{"share": 60}], "otherwise": "red"}, 0.5),
    "layout": ("object", {"variants": split({"columns": [1, 2]}, {"columns": []}), "rules": [{"when": PRO}]}, {"none": 1}),
}  # fmt: skip
PEOPLE: list[dict[str, Any]] = [
    {"id": f"u{n}" if n % 20 else f"Zoë {n}", "plan": "pro" if n % 3 else "free"} for n in range(200)
]
Answers = dict[str, dict[str, Any]]  # id → flag → value


@dataclass
class Flagged:
    live: Live
    numbers: dict[str, int] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return self.live.keys["write_key"]

    @property
    def token(self) -> str:
        return self.live.keys["api_token"]

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    def say(self, path: str, **body: Any) -> Any:
        answer = httpx.post(
            f"{self.live.url}/api/{path}", json=body, headers={"Authorization": f"Bearer {self.token}"}, timeout=20
        )
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def make(self, key: str, kind: str = "boolean", algorithm: str = "posthog", **definition: Any) -> None:
        made = self.say("flags", key=key, kind=kind, definition=definition, algorithm=algorithm)
        self.numbers[key] = made["id"]

    def do(self, key: str, what: str) -> None:
        self.say(f"flags/{self.numbers[key]}/do", do=what)

    def told(self) -> Answers:
        """What the server itself says."""
        with httpx.Client(headers=self.bearer) as client:
            found: Answers = {}
            for person in PEOPLE:
                asked = {"context": {"targetingKey": person["id"], "plan": person["plan"]}}
                flags = client.post(f"{self.live.url}/ofrep/v1/evaluate/flags", json=asked).json()["flags"]
                found[person["id"]] = {f["key"]: f["value"] for f in flags}
        return found

    def node(self, way: str, people: list[dict[str, Any]], flags: list[str]) -> Any:
        """What a library of Node's says: the script's own JSON."""
        needs_npm_clients()
        asked = {"people": people, "flags": {key: default_of(key) for key in flags}}
        done = subprocess.run(
            ["node", str(HERE / "node/flags.mjs"), way], capture_output=True, text=True, timeout=60, check=False,
            input=json.dumps(asked), env={**os.environ, "HOST": self.live.url, "KEY": self.key, "TOKEN": self.token},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr + done.stdout
        return json.loads(done.stdout.splitlines()[-1])


def default_of(key: str) -> Any:
    kind, _, fallback = KINDS[key.rpartition("-")[2]]
    return False if kind == "boolean" else fallback


def names(*algorithms: str) -> list[str]:
    return [f"{a}-{kind}" for a in algorithms or ALGORITHMS for kind in KINDS]


def flagged_on(live: Live) -> Flagged:
    found = Flagged(live)
    for algorithm in ALGORITHMS:
        for name, (kind, definition, _) in KINDS.items():
            found.make(f"{algorithm}-{name}", kind, algorithm, **definition)
    found.make("stop", rules=[{"serve": "on"}], otherwise="on")
    return found


def picked(told: Answers, keys: list[str], people: list[dict[str, Any]] = PEOPLE) -> Answers:
    return {p["id"]: {k: told[p["id"]][k] for k in keys} for p in people}


def as_posthog(told: Answers) -> Answers:
    """PostHog's libraries name the variant of a flag that is not just on or off."""
    first = {"colour": "#f00", "size": 1.5, "layout": {"columns": [1, 2]}}

    def name(key: str, value: Any) -> Any:
        return value if isinstance(value, bool) else "red" if value == first[key.rpartition("-")[2]] else "blue"

    return {id_: {k: name(k, v) for k, v in answers.items()} for id_, answers in told.items()}
