"""The form in which a rule is put together: groups of conditions, changed by buttons, without any script.

What stands in the form is read whole with each press, however unfinished; only saving and the preview ask for a rule
that holds. Inputs are called g<group>-<condition>-<field>.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import msgspec

from wellheard.people.models import Workspace
from wellheard.people.segments import registry
from wellheard.people.segments.condition import Condition, Field
from wellheard.people.segments.facts import Of
from wellheard.people.segments.rule import BadRule, Group

MOST_GROUPS = 10
MOST_ROWS = 20
THEIRS = {
    "people": (("people", "for themselves"), ("accounts", "for an account of theirs")),
    "accounts": (("accounts", "for the account"), ("people", "for a person of it")),
}


@dataclass(slots=True)
class Row:
    """One condition as it stands in the form."""

    what: str
    negated: bool = False
    of: str = ""
    said: dict[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> type[Condition]:
        return registry.kinds()[self.what]

    def raw(self) -> dict[str, Any]:
        """As a rule has it. Raises ValueError."""
        found: dict[str, Any] = {"what": self.what}
        if self.negated:
            found["not"] = True
        if self.of:
            found["of"] = self.of
        for asked in self.kind.fields:
            if said := self.said.get(asked.name, "").strip():
                found[asked.name] = asked.read(said)
        missing = [
            next((f.label for f in self.kind.fields if f.name == part.encode_name), part.encode_name)
            for part in msgspec.structs.fields(self.kind)
            if part.required and part.encode_name not in found
        ]
        if missing:
            raise ValueError(f"Fill in: {', '.join(missing)}.")
        return found


@dataclass(slots=True)
class Block:
    match: str = "all"
    rows: list[Row] = field(default_factory=list)


@dataclass(slots=True)
class Builder:
    of: Of
    match: str = "all"
    blocks: list[Block] = field(default_factory=lambda: [Block()])

    def rule(self) -> dict[str, Any]:
        """As it is stored: one group lies flat. Raises BadRule naming the condition."""
        blocks = [block for block in self.blocks if block.rows]
        if not blocks:
            raise BadRule("Add a condition first.")
        plain = [{"match": b.match, "of": [self._raw(b, row) for row in b.rows]} for b in blocks]
        return plain[0] if len(plain) == 1 else {"match": self.match, "of": plain}

    def _raw(self, block: Block, row: Row) -> dict[str, Any]:
        try:
            return row.raw()
        except ValueError as e:
            at = block.rows.index(row) + 1
            full = [b for b in self.blocks if b.rows]
            place = f"{full.index(block) + 1}.{at}" if len(full) > 1 else str(at)
            raise BadRule(f"Condition {place} ({row.kind.title}): {e}") from None

    def press(self, do: str, new: Mapping[str, str]) -> None:
        """A button: add-G (the kind stands in gG-new), drop-G-R, group, ungroup-G. Others change nothing."""
        verb, *rest = do.split("-")
        at = [int(part) for part in rest if part.isascii() and part.isdigit() and len(part) < 4]
        if verb == "group" and len(self.blocks) < MOST_GROUPS:
            self.blocks.append(Block())
        elif verb == "add" and at and at[0] < len(self.blocks):
            block, what = self.blocks[at[0]], new.get(f"g{at[0]}-new", "")
            if what in registry.kinds() and len(block.rows) < MOST_ROWS:
                block.rows.append(Row(what))
        elif verb == "drop" and len(at) == 2 and at[0] < len(self.blocks) and at[1] < len(self.blocks[at[0]].rows):
            del self.blocks[at[0]].rows[at[1]]
        elif verb == "ungroup" and at and at[0] < len(self.blocks) and len(self.blocks) > 1:
            del self.blocks[at[0]]


def of_rule(rule: Group, of: Of) -> Builder:
    """Conditions that stand beside groups become a group of their own, which says the same."""
    loose = [part for part in rule.of if isinstance(part, Condition)]
    groups = [part for part in rule.of if isinstance(part, Group)]
    blocks = [Block(rule.match, [_row(c) for c in loose])] if loose else []
    blocks += [Block(group.match, [_row(c) for c in group.conditions()]) for group in groups]
    return Builder(of, rule.match, blocks)


def _row(condition: Condition) -> Row:
    raw = msgspec.to_builtins(condition)
    kind = type(condition)
    held = {part.encode_name: getattr(condition, part.name) for part in msgspec.structs.fields(kind)}
    said = {f.name: f.write(held[f.name]) for f in kind.fields}
    return Row(str(raw["what"]), condition.negated, condition.of or "", said)


def of_form(post: Mapping[str, str], of: Of) -> Builder:
    """What stands in the form; anything that is not there is as it begins."""
    found = Builder(of, _match(post.get("match")), [])
    for g in range(min(_whole(post.get("groups")), MOST_GROUPS)):
        block = Block(_match(post.get(f"g{g}-match")))
        for r in range(min(_whole(post.get(f"g{g}-rows")), MOST_ROWS)):
            at = f"g{g}-{r}"
            what = post.get(f"{at}-what", "")
            if what in registry.kinds():
                kind = registry.kinds()[what]
                said = {f.name: post.get(f"{at}-{f.name}", "") for f in kind.fields}
                meant = post.get(f"{at}-of", "")
                block.rows.append(Row(what, post.get(f"{at}-not") == "yes", meant if meant != of else "", said))
        found.blocks.append(block)
    found.blocks = found.blocks or [Block()]
    return found


def _match(said: str | None) -> str:
    return "any" if said == "any" else "all"


def _whole(said: str | None) -> int:
    return int(said) if said and said.isascii() and said.isdigit() and len(said) < 4 else 0


# what the template shows ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Input:
    """One input. `options` with `free` are offered, without they are all there is."""

    name: str
    field: Field
    value: str
    options: list[tuple[str, str]]

    @property
    def select(self) -> bool:
        return bool(self.options or self.field.kind == "thing") and not self.field.free


@dataclass(frozen=True, slots=True)
class ShownRow:
    name: str
    place: str
    title: str
    what: str
    negated: bool
    theirs: tuple[tuple[str, str], ...]
    fixed: str
    meant: str
    inputs: list[Input]


@dataclass(frozen=True, slots=True)
class ShownBlock:
    name: str
    place: int
    match: str
    rows: list[ShownRow]


def shown(builder: Builder, workspace: Workspace) -> list[ShownBlock]:
    return [
        ShownBlock(
            f"g{g}", g, block.match, [_shown(builder.of, row, g, r, workspace) for r, row in enumerate(block.rows)]
        )
        for g, block in enumerate(builder.blocks)
    ]


def _shown(of: Of, row: Row, g: int, r: int, workspace: Workspace) -> ShownRow:
    kind, at = row.kind, f"g{g}-{r}"
    both = len(kind.asked_of) == 2 and row.what != "segment"
    fixed = "" if of in kind.asked_of else THEIRS[of][1][1]
    inputs = [Input(f"{at}-{f.name}", f, row.said.get(f.name, ""), f.options(workspace)) for f in kind.fields]
    return ShownRow(
        at, f"{g}-{r}", kind.title, row.what, row.negated, THEIRS[of] if both else (), fixed,
        row.of or of, inputs,
    )  # fmt: skip


def kinds_by_group() -> list[tuple[str, list[tuple[str, str]]]]:
    """To choose from: group → (kind, title)."""
    found: dict[str, list[tuple[str, str]]] = {}
    for what, kind in registry.kinds().items():
        found.setdefault(kind.group, []).append((what, kind.title))
    return list(found.items())


def side(said: str) -> Of:
    return cast(Of, "accounts" if said == "accounts" else "people")
