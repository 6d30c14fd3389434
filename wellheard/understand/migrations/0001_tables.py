import django.db.models.deletion
import django.db.models.functions.datetime
import wellheard.core.migrating
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('understand', '0001_initial'), ('understand', '0002_meaning'), ('understand', '0003_suggestions'), ('understand', '0004_themes_at'), ('understand', '0005_waivers')]

    initial = True

    dependencies = [
        ('listen', '0001_tables'),
        ('people', '0001_tables'),
    ]

    operations = [
        wellheard.core.migrating.CreateTables(
            operations=[
                migrations.CreateModel(
                    name='Meaning',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='meaning', to='people.workspace')),
                        ('method', models.CharField(blank=True, choices=[('', 'Chosen by the languages people write in'), ('english', 'English sentences'), ('languages', 'Sentences in sixteen languages'), ('words', 'Words alone')], max_length=10)),
                        ('uses_model', models.BooleanField(default=False)),
                        ('themes_at', models.DateTimeField(null=True)),
                    ],
                ),
                migrations.CreateModel(
                    name='Problem',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.workspace')),
                        ('name', models.CharField(max_length=140)),
                        ('summary', models.TextField(blank=True)),
                        ('merged_into', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='merged', to='understand.problem')),
                        ('closed_at', models.DateTimeField(null=True)),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                    options={
                        'indexes': [models.Index(fields=['workspace', 'merged_into'], name='problem_list')],
                    },
                ),
                migrations.CreateModel(
                    name='Suggestion',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.workspace')),
                        ('voice', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='suggestion', to='listen.voice')),
                        ('kind', models.CharField(blank=True, choices=[('', 'Not sorted'), ('request', 'Request'), ('bug', 'Bug'), ('question', 'Question'), ('praise', 'Praise')], max_length=12)),
                        ('kind_sure', models.FloatField(default=0)),
                        ('sentiment', models.CharField(blank=True, choices=[('', 'Not said'), ('negative', 'Negative'), ('neutral', 'Neutral'), ('positive', 'Positive')], max_length=8)),
                        ('sentiment_sure', models.FloatField(default=0)),
                        ('made_at', models.DateTimeField()),
                    ],
                    options={
                        'indexes': [models.Index(fields=['workspace', 'kind', 'sentiment'], name='suggestion_said')],
                    },
                ),
                migrations.CreateModel(
                    name='Vector',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.workspace')),
                        ('voice', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='vector', to='listen.voice')),
                        ('model', models.CharField(max_length=80)),
                        ('digest', models.BigIntegerField()),
                        ('data', models.BinaryField()),
                    ],
                    options={
                        'indexes': [models.Index(fields=['workspace', 'model', 'voice'], name='vector_model')],
                    },
                ),
                migrations.CreateModel(
                    name='Waiver',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.workspace')),
                        ('place', models.CharField(max_length=80)),
                        ('rule', models.CharField(max_length=10)),
                        ('words', models.CharField(max_length=200)),
                        ('digest', models.CharField(max_length=64)),
                        ('reason', models.CharField(max_length=400)),
                        ('by', models.CharField(blank=True, max_length=120)),
                        ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('workspace', 'place', 'rule', 'words', 'digest'), name='waiver_once')],
                    },
                ),
                migrations.CreateModel(
                    name='Evidence',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('problem', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='evidence', to='understand.problem')),
                        ('voice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='evidence', to='listen.voice')),
                        ('placed_by', models.CharField(blank=True, max_length=120)),
                        ('placed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('problem', 'voice'), name='evidence_once')],
                    },
                ),
                migrations.CreateModel(
                    name='Refusal',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('problem', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='refusals', to='understand.problem')),
                        ('voice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='refusals', to='listen.voice')),
                        ('by', models.CharField(blank=True, max_length=120)),
                        ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('problem', 'voice'), name='refusal_once')],
                    },
                ),
                migrations.CreateModel(
                    name='Theme',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.workspace')),
                        ('name', models.CharField(max_length=140)),
                        ('terms', models.JSONField(default=list)),
                        ('state', models.CharField(choices=[('suggested', 'Suggested'), ('confirmed', 'Confirmed'), ('dismissed', 'Dismissed'), ('gone', 'Gone')], default='suggested', max_length=10)),
                        ('level', models.PositiveSmallIntegerField(default=1)),
                        ('size', models.PositiveIntegerField(default=0)),
                        ('problem', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='themes', to='understand.problem')),
                        ('parent', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='parts', to='understand.theme')),
                        ('named_by', models.CharField(blank=True, max_length=120)),
                        ('changed', models.CharField(blank=True, max_length=300)),
                        ('changed_at', models.DateTimeField(null=True)),
                        ('found_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                    options={
                        'indexes': [models.Index(fields=['workspace', 'state', '-size'], name='theme_list')],
                    },
                ),
                migrations.CreateModel(
                    name='ThemeVoice',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('theme', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='understand.theme')),
                        ('voice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='themes', to='listen.voice')),
                        ('rank', models.PositiveIntegerField()),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('theme', 'voice'), name='theme_voice_once')],
                    },
                ),
            ],
        ),
    ]
