"""What happened to one thing, in sentences: the journal's verbs as people would tell them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Model, Q

from wellheard.core import journal
from wellheard.core.models import Entry

VERBS = {
    # people and money
    "person.merged": "merged somebody into this person",
    "person.unmerged": "took a merge apart",
    "person.edited": "changed what is known",
    "person.saved": "wrote down what is known",
    "person.confirmed": "confirmed their address",
    "person.identified": "said who they are",
    "person.opted_in": "wants mail again",
    "person.opted_out": "wants no mail",
    "person.claimed": "said who they are",
    "person.visited": "came by for the first time",
    "person.erased": "erased somebody for good",
    "account.merged": "merged another account into this one",
    "account.unmerged": "took a merge apart",
    "account.edited": "changed what is known",
    "account.saved": "wrote down what is known",
    "account.owned": "said who is responsible",
    "relation.set": "said what they are to an account",
    "relation.history": "said what they are and were to an account",
    "trait.defined": "said what a trait is",
    "segment.made": "made the segment",
    "segment.changed": "changed it",
    "segment.frozen": "made this list of whoever was in a segment",
    "segment.deleted": "deleted it",
    "revenue.noted": "noted what an account pays",
    "revenue.billed": "took over what was billed",
    "revenue.ended": "noted that it ended",
    "income.noted": "noted an income",
    "billing.made": "made a connection to billing",
    "billing.secret_added": "gave it a signing secret",
    "billing.secret_dropped": "forgot an older secret",
    "billing.paused": "paused it",
    "billing.resumed": "went on with it",
    "billing.deleted": "deleted the connection",
    "billing.customer_linked": "said whose customer it is",
    # listening
    "voice.said": "said it on the portal",
    "voice.captured": "noted what somebody said",
    "voice.heard": "heard it",
    "voice.marked": "heard that it was marked at its source",
    "voice.withdrawn": "heard that it was deleted at its source",
    "voice.attributed": "said who it was",
    "voice.sorted": "said what kind it is",
    "voice.answered": "answered who said it",
    "voices.brought": "brought many voices in",
    "voices.sorted": "said what kind many voices are",
    "voices.triaged": "sorted the inbox",
    "idea.posted": "posted it",
    "idea.answered": "changed its status or answer",
    "idea.voted": "voted",
    "idea.unvoted": "took a vote back",
    "idea.followed": "followed it",
    "idea.unfollowed": "stopped following it",
    "idea.merged": "merged it into another idea",
    "idea.unmerged": "took the merge back",
    "idea.moved": "moved it to another board",
    "idea.retitled": "changed the title",
    "idea.tagged": "changed its tags",
    "idea.noted": "left a note for the team",
    "idea.note_dropped": "took a note away",
    "idea.pinned": "pinned it",
    "idea.unpinned": "unpinned it",
    "idea.locked": "closed its comments",
    "idea.unlocked": "opened its comments",
    "idea.hidden": "hid it from the public",
    "idea.shown": "showed it to the public",
    "idea.approved": "published it",
    "idea.refused": "did not publish it",
    "idea.spam": "marked it as spam",
    "idea.reopened": "put it back into the queue",
    "follow.told": "told a follower",
    "votes.counted": "said which votes count",
    "votes.discounted": "said which votes count",
    "comment.posted": "commented",
    "comment.edited": "changed the comment",
    "comment.deleted": "deleted the comment",
    "comment.approved": "published the comment",
    "comment.refused": "did not publish the comment",
    "comment.spam": "marked the comment as spam",
    "comment.reopened": "put the comment back into the queue",
    "board.made": "made the board",
    "board.changed": "changed the board",
    "portal.look_changed": "changed the look of the portal",
    "widget.set": "set up the widget",
    "intake_rules.set": "said which events are left out",
    "source.set_up": "set up a source",
    "source.connected": "connected a source",
    "source.paused": "paused a source",
    "source.resumed": "went on with a source",
    "source.removed": "removed a source",
    "source.secret_changed": "changed a source's secret",
    "source.tried_again": "tried what had failed again",
    "import.uploaded": "uploaded a file",
    "import.mapped": "said what its columns are",
    "import.checked": "checked the file",
    "import.started": "began to store the file",
    "import.running": "is storing the file",
    "import.stopped": "stopped the import",
    "import.done": "stored the file",
    "import.failed": "could not store the file",
    "import.discarded": "threw the file away",
    "import.undone": "took the import back",
    "import.taken_back": "took the import back",
    "check_in.planned": "planned it",
    "check_in.changed": "changed the plan",
    "check_in.held": "held it",
    "check_in.skipped": "skipped one",
    "check_in.postponed": "postponed one",
    "check_in.stopped": "stopped it",
    # understanding
    "problem.created": "confirmed this problem",
    "problem.renamed": "renamed it",
    "problem.merged": "merged it into another problem",
    "problem.unmerged": "took the merge back",
    "theme.confirmed": "confirmed a suggested theme",
    "theme.dismissed": "dismissed a suggested theme",
    "theme.renamed": "renamed a suggested theme",
    "themes.found": "looked for themes",
    "themes.joined": "put new voices to the themes they belong to",
    "evidence.added": "added evidence",
    "evidence.moved": "moved a voice here",
    "evidence.removed": "took a voice off",
    "pattern.tied": "said what people do who have it",
    "pattern.untied": "took off what people do who have it",
    "signal.rose": "saw it rise more than chance explains",
    "evidence.refused": "said a voice does not speak of it",
    "model.asked": "asked the language model for a name",
    "language.waived": "let a text stand as it is",
    "language.waiver_taken_back": "took that back",
    "meaning.chosen": "said how texts are compared",
    # deciding, telling, measuring
    "decision.made": "decided",
    "decision.prepared": "prepared a decision",
    "decision.worded": "changed the words for those who asked",
    "decision.published": "published a decision",
    "decision.withdrawn": "withdrew a decision",
    "decision.acknowledged": "acknowledged a decision",
    "decision.reminded": "reminded those who have not acknowledged a decision",
    "decision.asked": "mailed a colleague about a decision",
    "decision.brief": "changed the words to use for a decision",
    "follow_up.made": "noted what else can be done",
    "follow_up.closed": "closed what else could be done",
    "stakeholder.added": "put somebody on the map",
    "stakeholder.changed": "changed what is known",
    "stakeholder.touched": "was in touch",
    "stakeholder.taken_off": "took somebody off the map",
    "decision.opinion": "put down an opinion on a decision",
    "decision.consulted": "noted whom was spoken with about a decision",
    "bet.created": "stated the bet",
    "bet.revised": "revised it",
    "bet.moved": "moved it",
    "bet.started": "started work; the bet is locked",
    "bet.dropped": "dropped it",
    "bet.filed": "said whose it is and what it serves",
    "bet.shown": "put it on the public roadmap",
    "bet.hidden": "took it off the public roadmap",
    "bet.cost_added": "added a cost or benefit",
    "bet.cost_changed": "changed a cost or benefit",
    "bet.cost_dropped": "took a cost or benefit off",
    "worth.set": "said what an hour is worth",
    "bet.verdict_due": "was reminded that its verdict is due",
    "bet.issue_asked": "asked for an issue to be made",
    "bet.issue_linked": "linked an issue",
    "bet.issue_unlinked": "let an issue go",
    "bet.issue_changed": "told how its issue stands",
    "tracker.connected": "connected a tracker",
    "tracker.renewed": "gave a tracker a new token or secret",
    "tracker.paused": "paused a tracker",
    "tracker.resumed": "went on with a tracker",
    "tracker.removed": "removed a tracker",
    "tracker.renamed": "heard that its place has a new name",
    "bet.weighed": "said what goes into its score",
    "scores.set": "said how bets are scored",
    "bet.measured": "measured the outcome",
    "bet.measured_later": "looked at it again in later weeks",
    "bet.faded": "raised an alarm: the effect is gone",
    "bet.fading_dismissed": "dismissed the alarm that the effect is gone",
    "problem.reopened": "opened the problem again: what helped is gone",
    "workspace.self_checked": "checked on what did not ship whether “likely” can be believed",
    "bet.closed": "closed the bet with what it taught",
    "bet.learned": "changed what it taught",
    "bet.opened_again": "opened the bet again",
    "release.drafted": "wrote the draft",
    "release.edited": "changed the words",
    "release.published": "published it",
    "voices.answered": "answered many who asked",
    "targets.set": "changed how soon people are to hear from us",
    "message.worded": "changed the text of a message",
    "message.reset": "went back to the text of a message that came with it",
    "message.tested": "had a message sent to themselves",
    "budget.set": "changed how often people are written to",
    "address.bounced": "learned that an address takes no mail",
    "address.complained": "learned that somebody called our mail spam",
    "address.tried_again": "had an address tried again",
    "decision.told": "had those who asked told of it",
    "notices.reached": "read what was written to them",
    "notice.no_address": "found no address to send it to",
    "notice.opted_out": "did not send it: they want no mail",
    "reply.sent": "sent the answer",
    "replies.seen": "read the answers",
    "notice.sent": "sent it",
    "notice.bounced": "learned that it came back",
    "notice.sent_again": "sent it again",
    "notice.told_in_person": "told them in person",
    "dashboard.made": "made the dashboard",
    "dashboard.changed": "changed the dashboard",
    "dashboard.arranged": "arranged it anew",
    "dashboard.chosen_first": "chose it as the first",
    "dashboard.deleted": "deleted the dashboard",
    "dashboard.restored": "brought the dashboard back",
    "dashboard.tile_added": "added a tile",
    "dashboard.tile_changed": "changed a tile",
    "dashboard.tile_removed": "removed a tile",
    "dashboard.subscribed": "subscribed to it",
    "dashboard.mailed": "mailed it to those who subscribed",
    "dashboard.refused": "could not mail it",
    "dashboard.cut_off": "stopped in the middle of mailing it",
    "dashboard.passed_over": "did not mail it",
    "dashboard.unsubscribed": "ended a subscription",
    "flag.made": "made the flag",
    "flag.changed": "changed the flag",
    "flag.killed": "switched the flag off",
    "flag.revived": "switched the flag on again",
    "flag.archived": "archived the flag",
    "flag.restored": "took the flag out of the archive",
    "milestone.made": "said what is worth celebrating",
    "milestone.changed": "changed the milestone",
    "milestone.paused": "paused the milestone",
    "milestone.resumed": "let the milestone go on",
    "milestone.removed": "removed the milestone",
    "milestone.reached": "found who reached it",
    "celebration.sent": "celebrated it with them",
    "celebrations.waved_off": "let it pass",
    "experiment.made": "planned the experiment",
    "experiment.revised": "changed the experiment’s plan",
    "experiment.started": "started the experiment",
    "experiment.looked": "looked at the experiment",
    "experiment.stopped": "stopped the experiment",
    "experiment.concluded": "concluded the experiment",
    "experiment.discarded": "discarded the draft of an experiment",
    "staging.drawn": "drew by lot who goes first",
    "staging.opened": "drafted the release for everybody",
    "staging.called_off": "called the draw off",
    "staging.left_out": "left somebody out of the comparison, on their wish",
    "release.told_silent": "told people who never spoke of it",
    "letter.sent": "sent the letter",
    "letters.seen": "read the letters",
    "webhook.made": "made the webhook",
    "webhook.changed": "changed the webhook",
    "webhook.secret_changed": "gave it a new secret",
    "webhook.paused": "paused the webhook",
    "webhook.resumed": "let the webhook go on",
    "webhook.removed": "removed the webhook",
    "webhook.tested": "tried the webhook",
    "webhook.replayed": "told it again",
    "webhook.gave_up": "gave up telling it",
    "webhook.switched_off": "switched the webhook off",
    # the workspace
    "workspace.created": "made the workspace",
    "workspace.earning_said": "said how the product earns",
    "sample.loaded": "loaded the sample",
    "member.added": "let a member in",
    "member.role_changed": "changed a member's role",
    "member.removed": "removed a member",
    "member.linked": "linked a member to a name elsewhere",
    "member.unlinked": "took such a link away",
    "token.made": "made an API token",
    "token.revoked": "revoked an API token",
    "write_key.made": "made a write key",
    "write_key.revoked": "revoked a write key",
}


def did(verb: str) -> str:
    """The verb as people would tell it."""
    return VERBS.get(verb, verb.replace(".", " ").replace("_", " "))


@dataclass(frozen=True, slots=True)
class Happened:
    at: datetime
    who: str
    what: str
    detail: str
    reason: str


def of(workspace: int, thing: Model, limit: int = 40) -> list[Happened]:
    """Newest first; what was merged into it, and parted from it again, belongs to it as well."""
    kind = str(thing._meta.model_name)
    merges = Entry.objects.filter(
        Q(verb=f"{kind}.merged", data__into=thing.pk) | Q(verb=f"{kind}.unmerged", data__out_of=thing.pk),
        workspace_id=workspace,
        thing=kind,
    )
    entries = sorted([*journal.history(workspace, thing, limit), *merges.order_by("-pk")[:limit]], key=lambda e: -e.pk)
    return [Happened(e.at, e.actor_name or e.actor_kind, _did(e, thing), _detail(e), e.reason) for e in entries[:limit]]


def of_part(workspace: int, thing: Model, key: str, value: int, limit: int = 40) -> list[Happened]:
    """Newest first, only what was written about one part of it, such as one of its decisions."""
    entries = Entry.objects.filter(
        workspace_id=workspace, thing=str(thing._meta.model_name), thing_id=thing.pk, **{f"data__{key}": value}
    )
    return [
        Happened(e.at, e.actor_name or e.actor_kind, did(e.verb), _detail(e), e.reason)
        for e in entries.order_by("-pk")[:limit]
    ]


def _did(entry: Entry, thing: Model) -> str:
    if entry.thing_id != thing.pk:
        return "merged another one into it" if entry.verb.endswith(".merged") else "took such a merge back"
    if entry.verb == "problem.renamed" and entry.data.get("before") == entry.data.get("after"):
        return "changed the summary"
    return did(entry.verb)


def _detail(entry: Entry) -> str:
    data = entry.data
    if entry.verb in ("pattern.tied", "pattern.untied"):
        return f"“{data.get('name')}”"
    if entry.verb == "signal.rose":
        return f"{data.get('voices')} voices in the week of {data.get('week')}, {data.get('low')} to {data.get('high')} expected"
    if entry.verb in ("problem.merged", "problem.unmerged"):
        n = len(data.get("added", data.get("removed", [])))
        return f"{n} voice{'' if n == 1 else 's'} moved"
    if "voices" in data:
        n = len(data["voices"])
        return f"{n} voice{'' if n == 1 else 's'}"
    if entry.verb == "problem.renamed" and data.get("before") != data.get("after"):
        return f"“{data.get('before')}” to “{data.get('after')}”"
    if entry.verb == "bet.moved":
        if data.get("before") == data.get("after"):
            return f"to place {data.get('place')}"
        return f"from {data.get('before') or 'nothing'} to {data.get('after') or 'nothing'}"
    if entry.verb in ("decision.made", "decision.prepared", "decision.published"):
        return {"yes": "yes", "no": "no", "not_now": "not now"}.get(str(data.get("answer")), "")
    if entry.verb == "bet.issue_changed":
        was, now = data.get("changed", {}).get("state_name", ["", ""])
        return f"{data.get('key')}: {was} to {now}" if now else str(data.get("key", ""))
    if entry.verb in ("bet.issue_linked", "bet.issue_unlinked"):
        return str(data.get("key", ""))
    if entry.verb in ("bet.cost_added", "bet.cost_dropped", "bet.shown"):
        return f"“{data.get('name') or data.get('title')}”"
    if entry.verb in ("bet.created", "bet.revised"):
        return f"version {data.get('version', 1)}"
    if entry.verb == "bet.measured":
        return str(data.get("word", ""))
    if entry.verb == "release.published":
        return f"{data.get('owed', 0)} people are owed an answer"
    return ""
