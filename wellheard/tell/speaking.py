"""The texts of releases, notices and answers that the language audit reads."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from wellheard.people.access import Access
from wellheard.people.models import Workspace
from wellheard.understand.language.places import Place, texts

from .models import Release, Reply, Wording
from .services.releases import edit_release
from .services.wordings import set_wording

NEWEST = 200


def _title(access: Access, text: str, release: Release) -> None:
    edit_release(access, release, text, release.body)


def _body(access: Access, text: str, release: Release) -> None:
    edit_release(access, release, release.title, text)


@texts("Releases and their mails")
def releases(workspace: Workspace) -> Iterable[Place]:
    """Drafts and what stands in the changelog; the mails that told of it are made of the same words."""
    for release in Release.objects.filter(workspace=workspace).order_by("-pk")[:NEWEST]:
        stands = "" if release.published_at else " (draft)"
        yield Place(
            f"release:{release.pk}:title", f"Title of a release{stands}", release.title, "release", release.pk,
            partial(_title, release=release),
        )  # fmt: skip
        yield Place(
            f"release:{release.pk}:body", f"What “{release}” says{stands}", release.body, "release", release.pk,
            partial(_body, release=release),
        )  # fmt: skip


def _words(access: Access, text: str, held: Wording) -> None:
    set_wording(access, held.kind, held.language, held.subject, text)


@texts("Texts of messages")
def wordings(workspace: Workspace) -> Iterable[Place]:
    """The team's own; the audit reads English."""
    for held in Wording.objects.filter(workspace=workspace, language="en").order_by("pk"):
        yield Place(
            f"wording:{held.pk}:body", f"Text of the message “{held.get_kind_display()}”", held.body, "wording", held.pk,
            partial(_words, held=held),
        )  # fmt: skip


@texts("Answers to people")
def replies(workspace: Workspace) -> Iterable[Place]:
    rows = Reply.objects.filter(workspace=workspace).select_related("person").order_by("-pk")[:NEWEST]
    for reply in rows:
        yield Place(f"reply:{reply.pk}:text", f"Answer to {reply.person}", reply.text, "voice", reply.voice_id)
