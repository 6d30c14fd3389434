"""What a workspace does not want to keep of the events sent to it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import Any

from wellheard.core import clean, journal
from wellheard.people.access import Access
from wellheard.people.models import Role, Workspace

from ..models import IntakeRules

MOST = 500
_HOST = re.compile(r"(\*\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")


def set_rules(
    access: Access,
    *,
    drop_properties: Iterable[str] = (),
    exclude_bots: bool = False,
    own_networks: Iterable[str] = (),
    own_hosts: Iterable[str] = (),
    own_people: Iterable[str] = (),
    own_accounts: Iterable[str] = (),
    origins: Iterable[str] = (),
    account_group: str = "",
) -> IntakeRules:
    """Replaces the rules. Raises ValueError for what cannot be a network, a host or an id."""
    access.need(Role.EDITOR)
    rules: dict[str, Any] = {
        "drop_properties": _texts(drop_properties, 100, "A property's name"),
        "exclude_bots": exclude_bots,
        "own_networks": _each(own_networks, _network),
        "own_hosts": _each(own_hosts, _host),
        "own_people": _texts(own_people, 500, "A person's id"),
        "own_accounts": _texts(own_accounts, 500, "An account's id"),
        "origins": _each(origins, _host),
        "account_group": clean.text(account_group, 100, "The group type"),
    }
    with journal.record(access.actor, "intake_rules.set") as entry:
        Workspace.objects.select_for_update().get(pk=access.workspace.pk)  # one press at a time
        held = IntakeRules.objects.filter(workspace=access.workspace).first()
        held = held or IntakeRules(workspace=access.workspace)
        changed = [name for name, value in rules.items() if getattr(held, name) != value]
        if not changed:
            entry.nothing_changed()
            return held
        for name in changed:
            setattr(held, name, rules[name])
        held.save()
        entry.about(held, changed=changed)
    return held


def _texts(values: Iterable[str], limit: int, what: str) -> list[str]:
    return _each(values, lambda value: clean.text(value, limit, what))


def _each(values: Iterable[str], read: Any) -> list[str]:
    found = list(dict.fromkeys(read(value.strip()) for value in values if value.strip()))
    if len(found) > MOST:
        raise ValueError(f"A list holds {len(found)} entries; {MOST} at most.")
    return found


def _network(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value, strict=False))
    except ValueError:
        raise ValueError(f"{value[:60]!r} is no network. Write one such as 203.0.113.0/24 or 2001:db8::/32.") from None


def _host(value: str) -> str:
    """A host name; an address in front of it or a port behind it is taken off."""
    host = re.sub(r"^[a-z]+://", "", value.lower()).partition("/")[0]
    host = host[1:].partition("]")[0] if host.startswith("[") else re.sub(r":\d+$", "", host)
    if len(host) > 253 or not (_HOST.fullmatch(host) or _is_address(host)):
        raise ValueError(f"{value[:60]!r} is no host. Write one such as app.example.com, *.example.com or localhost.")
    return host


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
