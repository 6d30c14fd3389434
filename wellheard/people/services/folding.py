"""One row becomes part of another, with everything that points at it, and back again.

`fold` moves whatever points at `gone` to `kept`, whichever app it belongs to, and writes down each step; `unfold` goes
the steps back. Where both have the same thing that may exist once (a vote for one idea), it is settled which stays:
the other is written down whole before it goes. Apps say how their things are settled in SETTLE.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from django.apps import apps
from django.db import IntegrityError, transaction
from django.db.models import Field, ForeignKey, Model, UniqueConstraint
from django.db.models.functions import Lower

CHUNK = 500


@dataclass(slots=True)
class Settled:
    """What becomes of two rows of which one may exist: `gone` stays instead of the other, `values` are set on the one
    that stays; with `apart` both stay, for those values make the gone one's different."""

    prefer_gone: bool = False
    values: dict[str, Any] = field(default_factory=dict)
    apart: dict[str, Any] = field(default_factory=dict)


Settle = Callable[[Any, Any], Settled]
SETTLE: dict[str, Settle] = {}
Steps = list[dict[str, Any]]


def settle(label: str) -> Callable[[Settle], Settle]:
    """Registers how two rows of a model ("app.model") are settled: called with (row of the gone, row of the kept)."""

    def register(fn: Settle) -> Settle:
        SETTLE[label] = fn
        return fn

    return register


def dump(row: Model) -> dict[str, Any]:
    """All fields, as JSON holds them."""
    return {f.attname: None if getattr(row, f.attname) is None else f.value_to_string(row) for f in _fields(type(row))}


def load(model: type[Model], held: dict[str, Any]) -> Model:
    """The row as it was. A field that was added since gets its default."""
    fields = {f.attname: f for f in _fields(model)}
    return model(**{k: None if v is None else fields[k].to_python(v) for k, v in held.items() if k in fields})


def fold(gone: Model, kept: Model, steps: Steps) -> None:
    """Everything that points at `gone` points at `kept`."""
    for key in pointing(type(gone)):
        model, name = key.model, key.name
        rows = model._base_manager.filter(**{name: gone}).order_by("pk")
        once = _once(model, key)
        if not once:
            _move(key, list(rows.values_list("pk", flat=True)), gone, kept, steps)
            continue
        mine = {_sign(row, fields): row for row in model._base_manager.filter(**{name: kept}) for fields in once}
        free: list[Any] = []
        for row in rows:
            twin = next((mine[s] for fields in once if None not in (s := _sign(row, fields))[1] and s in mine), None)
            if twin is None:
                free.append(row.pk)
            else:
                _settle(key, row, twin, gone, kept, steps)
        _move(key, free, gone, kept, steps)


def _settle(key: ForeignKey[Any, Any], row: Model, twin: Model, gone: Model, kept: Model, steps: Steps) -> None:
    said = SETTLE.get(row._meta.label_lower, lambda *_: Settled())(row, twin)
    if said.apart:
        change(row, said.apart, steps)
        _move(key, [row.pk], gone, kept, steps)
        return
    out, stays = (twin, row) if said.prefer_gone else (row, twin)
    fold(out, stays, steps)
    drop(out, steps)
    if said.prefer_gone:
        _move(key, [row.pk], gone, kept, steps)
    change(stays, said.values, steps)


def _move(key: ForeignKey[Any, Any], pks: list[Any], gone: Model, kept: Model, steps: Steps) -> None:
    if not pks:
        return
    for at in range(0, len(pks), CHUNK):
        key.model._base_manager.filter(pk__in=pks[at : at + CHUNK]).update(**{key.name: kept})
    steps.append({"do": "move", "model": key.model._meta.label_lower, "field": key.name, "rows": pks,
                  "from": gone.pk, "to": kept.pk})  # fmt: skip


def drop(row: Model, steps: Steps) -> None:
    steps.append({"do": "drop", "model": row._meta.label_lower, "row": dump(row)})
    row.delete()


def change(row: Model, values: dict[str, Any], steps: Steps) -> None:
    """Sets values on a row that stays."""
    values = {k: v for k, v in values.items() if getattr(row, k) != v}
    if not values:
        return
    before = dump(row)
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=list(values))
    after = dump(row)
    named = [row._meta.get_field(k).attname for k in values]  # type: ignore[union-attr]
    steps.append({"do": "change", "model": row._meta.label_lower, "pk": row.pk,
                  "values": {k: [before[k], after[k]] for k in named}})  # fmt: skip


def unfold(steps: Steps) -> list[str]:
    """Back to where it was before these steps. What somebody changed since stays; → a sentence for each of those."""
    left: list[str] = []
    for step in reversed(steps):
        try:
            model = apps.get_model(step["model"])
        except LookupError:
            continue  # of a version that no longer has such things
        {"move": _move_back, "drop": _put_back, "change": _change_back}[step["do"]](model, step, left)
    return left


def _move_back(model: type[Model], step: dict[str, Any], left: list[str]) -> None:
    pks, name, moved = step["rows"], step["field"], 0
    key = model._meta.get_field(name)
    if not key.related_model._base_manager.filter(pk=step["from"]).exists():  # type: ignore[union-attr]
        return
    for at in range(0, len(pks), CHUNK):
        rows = model._base_manager.filter(pk__in=pks[at : at + CHUNK], **{name: step["to"]})
        moved += rows.update(**{name: step["from"]})
    if moved < len(pks):
        many = len(pks) - moved
        left.append(
            f"{many} {words(model, many)}: moved to somebody else or deleted since, so left as {'they are' if many > 1 else 'it is'}."
        )


def _put_back(model: type[Model], step: dict[str, Any], left: list[str]) -> None:
    row = load(model, step["row"])
    for f in _fields(model):
        if f.is_relation and getattr(row, f.attname) is not None:
            other = cast(type[Model], f.related_model)
            if not other._base_manager.filter(pk=getattr(row, f.attname)).exists():
                if not f.null:
                    left.append(
                        f"A {words(model, 1)} could not come back: the {words(other, 1)} it belongs to is gone."
                    )
                    return
                setattr(row, f.attname, None)
        elif f.unique and not f.primary_key and getattr(row, f.attname) is not None:
            _free_of(model, row, {f.attname: getattr(row, f.attname)}, [f], left)
    for names in _constraints(model):
        fields = [model._meta.get_field(n) for n in names]
        _free_of(model, row, {n: getattr(row, f.attname) for n, f in zip(names, fields, strict=True)}, fields, left)  # type: ignore[union-attr]
    for f in _in_small_letters(model):
        said = getattr(row, f.attname)
        if said and model._base_manager.filter(workspace=row.workspace_id, **{f"{f.name}__iexact": said}).exists():  # type: ignore[attr-defined]
            _free_of(model, row, {f"{f.name}__iexact": said}, [f], left)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        left.append(f"A {words(model, 1)} could not come back: the same one has been made since.")


def _free_of(model: type[Model], row: Model, same: dict[str, Any], fields: list[Any], left: list[str]) -> None:
    """Somebody else has taken the id or address meanwhile: the row comes back without it."""
    if None in same.values() or not model._base_manager.filter(**same).exists():
        return
    for f in fields:
        if f.null and not f.is_relation:
            left.append(
                f"{f.verbose_name.capitalize()} {getattr(row, f.attname)} has been taken by another {words(model, 1)} since."
            )
            setattr(row, f.attname, None)
            return


def _change_back(model: type[Model], step: dict[str, Any], left: list[str]) -> None:
    row = model._base_manager.filter(pk=step["pk"]).first()
    if row is None:
        return
    now, back = dump(row), {}
    for name, (before, after) in step["values"].items():
        if name not in now:
            continue
        if isinstance(before, dict) and isinstance(after, dict) and isinstance(now[name], dict):
            back[name] = _mapping_back(before, after, now[name])
        elif now[name] == after:
            back[name] = before
        elif now[name] != before and name != "number":
            left.append(f"{name.replace('_', ' ').capitalize()} of {row}: changed since, so left as it is.")
    if back:
        known = load(model, {**now, **back})
        for name in back:
            setattr(row, name, getattr(known, name))
        row.save(update_fields=list(back))


def _mapping_back(before: dict[str, Any], after: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    """Traits one by one: what the merge brought goes, what was changed or added since stays."""
    found = dict(now)
    for name in before.keys() | after.keys():
        if now.get(name) == after.get(name):
            if name in before:
                found[name] = before[name]
            else:
                found.pop(name, None)
    return found


def pointing(model: type[Model]) -> Iterator[ForeignKey[Any, Any]]:
    """Every foreign key to a model, also without a name for the way back, in an order that stays the same."""
    found: list[Any] = [
        r.field  # type: ignore[union-attr]
        for r in model._meta.get_fields(include_hidden=True)
        if r.auto_created and not r.concrete and (r.one_to_many or r.one_to_one)  # type: ignore[union-attr]
    ]
    yield from sorted(found, key=lambda f: (f.model._meta.label_lower, f.name))


# What pages call rows whose model has a name of our trade.
CALLED = {
    "people.relation": ("role in an account", "roles in accounts"),
    "people.segmentmember": ("place in a segment", "places in segments"),
    "people.revenue": ("payment", "payments"),
    "people.income": ("income of a day", "incomes of a day"),
    "people.billingcustomer": ("customer of a billing system", "customers of a billing system"),
    "tell.notice": ("reply", "replies"),
    "tell.optout": ("wish for no mail", "wishes for no mail"),
}


def words(model: type[Model], count: int) -> str:
    one, many = CALLED.get(model._meta.label_lower, (model._meta.verbose_name, model._meta.verbose_name_plural))
    return str(one if count == 1 else many)


def _fields(model: type[Model]) -> list[Field[Any, Any]]:
    return list(model._meta.concrete_fields)


def _constraints(model: type[Model]) -> Iterator[tuple[str, ...]]:
    for c in model._meta.constraints:
        if isinstance(c, UniqueConstraint) and c.fields and c.condition is None:
            yield tuple(c.fields)
    yield from (tuple(names) for names in model._meta.unique_together)


def _in_small_letters(model: type[Model]) -> Iterator[Field[Any, Any]]:
    """Fields that may exist once in a workspace however they are written: addresses."""
    for c in model._meta.constraints:
        for expression in getattr(c, "expressions", ()):
            if isinstance(expression, Lower):
                yield model._meta.get_field(expression.get_source_expressions()[0].name)  # type: ignore[misc,union-attr]


def _once(model: type[Model], key: ForeignKey[Any, Any]) -> list[tuple[str, ...]]:
    """What else, together with the key, may exist once: () when there may be one row for each."""
    found = [() for _ in range(1) if key.unique]
    return found + [
        tuple(n for n in names if n != key.name) for names in _unique_with_conditions(model) if key.name in names
    ]


def _unique_with_conditions(model: type[Model]) -> Iterator[tuple[str, ...]]:
    """A rule for some rows only is taken as one for all: a pair too many is settled, never a clash."""
    for c in model._meta.constraints:
        if isinstance(c, UniqueConstraint) and c.fields:
            yield tuple(c.fields)
    yield from (tuple(names) for names in model._meta.unique_together)


def _sign(row: Model, fields: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    return fields, tuple(getattr(row, row._meta.get_field(n).attname) for n in fields)  # type: ignore[union-attr]
