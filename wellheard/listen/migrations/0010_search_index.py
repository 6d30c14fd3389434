from typing import Any

from django.db import migrations

# The very expressions that core.search asks for on PostgreSQL; on SQLite words are looked for in the text itself.
INDEXES = [("voice_words", "listen_voice", "text"), ("idea_words", "listen_idea", "title")]


def make(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for name, table, column in INDEXES:
            schema_editor.execute(
                f"CREATE INDEX {name} ON {table} USING gin (to_tsvector('simple'::regconfig, COALESCE({column}, '')))"
            )


def drop(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for name, _, _ in INDEXES:
            schema_editor.execute(f"DROP INDEX {name}")


class Migration(migrations.Migration):
    dependencies = [("listen", "0009_widget")]
    operations = [migrations.RunPython(make, drop)]
