import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("listen", "0006_default_board")]
    operations = [
        migrations.AlterField(
            model_name="idea",
            name="board",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.RESTRICT, related_name="ideas", to="listen.board"
            ),
        )
    ]
