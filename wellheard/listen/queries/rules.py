"""A workspace's rules for events, as the intake asks for them."""

from __future__ import annotations

from ipaddress import ip_network

from ..intake.messages import plainly
from ..intake.rules import Rules
from ..models import IntakeRules


def rules_of(workspace: int, dropped: frozenset[str] = frozenset()) -> Rules:
    """`dropped`: names of properties that are kept for nobody, plainly."""
    held = IntakeRules.objects.filter(workspace_id=workspace).first()
    if held is None:
        return Rules(dropped)
    return Rules(
        dropped | plainly(held.drop_properties),
        bots=held.exclude_bots,
        networks=tuple(ip_network(text) for text in held.own_networks),
        hosts=tuple(held.own_hosts),
        people=frozenset(held.own_people),
        accounts=frozenset(held.own_accounts),
        origins=tuple(held.origins),
        account_group=held.account_group,
    )


def dropped_names(workspace: int) -> tuple[str, ...]:
    """Properties the workspace wants kept from nowhere, in its own spelling."""
    held = IntakeRules.objects.filter(workspace_id=workspace).values_list("drop_properties", flat=True).first()
    return tuple(held or ())
