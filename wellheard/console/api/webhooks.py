"""Webhooks over the API: who is told, and what became of each telling."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router
from ninja.responses import Status

from wellheard.people.models import Role
from wellheard.tell.models import Telling, Webhook
from wellheard.tell.queries import webhooks as reads
from wellheard.tell.services import webhooks as service
from wellheard.tell.webhooks.kinds import KINDS

from .loop import Strict, _access

router = Router()


def told(w: Webhook) -> dict[str, Any]:
    return {
        "id": w.pk, "name": w.name, "url": w.url, "kinds": w.kinds, "state": w.state, "about": w.about, "made_by": w.made_by,
        "resting_until": w.resting_until,
    }  # fmt: skip


def one_telling(t: Telling) -> dict[str, Any]:
    return {
        "id": t.pk, "message": t.happening.key, "kind": t.happening.kind, "at": t.happening.at, "state": t.state,
        "tries": t.tries, "next_try_at": t.next_try_at if t.state == Telling.State.WAITING else None, "attempts": t.attempts,
    }  # fmt: skip


@router.get("/webhooks", summary="Who is told, with what was delivered in 30 days; and the kinds there are")
def list_webhooks(request: HttpRequest) -> dict[str, Any]:
    access = _access(request)
    access.need(Role.OWNER)
    rows = reads.webhooks(access.workspace)
    return {
        "webhooks": [
            {**told(r.webhook), "delivered": r.done, "waiting": r.waiting, "given_up": r.failed, "last_at": r.last_at}
            for r in rows
        ],
        "kinds": [{"kind": k.name, "about": k.about} for k in KINDS.values()],
    }


class WebhookIn(Strict):
    url: str = Field(min_length=1, max_length=500)
    kinds: list[str] = Field(min_length=1, max_length=50)
    name: str = ""


@router.post("/webhooks", response={201: dict[str, Any]}, summary="Tell an address; its secret is told once")
def make_webhook(request: HttpRequest, given: WebhookIn) -> Any:
    made = service.make(_access(request), given.url, given.kinds, given.name)
    return Status(201, {**told(made), "secret": made.secret})


class WebhookDo(Strict):
    do: str = Field(description="pause, resume, test, secret or remove")


@router.post("/webhooks/{number}", summary="Pause it, let it go on, send a test, make a new secret, or remove it")
def do_webhook(request: HttpRequest, number: int, given: WebhookDo) -> dict[str, Any]:
    access = _access(request)
    access.need(Role.OWNER)
    webhook = access.get(Webhook, number)
    if given.do == "secret":
        fresh = service.rotate(access, webhook)
        return {**told(fresh), "secret": fresh.secret}
    if given.do == "test":
        return {**told(webhook), "message": service.test(access, webhook).happening.key}
    acts = {"pause": service.pause, "resume": service.resume, "remove": service.remove}
    if given.do not in acts:
        raise ValueError(f"There is nothing called {given.do[:20]!r} to do. Use pause, resume, test, secret or remove.")
    acts[given.do](access, webhook)
    if given.do == "remove":
        return {"id": number, "removed": True}
    webhook.refresh_from_db()
    return told(webhook)


@router.get("/webhooks/{number}/deliveries", summary="What was told, newest first; `state`: waiting, done, failed")
def deliveries(request: HttpRequest, number: int, state: str = "", limit: int = 50) -> dict[str, Any]:
    access = _access(request)
    access.need(Role.OWNER)
    rows = reads.tellings(access.get(Webhook, number), state, max(1, min(limit, 500)))
    return {"deliveries": [one_telling(t) for t in rows]}


class ReplayIn(Strict):
    deliveries: list[int] | None = Field(None, max_length=1000, description="Left out: everything given up")


@router.post("/webhooks/{number}/replay", summary="Tell again what was given up, or these deliveries")
def replay(request: HttpRequest, number: int, given: ReplayIn) -> dict[str, Any]:
    access = _access(request)
    access.need(Role.OWNER)
    return {"again": service.replay(access, access.get(Webhook, number), given.deliveries)}
