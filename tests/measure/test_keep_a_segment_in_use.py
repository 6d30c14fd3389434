"""A segment that a dashboard asks about cannot be deleted under it."""

from __future__ import annotations

import pytest

from wellheard.measure.models import Dashboard, Tile
from wellheard.people.access import Access
from wellheard.people.models import Member, Segment
from wellheard.people.services import segments


@pytest.mark.parametrize("by_number", [False, True])
def test_a_dashboard_keeps_its_segment(access: Access, owner: Member, by_number: bool) -> None:
    made = segments.make_segment(access, "Payers", "accounts", {"match": "all", "of": [{"what": "pays"}]})
    board = Dashboard.objects.create(workspace=access.workspace, name="Mornings", made_by=owner)
    tile = Tile.objects.create(
        workspace=access.workspace, dashboard=board, kind="active", position=0,
        words={"segment": str(made.pk) if by_number else "payers"},
    )  # fmt: skip
    with pytest.raises(ValueError, match="Mornings"):
        segments.delete_segment(access, made)
    tile.delete()
    segments.delete_segment(access, made)
    assert not Segment.objects.exists()
