from typing import Any

from django.db import migrations


def drop(apps: Any, schema_editor: Any) -> None:
    """The indexes of 0010 know no accents; core.search makes its own after each migrate."""
    if schema_editor.connection.vendor == "postgresql":
        for name in ("voice_words", "idea_words"):
            schema_editor.execute(f"DROP INDEX IF EXISTS {name}")


class Migration(migrations.Migration):
    dependencies = [("listen", "0012_sentiment")]
    operations = [migrations.RunPython(drop, migrations.RunPython.noop)]
