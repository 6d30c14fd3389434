import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import wellheard.core.migrating
import wellheard.people.models
import wellheard.tell.models_budget
import wellheard.tell.models_webhooks
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('tell', '0001_initial'), ('tell', '0002_widget'), ('tell', '0003_follow_notices'), ('tell', '0004_erasure'), ('tell', '0005_decision_notices'), ('tell', '0006_webhooks'), ('tell', '0007_contact_budget'), ('tell', '0008_wordings'), ('tell', '0009_letters'), ('tell', '0010_audience'), ('tell', '0011_targets')]

    initial = True

    dependencies = [
        ('decide', '0001_tables'),
        ('listen', '0001_tables'),
        ('people', '0001_tables'),
        ('understand', '0001_tables'),
    ]

    operations = [
        wellheard.core.migrating.CreateTables(
            operations=[
                migrations.CreateModel(
                    name='Contact',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.workspace')),
                        ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='contacts', to='people.person')),
                        ('purpose', models.CharField(choices=[('answers', 'Answers to what they said'), ('news', 'News'), ('surveys', 'Surveys'), ('invitations', 'Invitations')], max_length=12)),
                        ('what', models.CharField(max_length=20)),
                        ('ref', models.BigIntegerField()),
                        ('about', models.CharField(blank=True, max_length=200)),
                        ('at', models.DateTimeField()),
                    ],
                    options={
                        'indexes': [models.Index(fields=['person', '-at'], name='contact_person'), models.Index(fields=['workspace', '-at'], name='contact_recent'), models.Index(fields=['at'], name='contact_rate')],
                        'constraints': [models.UniqueConstraint(fields=('what', 'ref'), name='contact_once')],
                    },
                ),
                migrations.CreateModel(
                    name='DeadAddress',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.workspace')),
                        ('address', models.EmailField(max_length=254)),
                        ('why', models.CharField(choices=[('bounced', 'Mail came back'), ('complained', 'Called it spam')], max_length=10)),
                        ('error', models.CharField(blank=True, max_length=300)),
                        ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(models.F('workspace'), django.db.models.functions.text.Lower('address'), name='dead_address_once')],
                    },
                ),
                migrations.CreateModel(
                    name='Erasure',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.workspace')),
                        ('person', models.BigIntegerField()),
                        ('numbers', models.JSONField(default=list)),
                        ('voices', models.PositiveIntegerField(default=0)),
                        ('votes', models.PositiveIntegerField(default=0)),
                        ('kept', models.PositiveIntegerField(default=0)),
                        ('asked_by', models.CharField(blank=True, max_length=120)),
                        ('asked_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('done_at', models.DateTimeField(null=True)),
                    ],
                ),
                migrations.CreateModel(
                    name='FollowNotice',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.workspace')),
                        ('change', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='listen.statuschange')),
                        ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='follow_notices', to='people.person')),
                        ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('mail', models.CharField(choices=[('none', 'Not by mail'), ('owed', 'To be sent'), ('sending', 'Being sent'), ('sent', 'Sent'), ('bounced', 'Bounced')], default='owed', max_length=8)),
                        ('next_try_at', models.DateTimeField(null=True)),
                        ('held', models.CharField(blank=True, max_length=300)),
                        ('error', models.CharField(blank=True, max_length=300)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['mail'], name='follow_notice_mail')],
                        'constraints': [models.UniqueConstraint(fields=('change', 'person'), name='follow_notice_once')],
                    },
                ),
                migrations.CreateModel(
                    name='Happening',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.workspace')),
                        ('key', models.CharField(default=wellheard.tell.models_webhooks.happening_key, max_length=64, unique=True)),
                        ('kind', models.CharField(max_length=40)),
                        ('body', models.TextField()),
                        ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                ),
                migrations.CreateModel(
                    name='Letter',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.workspace')),
                        ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='letters', to='people.person')),
                        ('purpose', models.CharField(choices=[('answers', 'Answers to what they said'), ('news', 'News'), ('surveys', 'Surveys'), ('invitations', 'Invitations')], max_length=12)),
                        ('subject', models.CharField(max_length=140)),
                        ('text', models.TextField()),
                        ('key', models.CharField(max_length=60)),
                        ('by', models.CharField(max_length=120)),
                        ('member', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to='people.member')),
                        ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('mail', models.CharField(choices=[('none', 'Not by mail'), ('owed', 'To be sent'), ('sending', 'Being sent'), ('sent', 'Sent'), ('bounced', 'Bounced')], default='owed', max_length=8)),
                        ('error', models.CharField(blank=True, max_length=300)),
                        ('held', models.CharField(blank=True, max_length=300)),
                        ('next_try_at', models.DateTimeField(null=True)),
                        ('seen_at', models.DateTimeField(null=True)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['person', 'at'], name='letter_person'), models.Index(fields=['mail'], name='letter_mail')],
                        'constraints': [models.UniqueConstraint(fields=('person', 'key'), name='letter_once')],
                    },
                ),
                migrations.CreateModel(
                    name='Limits',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='limits', to='people.workspace')),
                        ('per_week', models.PositiveSmallIntegerField(default=4)),
                        ('per_month', models.PositiveSmallIntegerField(default=10)),
                        ('quiet_from', models.TimeField(null=True)),
                        ('quiet_until', models.TimeField(null=True)),
                        ('gaps', models.JSONField(default=wellheard.tell.models_budget.gaps)),
                    ],
                ),
                migrations.CreateModel(
                    name='MailServer',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('away_since', models.DateTimeField()),
                        ('error', models.CharField(max_length=300)),
                        ('tries', models.PositiveIntegerField(default=0)),
                        ('next_try_at', models.DateTimeField()),
                    ],
                ),
                migrations.CreateModel(
                    name='OptOut',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='opt_outs', to='people.person')),
                        ('purpose', models.CharField(default='answers', max_length=20)),
                        ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('how', models.CharField(max_length=20)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('person', 'purpose'), name='opt_out_once')],
                    },
                ),
                migrations.CreateModel(
                    name='Release',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.workspace')),
                        ('title', models.CharField(max_length=140)),
                        ('body', models.TextField(blank=True)),
                        ('audience', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.segment')),
                        ('shipped_on', models.DateField()),
                        ('published_at', models.DateTimeField(null=True)),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('bets', models.ManyToManyField(related_name='releases', to='decide.bet')),
                    ],
                    options={
                        'indexes': [models.Index(fields=['workspace', '-published_at'], name='release_list')],
                    },
                ),
                migrations.CreateModel(
                    name='Reply',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.workspace')),
                        ('voice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='replies', to='listen.voice')),
                        ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='replies', to='people.person')),
                        ('text', models.TextField()),
                        ('by', models.CharField(max_length=120)),
                        ('member', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to='people.member')),
                        ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('mail', models.CharField(choices=[('none', 'Not by mail'), ('owed', 'To be sent'), ('sending', 'Being sent'), ('sent', 'Sent'), ('bounced', 'Bounced')], default='none', max_length=8)),
                        ('next_try_at', models.DateTimeField(null=True)),
                        ('held', models.CharField(blank=True, max_length=300)),
                        ('error', models.CharField(blank=True, max_length=300)),
                        ('seen_at', models.DateTimeField(null=True)),
                        ('bulk', models.BooleanField(default=False)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['person', 'at'], name='reply_person'), models.Index(fields=['mail'], name='reply_mail')],
                    },
                ),
                migrations.CreateModel(
                    name='Targets',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='targets', to='people.workspace')),
                        ('first_hours', models.PositiveIntegerField(default=72)),
                        ('close_days', models.PositiveIntegerField(default=90)),
                    ],
                ),
                migrations.CreateModel(
                    name='Webhook',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='webhooks', to='people.workspace')),
                        ('name', models.CharField(max_length=80)),
                        ('url', models.CharField(max_length=500)),
                        ('kinds', models.JSONField(default=list)),
                        ('secret', models.CharField(max_length=120)),
                        ('earlier_secret', models.CharField(blank=True, max_length=120)),
                        ('earlier_until', models.DateTimeField(null=True)),
                        ('state', models.CharField(choices=[('active', 'Active'), ('paused', 'Paused'), ('disabled', 'Switched off')], default='active', max_length=8)),
                        ('about', models.CharField(blank=True, max_length=300)),
                        ('made_by', models.CharField(blank=True, max_length=120)),
                        ('member', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='people.member')),
                        ('token', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='people.apitoken')),
                        ('by_operator', models.BooleanField(default=False)),
                        ('resting_until', models.DateTimeField(null=True)),
                        ('busy_until', models.DateTimeField(null=True)),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                ),
                migrations.CreateModel(
                    name='Wording',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.workspace')),
                        ('kind', models.CharField(choices=[('release', 'Something was shipped'), ('yes', 'Yes, we will'), ('not_now', 'Not now'), ('no', 'We decided not to')], max_length=12)),
                        ('language', models.CharField(choices=[('en', 'en'), ('de', 'de'), ('fr', 'fr'), ('es', 'es'), ('ar', 'ar')], max_length=8)),
                        ('subject', models.CharField(max_length=200)),
                        ('body', models.TextField()),
                        ('changed_by', models.CharField(max_length=120)),
                        ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('workspace', 'kind', 'language'), name='wording_once')],
                    },
                ),
                migrations.CreateModel(
                    name='Notice',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.workspace')),
                        ('release', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='tell.release')),
                        ('decision', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='decide.decision')),
                        ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='people.person')),
                        ('voice', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to='listen.voice')),
                        ('problem', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='notices', to='understand.problem')),
                        ('state', models.CharField(choices=[('owed', 'Owed'), ('sending', 'Being sent'), ('sent', 'Sent'), ('reached', 'Reached'), ('bounced', 'Bounced'), ('opted_out', 'Opted out'), ('no_address', 'No address')], default='owed', max_length=10)),
                        ('key', models.CharField(default=wellheard.people.models.token, max_length=64, unique=True)),
                        ('tries', models.PositiveSmallIntegerField(default=0)),
                        ('next_try_at', models.DateTimeField(null=True)),
                        ('held', models.CharField(blank=True, max_length=300)),
                        ('error', models.TextField(blank=True)),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('claimed_at', models.DateTimeField(null=True)),
                        ('sent_at', models.DateTimeField(null=True)),
                        ('reached_at', models.DateTimeField(null=True)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['workspace', 'state', 'created_at'], name='notice_debt')],
                        'constraints': [models.UniqueConstraint(fields=('release', 'person'), name='notice_once'), models.UniqueConstraint(fields=('decision', 'person'), name='notice_once_decided'), models.CheckConstraint(condition=models.Q(models.Q(('decision__isnull', True), ('release__isnull', False)), models.Q(('decision__isnull', False), ('release__isnull', True)), _connector='OR'), name='notice_about_one_thing')],
                    },
                ),
                migrations.CreateModel(
                    name='Telling',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('webhook', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tellings', to='tell.webhook')),
                        ('happening', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tellings', to='tell.happening')),
                        ('state', models.CharField(choices=[('waiting', 'Waiting'), ('done', 'Delivered'), ('failed', 'Given up')], default='waiting', max_length=8)),
                        ('tries', models.PositiveSmallIntegerField(default=0)),
                        ('next_try_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('attempts', models.JSONField(default=list)),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('ended_at', models.DateTimeField(null=True)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['webhook', 'state', 'next_try_at'], name='telling_due')],
                        'constraints': [models.UniqueConstraint(fields=('webhook', 'happening'), name='telling_once')],
                    },
                ),
            ],
        ),
    ]
