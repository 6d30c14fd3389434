import django.db.models.deletion
import django.db.models.functions.datetime
import wellheard.core.migrating
import wellheard.people.models
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('measure', '0001_initial'), ('measure', '0002_initial'), ('measure', '0003_dashboards'), ('measure', '0004_pattern'), ('measure', '0005_celebrating'), ('measure', '0006_staged'), ('measure', '0007_flags'), ('measure', '0008_learning')]

    initial = True

    dependencies = [
        ('decide', '0001_tables'),
        ('people', '0001_tables'),
        ('tell', '0001_tables'),
        ('understand', '0001_tables'),
    ]

    operations = [
        wellheard.core.migrating.CreateTables(
            operations=[
                migrations.CreateModel(
                    name='Dashboard',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.workspace')),
                        ('name', models.CharField(max_length=80)),
                        ('description', models.CharField(blank=True, max_length=400)),
                        ('audience', models.JSONField(default=list)),
                        ('shared', models.BooleanField(default=False)),
                        ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='dashboards', to='people.member')),
                        ('position', models.PositiveIntegerField(default=0)),
                        ('deleted_at', models.DateTimeField(null=True)),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('first_for', models.ManyToManyField(related_name='first_dashboards', to='people.member')),
                    ],
                    options={
                        'indexes': [models.Index(fields=['workspace', 'position'], name='dashboard_order')],
                    },
                ),
                migrations.CreateModel(
                    name='Flag',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='flags', to='people.workspace')),
                        ('key', models.CharField(max_length=100)),
                        ('name', models.CharField(blank=True, max_length=120)),
                        ('description', models.CharField(blank=True, max_length=1000)),
                        ('kind', models.CharField(choices=[('boolean', 'On or off'), ('string', 'A text'), ('number', 'A number'), ('object', 'An object (JSON)')], max_length=8)),
                        ('definition', models.JSONField(default=dict)),
                        ('version', models.PositiveIntegerField(default=1)),
                        ('algorithm', models.CharField(choices=[('posthog', 'PostHog’s'), ('growthbook', 'GrowthBook’s'), ('growthbook1', 'GrowthBook’s first')], default='posthog', max_length=12)),
                        ('unit', models.CharField(choices=[('person', 'each person'), ('account', 'each account')], default='person', max_length=8)),
                        ('killed_at', models.DateTimeField(null=True)),
                        ('archived_at', models.DateTimeField(null=True)),
                        ('made_by', models.CharField(blank=True, max_length=120)),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                    options={
                        'indexes': [models.Index(fields=['workspace', 'archived_at'], name='flag_list')],
                        'constraints': [models.UniqueConstraint(fields=('workspace', 'key'), name='flag_key_once')],
                    },
                ),
                migrations.CreateModel(
                    name='Learning',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.workspace')),
                        ('bet', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='learning', to='decide.bet')),
                        ('word', models.CharField(max_length=40)),
                        ('learned', models.TextField(blank=True)),
                        ('closed_by', models.CharField(blank=True, max_length=120)),
                        ('closed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                ),
                migrations.CreateModel(
                    name='Milestone',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='milestones', to='people.workspace')),
                        ('name', models.CharField(max_length=120)),
                        ('kind', models.CharField(choices=[('times', 'Did something for the first, or the Nth, time'), ('asked', 'Used what they asked for, for the first time since it shipped'), ('together', 'A whole number of years together'), ('paid', 'Began to pay')], max_length=10)),
                        ('of', models.CharField(choices=[('people', 'each person'), ('accounts', 'each account')], default='people', max_length=10)),
                        ('event', models.CharField(blank=True, max_length=200)),
                        ('times', models.PositiveIntegerField(default=1)),
                        ('subject', models.CharField(max_length=140)),
                        ('words', models.TextField()),
                        ('automatic', models.BooleanField(default=False)),
                        ('paused', models.BooleanField(default=False)),
                        ('made_by', models.CharField(blank=True, max_length=120)),
                        ('since', models.DateField()),
                        ('looked_at', models.DateTimeField(null=True)),
                        ('error', models.CharField(blank=True, max_length=300)),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('workspace', 'name'), name='milestone_name_once')],
                    },
                ),
                migrations.CreateModel(
                    name='Outcome',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.workspace')),
                        ('bet', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='outcomes', to='decide.bet')),
                        ('word', models.CharField(max_length=40)),
                        ('level', models.PositiveSmallIntegerField()),
                        ('estimate', models.FloatField(null=True)),
                        ('low', models.FloatField(null=True)),
                        ('high', models.FloatField(null=True)),
                        ('asked', models.PositiveIntegerField()),
                        ('compared', models.PositiveIntegerField()),
                        ('pieces', models.JSONField(default=dict)),
                        ('release_week', models.DateField()),
                        ('measured_to', models.DateField()),
                        ('measured_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                    options={
                        'indexes': [models.Index(fields=['workspace', 'bet', '-measured_at'], name='outcome_newest')],
                    },
                ),
                migrations.CreateModel(
                    name='Pattern',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.workspace')),
                        ('problem', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='patterns', to='understand.problem')),
                        ('name', models.CharField(max_length=120)),
                        ('rule', models.JSONField(default=dict)),
                        ('made_by', models.CharField(blank=True, max_length=120)),
                        ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('problem', 'name'), name='pattern_name_once')],
                    },
                ),
                migrations.CreateModel(
                    name='Staging',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.workspace')),
                        ('bet', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='staging', to='decide.bet')),
                        ('unit', models.CharField(choices=[('person', 'each person'), ('account', 'whole accounts')], max_length=7)),
                        ('seed', models.CharField(default=wellheard.people.models.token, max_length=64)),
                        ('weeks', models.PositiveSmallIntegerField()),
                        ('flag', models.CharField(blank=True, max_length=200)),
                        ('segment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.segment')),
                        ('first', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tell.release')),
                        ('opening', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='tell.release')),
                        ('reason', models.TextField(blank=True)),
                        ('drawn_by', models.CharField(blank=True, max_length=120)),
                        ('drawn_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                ),
                migrations.CreateModel(
                    name='Celebration',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.workspace')),
                        ('milestone', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='celebrations', to='measure.milestone')),
                        ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='celebrations', to='people.person')),
                        ('account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='celebrations', to='people.account')),
                        ('bet', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to='decide.bet')),
                        ('occasion', models.CharField(blank=True, max_length=24)),
                        ('thing', models.CharField(max_length=200)),
                        ('reached_on', models.DateField()),
                        ('state', models.CharField(choices=[('offered', 'Offered'), ('sent', 'Sent'), ('waved', 'Waved off'), ('past', 'Before we looked')], default='offered', max_length=8)),
                        ('found_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('settled_at', models.DateTimeField(null=True)),
                        ('settled_by', models.CharField(blank=True, max_length=120)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['workspace', 'state', '-reached_on'], name='celebration_list')],
                        'constraints': [models.UniqueConstraint(condition=models.Q(('account', None)), fields=('milestone', 'person', 'occasion'), name='celebration_person_once'), models.UniqueConstraint(condition=models.Q(('person', None)), fields=('milestone', 'account', 'occasion'), name='celebration_account_once'), models.CheckConstraint(condition=models.Q(('person', None), ('account', None), _connector='XOR'), name='celebration_of_one')],
                    },
                ),
                migrations.CreateModel(
                    name='Drawn',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.workspace')),
                        ('staging', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='drawn', to='measure.staging')),
                        ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.person')),
                        ('unit', models.IntegerField()),
                        ('first', models.BooleanField()),
                        ('left_out_at', models.DateTimeField(null=True)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('staging', 'person'), name='drawn_once')],
                    },
                ),
                migrations.CreateModel(
                    name='FlagVersion',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.workspace')),
                        ('flag', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='measure.flag')),
                        ('number', models.PositiveIntegerField()),
                        ('did', models.CharField(choices=[('made', 'made it'), ('changed', 'changed it'), ('killed', 'switched it off'), ('revived', 'switched it on again'), ('archived', 'archived it'), ('restored', 'took it out of the archive')], max_length=8)),
                        ('name', models.CharField(blank=True, max_length=120)),
                        ('description', models.CharField(blank=True, max_length=1000)),
                        ('definition', models.JSONField(default=dict)),
                        ('reason', models.CharField(blank=True, max_length=300)),
                        ('by', models.CharField(blank=True, max_length=120)),
                        ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('flag', 'number'), name='flag_version_once')],
                    },
                ),
                migrations.CreateModel(
                    name='Subscription',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.workspace')),
                        ('member', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='subscriptions', to='people.member')),
                        ('dashboard', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='subscriptions', to='measure.dashboard')),
                        ('built_in', models.CharField(blank=True, max_length=20)),
                        ('every', models.CharField(choices=[('day', 'every day'), ('week', 'every Monday'), ('month', 'on the first of each month')], max_length=5)),
                        ('key', models.CharField(default=wellheard.people.models.token, max_length=64, unique=True)),
                        ('due_at', models.DateTimeField()),
                        ('claimed_at', models.DateTimeField(null=True)),
                        ('tries', models.PositiveSmallIntegerField(default=0)),
                        ('next_try_at', models.DateTimeField(null=True)),
                        ('sent_at', models.DateTimeField(null=True)),
                        ('error', models.CharField(blank=True, max_length=500)),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                    options={
                        'indexes': [models.Index(fields=['due_at'], name='subscription_due')],
                        'constraints': [models.UniqueConstraint(fields=('member', 'dashboard'), name='subscription_once'), models.UniqueConstraint(condition=models.Q(('built_in', ''), _negated=True), fields=('member', 'built_in'), name='subscription_built_in_once'), models.CheckConstraint(condition=models.Q(('dashboard', None), ('built_in', ''), _connector='XOR'), name='subscription_is_of_one')],
                    },
                ),
                migrations.CreateModel(
                    name='Tile',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.workspace')),
                        ('dashboard', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tiles', to='measure.dashboard')),
                        ('title', models.CharField(blank=True, max_length=80)),
                        ('kind', models.CharField(max_length=20)),
                        ('words', models.JSONField(default=dict)),
                        ('period', models.CharField(default='90', max_length=8)),
                        ('note', models.TextField(blank=True)),
                        ('size', models.CharField(choices=[('third', 'a third'), ('half', 'half'), ('full', 'full width')], default='half', max_length=5)),
                        ('position', models.PositiveIntegerField()),
                    ],
                    options={
                        'indexes': [models.Index(fields=['dashboard', 'position'], name='tile_order')],
                    },
                ),
            ],
        ),
    ]
