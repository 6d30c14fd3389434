"""A flag as a form: conditions as lines of words, variants and rules as rows, times in the workspace's zone."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict

from wellheard.measure.flags.conditions import WORDS, Account, AccountTrait, Person, Segment, When
from wellheard.measure.flags.definition import BadFlag, Definition, Rule
from wellheard.people.models import Segment as SegmentRow
from wellheard.people.models import Workspace

MOST_ROWS = 50
HOWS = sorted(((words, how) for how, words in WORDS.items()), key=lambda pair: -len(pair[0]))


def rows(workspace: Workspace, kind: str, asked: Definition) -> dict[str, Any]:
    """What the form shows: one empty variant and rule more than there are."""
    names = dict(SegmentRow.objects.filter(workspace=workspace).values_list("pk", "name"))
    zone = ZoneInfo(workspace.time_zone)
    variants = [] if kind == "boolean" else [
        {"key": v.key, "value": v.value if kind == "string" else json.dumps(v.value, ensure_ascii=False), "weight": f"{v.weight:g}"}
        for v in asked.variants
    ] + [{"key": "", "value": "", "weight": ""}]  # fmt: skip
    return {
        "variants": variants,
        "rules": [
            *(_rule(rule, names) | {"use": "1", "was": "1"} for rule in asked.rules),
            _rule(Rule(serve="on" if kind == "boolean" else ""), names) | {"use": "", "was": ""},
        ],
        "otherwise": asked.otherwise,
        "off": asked.off,
        "from": f"{asked.begins.astimezone(zone):%Y-%m-%dT%H:%M}" if asked.begins else "",
        "until": f"{asked.ends.astimezone(zone):%Y-%m-%dT%H:%M}" if asked.ends else "",
        "needs": "\n".join(f"{n.flag}: {', '.join(n.variants)}" for n in asked.needs),
    }


def _rule(rule: Rule, names: dict[int, str]) -> dict[str, str]:
    return {
        "name": rule.name,
        "when": "\n".join(line_of(w, names) for w in rule.when),
        "share": f"{rule.share:g}",
        "serve": rule.serve,
        "weights": ", ".join(f"{k} {w:g}" for k, w in rule.weights.items()),
    }


def line_of(when: When, names: dict[int, str]) -> str:
    """A condition as it is written in the form; `condition` reads it again."""
    if isinstance(when, Person | Account):
        return f"{'person' if isinstance(when, Person) else 'account'} is {_joined(when.ids)}"
    if isinstance(when, Segment):
        return f"{'in' if when.within else 'not in'} {names.get(when.segment, when.segment)}"
    values = tuple(str(v).lower() if isinstance(v, bool) else str(v) for v in when.values)
    subject = f"account.{when.trait}" if isinstance(when, AccountTrait) else when.trait
    return f"{subject} {WORDS[when.how]} {_joined(values)}".strip()


def _joined(values: tuple[str, ...]) -> str:
    return ", ".join('"' + v.replace('"', '""') + '"' if "," in v or '"' in v or v != v.strip() else v for v in values)


def condition(line: str, segments: dict[str, int]) -> dict[str, Any]:
    """`segments`: their names in small letters → numbers. Raises BadFlag."""
    said = line.strip()
    for start, within in (("not in ", False), ("in ", True)):
        if said.lower().startswith(start):
            name = said[len(start) :].strip().strip('“”"').casefold()
            if name not in segments:
                raise BadFlag(f"There is no segment “{said[len(start) :][:80]}”.")
            return {"what": "segment", "segment": segments[name], "within": within}
    low = f"{said} ".lower()
    places = [(low.find(f" {words} "), words, how) for words, how in HOWS if low.find(f" {words} ") > 0]
    if not places:
        raise BadFlag(
            f"“{said[:80]}” is no condition. Write: plan is pro, team; or seats is at least 5; or in Trial users."
        )
    at, words, how = min(places, key=lambda p: (p[0], -len(p[1])))
    subject, rest = said[:at].strip(), said[at + len(words) + 1 :].strip()
    values = [v.strip() for v in next(csv.reader([rest], skipinitialspace=True), []) if v.strip()]
    if subject in ("person", "account") and how == "is":
        return {"what": subject, "ids": values}
    if subject.startswith("account."):
        return {"what": "account_trait", "trait": subject[8:], "how": how, "values": values}
    return {"what": "trait", "trait": subject, "how": how, "values": values}


def read(workspace: Workspace, kind: str, post: QueryDict) -> dict[str, Any]:
    """The definition that the form says. Raises BadFlag."""
    segments = {
        name.casefold(): pk for pk, name in SegmentRow.objects.filter(workspace=workspace).values_list("pk", "name")
    }
    found: dict[str, Any] = {"rules": [], "variants": []}
    for n in range(MOST_ROWS):
        if kind != "boolean" and (key := post.get(f"variant-{n}-key", "").strip()):
            value = _value(kind, key, post.get(f"variant-{n}-value", ""))
            found["variants"].append(
                {"key": key, "value": value, "weight": _number(post.get(f"variant-{n}-weight", ""), 0.0, key)}
            )
        if f"rule-{n}-share" not in post:
            continue
        if post.get(f"rule-{n}-use"):
            found["rules"].append(_rule_of(post, n, segments))
        elif not post.get(f"rule-{n}-was") and _typed(post, n):
            raise BadFlag(f"Rule {n + 1} is filled in but not used. Tick “Use this rule”, or empty it.")
    found |= {k: post[k] for k in ("otherwise", "off") if post.get(k)}
    zone = ZoneInfo(workspace.time_zone)
    for name in ("from", "until"):
        if said := post.get(name, "").strip():
            try:
                found[name] = datetime.fromisoformat(said).replace(tzinfo=zone).astimezone(UTC).isoformat()
            except ValueError:
                raise BadFlag(f"“{said[:40]}” is no time.") from None
    if needs := [line for line in post.get("needs", "").splitlines() if line.strip()]:
        found["needs"] = [
            {"flag": flag.strip(), "variants": [v.strip() for v in variants.split(",") if v.strip()]}
            for flag, _, variants in (line.partition(":") for line in needs)
        ]
    return found


def _typed(post: QueryDict, n: int) -> bool:
    """Whether somebody wrote something into the empty row."""
    words = any(post.get(f"rule-{n}-{name}", "").strip() for name in ("name", "when", "weights"))
    return words or post.get(f"rule-{n}-share", "").strip() not in ("", "100")


def _rule_of(post: QueryDict, n: int, segments: dict[str, int]) -> dict[str, Any]:
    lines = [line for line in post.get(f"rule-{n}-when", "").splitlines() if line.strip()]
    rule: dict[str, Any] = {
        "name": " ".join(post.get(f"rule-{n}-name", "").split()),
        "when": [condition(line, segments) for line in lines],
        "share": _number(post.get(f"rule-{n}-share", ""), 100.0, f"rule {n + 1}"),
    }
    if serve := post.get(f"rule-{n}-serve", ""):
        return rule | {"serve": serve}
    weights = {}
    for part in post.get(f"rule-{n}-weights", "").split(","):
        if part.strip():
            key, _, weight = part.strip().rpartition(" ")
            weights[key.strip()] = _number(weight, 0.0, f"rule {n + 1}")
    return rule | ({"weights": weights} if weights else {})


def _number(text: str, empty: float, what: str) -> float:
    said = text.strip().removesuffix("%").strip()
    try:
        return float(said) if said else empty
    except ValueError:
        raise BadFlag(f"“{text[:20]}” of {what} is no number.") from None


def _value(kind: str, key: str, text: str) -> Any:
    if kind == "string":
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        words = "a number, such as 2 or 2.5" if kind == "number" else 'JSON, such as {"rows": 20}'
        raise BadFlag(f"The value of “{key}” must be {words}.") from None


def typed(post: QueryDict, form: dict[str, Any]) -> dict[str, Any]:
    """The form's rows with what was typed into them, after it was refused."""
    variants = [
        {k: post.get(f"variant-{n}-{k}", "") for k in ("key", "value", "weight")}
        for n in range(MOST_ROWS)
        if f"variant-{n}-key" in post
    ]
    rules = [
        {k: post.get(f"rule-{n}-{k}", "") for k in ("name", "when", "share", "serve", "weights", "use", "was")}
        for n in range(MOST_ROWS)
        if f"rule-{n}-share" in post
    ]
    said = {k: post[k] for k in ("otherwise", "off", "from", "until", "needs") if k in post}
    return {**form, "variants": variants, "rules": rules or form["rules"], **said}
