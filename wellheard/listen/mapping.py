"""Which column of a file means what."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from wellheard.people.importing import ACCOUNT_FIELDS, PEOPLE_FIELDS, SYNONYMS, Fields
from wellheard.people.importing_money import MONEY_FIELDS, RATE_FIELDS

from .importing import VOICE_FIELDS

FIELDS: Mapping[str, tuple[str, ...]] = {
    "voices": VOICE_FIELDS,
    "people": PEOPLE_FIELDS,
    "accounts": ACCOUNT_FIELDS,
    "money": MONEY_FIELDS,
    "rates": RATE_FIELDS,
    "stripe": (),
}
# One of the fields joined by | is enough.
NEEDED: Mapping[str, tuple[str, ...]] = {"voices": ("text",), "money": ("amount", "from|months"), "rates": ("day",)}
# Where a kind of file has other habits than the rest.
HABITS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "money": {
        "account": (*SYNONYMS["account"], "customer", "customer_id", "customerid"),
        "amount": (*SYNONYMS["amount"], "monthlycharges", "revenue"),
        "from": (*SYNONYMS["from"], "day"),
        "id": ("id", "ref", "subscription_id", "invoice_id", "transaction_id"),
        "months": ("months", "tenure"),
        "churned": ("churned", "churn"),
    },
    "rates": {"day": ("day", "date", "time_period"), "rate": ("rate", "value")},
}


def parse(pairs: Sequence[str]) -> dict[str, str]:
    """`["text=Body", "id=respondent+question"]` → field: column. Raises ValueError naming what is off."""
    found = {}
    for pair in pairs:
        field, equals, column = pair.partition("=")
        if not equals or not field.strip() or not column.strip():
            raise ValueError(f"{pair!r} is not a mapping. Write field=column, for example text=Body.")
        if field.strip() in found:
            raise ValueError(f"{field.strip()} is mapped twice. Join columns with +, such as id=respondent+question.")
        found[field.strip()] = column.strip()
    return found


# What a column of such a name means in a plain table nobody knows: mapped only when somebody says so.
SAID_ONLY = ("title", "thread", "status", "voters")


def resolve(what: str, columns: Sequence[str], given: Mapping[str, str], guess: bool = True) -> dict[str, str]:
    """The whole mapping: what was given, checked against the columns, and the rest guessed from their names.

    A column may be several joined by +, such as id=respondent+question. Without `guess` (the rows of a source that
    names its columns as we do) only equal names are taken. A field given as "-" stays empty. Raises ValueError for
    an unknown field or column and for a needed field that nothing maps to.
    """
    fields = FIELDS[what]
    for field, column in given.items():
        if field not in fields:
            raise ValueError(f"{field!r} is not a field of {what}. Fields: {', '.join(fields)}.")
        for part in [] if column.startswith("=") or column == "-" else parts(column, columns):
            if part not in columns:
                raise ValueError(f"The file has no column {part!r}. Its columns: {', '.join(columns)}.")
    found = dict(given)
    used = {p for c in found.values() if not c.startswith("=") for p in parts(c, columns)}
    lowered = {c.lower().strip(): c for c in columns}
    for field in fields:
        if field in found or (guess and what == "voices" and field in SAID_ONLY):
            continue
        names = (field, *HABITS.get(what, SYNONYMS).get(field, SYNONYMS.get(field, ()))) if guess else (field,)
        for name in names:
            column = lowered.get(name, "")
            if column and column not in used:
                found[field] = column
                used.add(column)
                break
    found = {field: column for field, column in found.items() if column != "-"}
    missing = [f.split("|")[0] for f in NEEDED.get(what, ()) if not any(one in found for one in f.split("|"))]
    if missing and not (missing == ["text"] and "title" in found):
        raise ValueError(
            f"No column gives {' and '.join(missing)}. Name it: {missing[0]}=<column>. Columns: {', '.join(columns)}."
        )
    return found


def parts(column: str, columns: Sequence[str]) -> list[str]:
    return [column] if column in columns or "+" not in column else [p.strip() for p in column.split("+")]


def _joined(values: Sequence[Any]) -> str:
    """Several cells as one: empty when all are, and never the same for different cells."""
    cells = ["" if v is None else str(v).strip().replace("%", "%25").replace("/", "%2F") for v in values]
    return "/".join(cells) if any(cells) else ""


def apply(
    mapping: Mapping[str, str], columns: Sequence[str], values: Mapping[str, Any], dropped: Collection[str] = ()
) -> Fields:
    """A row's values by field; columns that nothing maps to become traits, unless they are dropped."""
    used: set[str] = set(dropped)
    fields: Fields = {}
    for field, column in mapping.items():
        if column.startswith("="):  # the same for every row
            fields[field] = column[1:]
            continue
        names = parts(column, columns)
        if len(names) == 1:  # columns that only make an id together say something each
            used.update(names)
        held = [values.get(n) for n in names]
        fields[field] = held[0] if len(held) == 1 else _joined(held)
    fields["traits"] = {k: v for k, v in values.items() if k not in used}
    return fields
