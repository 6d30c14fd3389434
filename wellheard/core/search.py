"""Finding rows by words, the same way on both databases.

Whoever has texts to find registers them: `register(Voice, "text")`. After each `migrate` the index is there: on SQLite
an FTS5 table over the model's own table, kept by triggers; on PostgreSQL a GIN index over tsvectors. Case and accents do
not matter, a word finds what begins with it, "quoted words" stand next to each other, -word must not be there.
Languages that put no spaces between words are looked for inside the text.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any, TypeVar

from django.apps import AppConfig
from django.db import connection, transaction
from django.db.models import Model, Q, QuerySet
from django.db.models.expressions import RawSQL

M = TypeVar("M", bound=Model)
MOST_WORDS = 12
TERM = re.compile(r'(-?)"([^"]*)"?|(\S+)')
WORD = re.compile(r"[^\W_]+")
# Scripts written without spaces between words: Thai, Lao, Khmer, Burmese, Chinese, Japanese.
UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


@dataclass(frozen=True, slots=True)
class Term:
    """One word or phrase as typed. `begins`: words that begin so count too."""

    text: str
    begins: bool

    @property
    def unspaced(self) -> bool:
        return UNSPACED.search(self.text) is not None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for; empty when the text holds no word."""

    terms: tuple[Term, ...] = ()
    without: tuple[Term, ...] = ()
    exact: bool = False  # a phrase or an exclusion was typed

    def __bool__(self) -> bool:
        return bool(self.terms)


def read(text: str) -> Wanted:
    """Words as people type them, whatever characters they hold."""
    clean = text.replace("\x00", " ").encode("utf-8", "ignore").decode()
    terms: list[Term] = []
    without: list[Term] = []
    exact = False
    for minus, phrase, word in TERM.findall(clean):
        quoted = not word
        negative = bool(minus) or (word.startswith("-") and len(word) > 1)
        said = (phrase if quoted else word.lstrip("-")).strip()
        if not WORD.search(said):
            continue
        # A word that ends in something else ("dar_") was meant to end there.
        found = Term(said[:200], begins=not quoted and said[-1].isalnum())
        exact |= quoted or negative
        (without if negative else terms).append(found)
    return Wanted(tuple(terms[:MOST_WORDS]), tuple(without[:MOST_WORDS]), exact)


@dataclass(frozen=True, slots=True)
class Index:
    model: type[Model]
    fields: tuple[str, ...]

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def name(self) -> str:
        return f"{self.table}_words"

    @property
    def vector(self) -> str:
        """The very expression that the index of PostgreSQL holds."""
        said = " || ' ' || ".join(f"COALESCE({f}, '')" for f in self.fields)
        return f"to_tsvector('simple'::regconfig, wellheard_plain({said}))"


INDEXES: dict[type[Model], Index] = {}


def register(model: type[Model], *fields: str) -> None:
    INDEXES[model] = Index(model, fields)


def hits(model: type[Model], wanted: Wanted) -> RawSQL:
    """The keys of all rows that hold it, of every workspace: for `pk__in`. Raises KeyError for a model not registered."""
    index = INDEXES[model]
    if connection.vendor == "postgresql":
        query, params = _tsquery(wanted)
        return RawSQL(f"SELECT id FROM {index.table} WHERE {index.vector} @@ ({query})", params)  # noqa: S608, S611 - our own names
    return RawSQL(f"SELECT rowid FROM {index.name} WHERE {index.name} MATCH %s", [_match(wanted)])  # noqa: S608, S611


def scores(model: type[Model], wanted: Wanted, keys: list[int]) -> dict[int, float]:
    """How well each of these rows fits, more is better; 0 where the index cannot say."""
    index = INDEXES[model]
    if not keys or any(t.unspaced for t in wanted.terms):
        return dict.fromkeys(keys, 0.0)
    if connection.vendor == "postgresql":
        query, params = _tsquery(Wanted(wanted.terms))
        sql = f"SELECT id, ts_rank({index.vector}, {query}, 1) FROM {index.table} WHERE id = ANY(%s)"  # noqa: S608
        params = [*params, keys]
    else:
        sql = f"SELECT rowid, -bm25({index.name}) FROM {index.name} WHERE {index.name} MATCH %s AND rowid BETWEEN %s AND %s"  # noqa: S608
        params = [_match(wanted), min(keys), max(keys)]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found = dict(cursor.fetchall())
    return {k: float(found.get(k, 0.0)) for k in keys}


def matching(rows: QuerySet[M, M], field: str, words: str) -> QuerySet[M, M]:
    """Of these rows those that hold it. `field` may lead to another model ("voice__text"); a registered model is asked
    with all its fields. Without any word: none."""
    wanted = read(words)
    if not wanted:
        return rows.none()
    model: Any = rows.model
    *path, _ = field.split("__")
    for step in path:
        model = model._meta.get_field(step).related_model
    if any(t.unspaced for t in (*wanted.terms, *wanted.without)):
        for term in wanted.terms:
            rows = rows.filter(**{f"{field}__icontains": term.text})
        for term in wanted.without:
            rows = rows.exclude(**{f"{field}__icontains": term.text})
        return rows
    return rows.filter(Q(**{"__".join([*path, "pk", "in"]): hits(model, wanted)}))


def _match(wanted: Wanted) -> str:
    """As FTS5 reads it: every term a string, so that nothing typed is taken for an operator."""

    def one(term: Term) -> str:
        return '"' + term.text.replace('"', '""') + '"' + ("*" if term.begins else "")

    said = " AND ".join(map(one, wanted.terms))
    return f"({said})" + "".join(f" NOT {one(t)}" for t in wanted.without)


def _tsquery(wanted: Wanted) -> tuple[str, list[Any]]:
    parts, params = [], []
    for term, minus in [*((t, "") for t in wanted.terms), *((t, "!!") for t in wanted.without)]:
        if term.begins and WORD.fullmatch(term.text):
            parts.append(f"{minus}to_tsquery('simple', wellheard_plain(%s))")
            params.append(f"'{term.text}':*")
        else:
            parts.append(f"{minus}phraseto_tsquery('simple', wellheard_plain(%s))")
            params.append(term.text)
    return " && ".join(parts), params


# --- highlighting -------------------------------------------------------------------------------------------------


def plain(text: str) -> str:
    """Without accents and in lower case, of the same length, so that places in it are places in the text."""
    return "".join((unicodedata.normalize("NFD", c)[0].lower() or c)[:1] for c in text)


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    hit: bool


def marked(text: str, wanted: Wanted, around: int = 240) -> list[Piece]:
    """A part of the text about its first hit, in pieces; `around` is its length, 0 means the whole text."""
    spots: list[tuple[int, int]] = []
    flat = plain(text)
    for term in wanted.terms:
        needle = plain(term.text)
        if term.unspaced:
            found = re.finditer(re.escape(needle), flat)
        else:
            inner = r"[\W_]+".join(map(re.escape, WORD.findall(needle)))
            found = re.finditer(rf"(?<![^\W_]){inner}" + (r"[^\W_]*" if term.begins else r"(?![^\W_])"), flat)
        spots += [m.span() for m in found][:50]
    spots = _joined(spots)
    start, end = 0, len(text)
    if around and len(text) > around:
        first = spots[0][0] if spots else 0
        start = max(0, min(first - around // 3, len(text) - around))
        end = start + around
        if start:
            start = (text.find(" ", start, start + 30) + 1) or start
        if end < len(text):
            end = (
                text.rfind(" ", max(start, end - 30), end)
                if text.rfind(" ", max(start, end - 30), end) > start
                else end
            )
    pieces = [Piece("… ", False)] if start else []
    at = start
    for a, b in spots:
        if a < start or b > end:
            continue
        if a > at:
            pieces.append(Piece(text[at:a], False))
        pieces.append(Piece(text[a:b], True))
        at = b
    if at < end:
        pieces.append(Piece(text[at:end], False))
    if end < len(text):
        pieces.append(Piece(" …", False))
    return pieces


def _joined(spots: list[tuple[int, int]]) -> list[tuple[int, int]]:
    out: list[tuple[int, int]] = []
    for a, b in sorted(spots):
        if out and a <= out[-1][1]:
            out[-1] = (out[-1][0], max(b, out[-1][1]))
        elif b > a:
            out.append((a, b))
    return out


# --- keeping the indexes ------------------------------------------------------------------------------------------


def keep(sender: AppConfig, using: str = "default", **more: Any) -> None:
    """After `migrate`: each index of the app is there and holds what the table holds. A table that a migration made
    anew on SQLite lost its triggers; then the index is filled again."""
    for index in INDEXES.values():
        if index.model._meta.app_label == sender.label:
            with transaction.atomic(using), connection.cursor() as cursor:
                if index.table in connection.introspection.table_names(cursor):
                    (_keep_postgres if connection.vendor == "postgresql" else _keep_sqlite)(cursor, index)


def tidy() -> None:
    """Once a day, on SQLite: write each index anew in one piece. That is quicker to search, and words that were deleted
    are then out of it and not only marked so (PostgreSQL's own vacuum does the like)."""
    if connection.vendor != "sqlite":
        return
    for index in INDEXES.values():
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {index.name}({index.name}) VALUES ('optimize')")  # noqa: S608 - our own names


def _keep_sqlite(cursor: Any, index: Index) -> None:
    name, table, fields = index.name, index.table, ", ".join(index.fields)
    old, new = (", ".join(f"{w}.{f}" for f in index.fields) for w in ("old", "new"))
    gone = f"INSERT INTO {name}({name}, rowid, {fields}) VALUES ('delete', old.id, {old});"  # noqa: S608
    come = f"INSERT INTO {name}(rowid, {fields}) VALUES (new.id, {new});"  # noqa: S608
    wanted = {
        f"{name}_in": f"CREATE TRIGGER {name}_in AFTER INSERT ON {table} BEGIN {come} END",
        f"{name}_out": f"CREATE TRIGGER {name}_out AFTER DELETE ON {table} BEGIN {gone} END",
        f"{name}_on": f"CREATE TRIGGER {name}_on AFTER UPDATE OF {fields} ON {table} BEGIN {gone} {come} END",
    }
    cursor.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'trigger') AND name LIKE %s", [f"{name}%"])
    held = {row[0] for row in cursor.fetchall()}
    if {name, *wanted} <= held:
        return
    if name not in held:
        cursor.execute(
            f"CREATE VIRTUAL TABLE {name} USING fts5({fields}, content='{table}', content_rowid='id', "
            "tokenize=\"unicode61 remove_diacritics 2\", prefix='2 3')"
        )
    for trigger, sql in wanted.items():
        if trigger not in held:
            cursor.execute(sql)
    cursor.execute(f"INSERT INTO {name}({name}) VALUES ('rebuild')")  # noqa: S608


def _keep_postgres(cursor: Any, index: Index) -> None:
    cursor.execute("SELECT 1 FROM pg_proc WHERE proname = 'wellheard_plain'")
    if cursor.fetchone() is None:
        letters = [c for c in map(chr, range(0xC0, 0x250)) if unicodedata.normalize("NFD", c)[0] != c]
        bare = "".join(unicodedata.normalize("NFD", c)[0] for c in letters)
        cursor.execute(
            "CREATE FUNCTION wellheard_plain(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS "
            f"$$ SELECT translate($1, '{''.join(letters)}', '{bare}') $$"
        )
    cursor.execute(f"CREATE INDEX IF NOT EXISTS {index.name} ON {index.table} USING gin ({index.vector})")
