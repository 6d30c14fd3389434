"""Who of the team looks after an account."""

from __future__ import annotations

from wellheard.core import clean
from wellheard.people.models import Account, Member, Workspace


def named(workspace: Workspace, said: str | None) -> tuple[Member | None, str]:
    """The colleague with this e-mail address or name, and the words to keep. Somebody who is no member stays words."""
    words = clean.text(said, 120, "The owner")
    if not words:
        return None, ""
    members = Member.objects.filter(workspace=workspace).select_related("user")
    if "@" in words:
        found = members.filter(user__email__iexact=words).first()
    else:
        same = list(members.filter(user__name__iexact=words)[:2])
        found = same[0] if len(same) == 1 else None
    return found, str(found)[:120] if found else words


def give(account: Account, said: str | None) -> None:
    """Sets the owner on a row that is about to be saved."""
    account.keeper, account.owner = named(account.workspace, said)


def leaves(member: Member) -> int:
    """Inside the removal of a member: what they looked after is nobody's. → how many accounts."""
    return Account.objects.filter(keeper=member).update(keeper=None, owner="")


def recognise(member: Member) -> int:
    """Inside the adding of a member: accounts that named them before are theirs."""
    names = [member.user.email, *([member.user.name] if member.user.name else [])]
    found = 0
    for name in names:
        mine = Account.objects.filter(workspace=member.workspace_id, keeper=None, owner__iexact=name)
        found += mine.update(keeper=member, owner=str(member)[:120])
    return found
