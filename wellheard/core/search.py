"""Finding rows by words. PostgreSQL uses its text search; SQLite looks for every word inside the text."""

from __future__ import annotations

from typing import TypeVar

from django.db import connection
from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)


def matching(rows: QuerySet[M, M], field: str, words: str) -> QuerySet[M, M]:
    """Rows whose text holds all the words, in any order. Wildcards in the words mean themselves."""
    wanted = words.split()[:12]
    if connection.vendor == "postgresql":
        from django.contrib.postgres.search import SearchQuery, SearchVector

        query = SearchQuery(" ".join(wanted), config="simple", search_type="plain")
        found: QuerySet[M, M] = rows.annotate(found_in=SearchVector(field, config="simple")).filter(found_in=query)  # type: ignore[assignment]
        return found
    for word in wanted:
        rows = rows.filter(**{f"{field}__icontains": word})
    return rows
