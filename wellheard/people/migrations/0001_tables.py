import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import wellheard.core.migrating
import wellheard.people.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('people', '0001_initial'), ('people', '0002_segments'), ('people', '0003_money'), ('people', '0004_earns'), ('people', '0005_merges'), ('people', '0006_roles'), ('people', '0007_traits')]

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        wellheard.core.migrating.CreateTables(
            operations=[
                migrations.CreateModel(
                    name='User',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('password', models.CharField(max_length=128, verbose_name='password')),
                        ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                        ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                        ('email', models.EmailField(max_length=254, unique=True)),
                        ('name', models.CharField(blank=True, max_length=120)),
                        ('is_active', models.BooleanField(default=True)),
                        ('date_joined', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                        ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='Workspace',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('slug', models.SlugField(max_length=60, unique=True)),
                        ('name', models.CharField(max_length=120)),
                        ('time_zone', models.CharField(default='UTC', max_length=60)),
                        ('currency', models.CharField(default='EUR', max_length=3)),
                        ('secret_key', models.CharField(default=wellheard.people.models.token, max_length=64)),
                        ('sample', models.CharField(blank=True, max_length=40)),
                        ('earns', models.CharField(blank=True, choices=[('', 'Not said'), ('seats', 'Seats'), ('freemium', 'Freemium'), ('audience', 'Audience and advertisers'), ('ecosystem', 'A device and what is bought for it'), ('school', 'Schools and students')], max_length=12)),
                        ('portal_open', models.BooleanField(default=True)),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                ),
                migrations.CreateModel(
                    name='ApiToken',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tokens', to='people.workspace')),
                        ('name', models.CharField(max_length=80)),
                        ('digest', models.CharField(max_length=64, unique=True)),
                        ('hint', models.CharField(max_length=12)),
                        ('role', models.CharField(choices=[('viewer', 'Viewer'), ('contributor', 'Contributor'), ('editor', 'Editor'), ('owner', 'Owner')], max_length=12)),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('last_used_at', models.DateTimeField(null=True)),
                        ('revoked_at', models.DateTimeField(null=True)),
                    ],
                ),
                migrations.CreateModel(
                    name='Billing',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.workspace')),
                        ('kind', models.CharField(default='stripe', max_length=12)),
                        ('name', models.CharField(max_length=80)),
                        ('key', models.CharField(max_length=64, unique=True)),
                        ('secrets', models.JSONField(default=list)),
                        ('paused_at', models.DateTimeField(null=True)),
                        ('heard_at', models.DateTimeField(null=True)),
                        ('refused', models.PositiveIntegerField(default=0)),
                        ('refused_at', models.DateTimeField(null=True)),
                        ('refused_why', models.CharField(blank=True, max_length=200)),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                ),
                migrations.CreateModel(
                    name='Member',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='people.workspace')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL)),
                        ('role', models.CharField(choices=[('viewer', 'Viewer'), ('contributor', 'Contributor'), ('editor', 'Editor'), ('owner', 'Owner')], max_length=12)),
                        ('title', models.CharField(blank=True, max_length=80)),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('workspace', 'user'), name='member_once')],
                    },
                ),
                migrations.CreateModel(
                    name='Merge',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.workspace')),
                        ('of', models.CharField(choices=[('people', 'People'), ('accounts', 'Accounts')], max_length=8)),
                        ('kept', models.BigIntegerField()),
                        ('gone', models.BigIntegerField()),
                        ('kept_name', models.CharField(max_length=254)),
                        ('gone_name', models.CharField(max_length=254)),
                        ('take', models.JSONField(default=list)),
                        ('steps', models.JSONField(default=list)),
                        ('origin', models.CharField(choices=[('hand', 'By hand'), ('events', 'Your product said so'), ('address', 'They confirmed the address')], default='hand', max_length=8)),
                        ('made_by', models.CharField(blank=True, max_length=120)),
                        ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('undone_by', models.CharField(blank=True, max_length=120)),
                        ('undone_at', models.DateTimeField(null=True)),
                        ('left', models.JSONField(default=list)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['workspace', 'of', 'kept'], name='merge_kept'), models.Index(fields=['workspace', 'of', 'gone'], name='merge_gone')],
                    },
                ),
                migrations.CreateModel(
                    name='Person',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.workspace')),
                        ('external_id', models.CharField(max_length=255, null=True)),
                        ('email', models.EmailField(max_length=254, null=True)),
                        ('name', models.CharField(blank=True, max_length=200)),
                        ('language', models.CharField(blank=True, max_length=12)),
                        ('traits', models.JSONField(default=dict)),
                        ('number', models.PositiveIntegerField(null=True)),
                        ('page_key', models.CharField(default=wellheard.people.models.token, max_length=64, unique=True)),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                    options={
                        'indexes': [models.Index(fields=['workspace', 'number'], name='person_number')],
                        'constraints': [models.UniqueConstraint(fields=('workspace', 'external_id'), name='person_id_once'), models.UniqueConstraint(models.F('workspace'), django.db.models.functions.text.Lower('email'), name='person_email_once')],
                    },
                ),
                migrations.CreateModel(
                    name='Rate',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.workspace')),
                        ('base', models.CharField(max_length=3)),
                        ('quote', models.CharField(max_length=3)),
                        ('day', models.DateField()),
                        ('value', models.DecimalField(decimal_places=10, max_digits=24)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('workspace', 'base', 'quote', 'day'), name='rate_once'), models.CheckConstraint(condition=models.Q(('value__gt', 0)), name='rate_above_nothing')],
                    },
                ),
                migrations.CreateModel(
                    name='Segment',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.workspace')),
                        ('name', models.CharField(max_length=80)),
                        ('of', models.CharField(choices=[('people', 'People'), ('accounts', 'Accounts')], max_length=8)),
                        ('live', models.BooleanField(default=True)),
                        ('rule', models.JSONField(default=dict)),
                        ('origin', models.CharField(blank=True, max_length=200)),
                        ('made_by', models.CharField(blank=True, max_length=120)),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(models.F('workspace'), django.db.models.functions.text.Lower('name'), name='segment_name_once')],
                    },
                ),
                migrations.CreateModel(
                    name='SignInLink',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
                        ('digest', models.CharField(max_length=64, unique=True)),
                        ('expires_at', models.DateTimeField()),
                        ('used_at', models.DateTimeField(null=True)),
                    ],
                ),
                migrations.CreateModel(
                    name='Trait',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.workspace')),
                        ('of', models.CharField(choices=[('people', 'People'), ('accounts', 'Accounts')], max_length=8)),
                        ('key', models.CharField(max_length=80)),
                        ('label', models.CharField(blank=True, max_length=80)),
                        ('kind', models.CharField(choices=[('text', 'Text'), ('number', 'Number'), ('money', 'Money'), ('date', 'Date'), ('yes_no', 'Yes or no'), ('choice', 'One of a list')], default='text', max_length=6)),
                        ('choices', models.JSONField(default=list)),
                        ('confirmed', models.BooleanField(default=False)),
                        ('confirmed_by', models.CharField(blank=True, max_length=120)),
                        ('seen_in', models.CharField(choices=[('events', 'Events'), ('file', 'A file'), ('api', 'The API'), ('hand', 'By hand'), ('before', 'Known before')], default='before', max_length=6)),
                        ('seen_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('workspace', 'of', 'key'), name='trait_once')],
                    },
                ),
                migrations.CreateModel(
                    name='WriteKey',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='write_keys', to='people.workspace')),
                        ('name', models.CharField(default='default', max_length=80)),
                        ('key', models.CharField(max_length=64, unique=True)),
                        ('revoked_at', models.DateTimeField(null=True)),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                ),
                migrations.CreateModel(
                    name='Account',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.workspace')),
                        ('external_id', models.CharField(max_length=255, null=True)),
                        ('name', models.CharField(max_length=200)),
                        ('domain', models.CharField(blank=True, max_length=200)),
                        ('plan', models.CharField(blank=True, max_length=60)),
                        ('state', models.CharField(blank=True, choices=[('', 'Unknown'), ('prospect', 'Prospect'), ('trial', 'Trial'), ('active', 'Active'), ('churned', 'Churned'), ('lost', 'Lost deal')], max_length=12)),
                        ('owner', models.CharField(blank=True, max_length=120)),
                        ('keeper', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='accounts', to='people.member')),
                        ('traits', models.JSONField(default=dict)),
                        ('number', models.PositiveIntegerField(null=True)),
                        ('since', models.DateField(null=True)),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                    options={
                        'indexes': [models.Index(fields=['workspace', 'number'], name='account_number'), models.Index(fields=['workspace', 'name'], name='account_name')],
                        'constraints': [models.UniqueConstraint(fields=('workspace', 'external_id'), name='account_id_once')],
                    },
                ),
                migrations.CreateModel(
                    name='BillingEvent',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('billing', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='events', to='people.billing')),
                        ('event_id', models.CharField(max_length=255)),
                        ('kind', models.CharField(max_length=80)),
                        ('thing', models.CharField(blank=True, max_length=255)),
                        ('customer', models.CharField(blank=True, max_length=255)),
                        ('at', models.DateTimeField()),
                        ('body', models.JSONField()),
                        ('state', models.CharField(choices=[('waiting', 'Waiting'), ('done', 'Done'), ('ignored', 'Not needed'), ('failed', 'Failed')], default='waiting', max_length=7)),
                        ('error', models.CharField(blank=True, max_length=300)),
                        ('heard_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                    options={
                        'indexes': [models.Index(fields=['billing', 'thing', 'at'], name='billing_thing'), models.Index(fields=['billing', 'customer'], name='billing_customer')],
                        'constraints': [models.UniqueConstraint(fields=('billing', 'event_id'), name='billing_event_once')],
                    },
                ),
                migrations.CreateModel(
                    name='PersonKey',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.workspace')),
                        ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='keys', to='people.person')),
                        ('merge', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='person_keys', to='people.merge')),
                        ('kind', models.CharField(choices=[('id', 'Your id'), ('email', 'E-mail address'), ('page', 'Address of their page'), ('number', 'Number in the events'), ('mail', 'Link in a mail')], max_length=6)),
                        ('value', models.CharField(max_length=255)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['workspace', 'kind', 'value'], name='person_key')],
                    },
                ),
                migrations.CreateModel(
                    name='AccountKey',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.workspace')),
                        ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='keys', to='people.account')),
                        ('merge', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='account_keys', to='people.merge')),
                        ('kind', models.CharField(choices=[('id', 'Your id'), ('name', 'Name'), ('number', 'Number in the events')], max_length=6)),
                        ('value', models.CharField(max_length=255)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['workspace', 'kind', 'value'], name='account_key')],
                    },
                ),
                migrations.CreateModel(
                    name='BillingCustomer',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('billing', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='customers', to='people.billing')),
                        ('customer_id', models.CharField(max_length=255)),
                        ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.account')),
                        ('settled', models.BooleanField(default=False)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('billing', 'customer_id'), name='billing_customer_once')],
                    },
                ),
                migrations.CreateModel(
                    name='Income',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.workspace')),
                        ('source', models.CharField(default='subscription', max_length=60)),
                        ('ref', models.CharField(blank=True, max_length=255)),
                        ('cents', models.BigIntegerField()),
                        ('currency', models.CharField(max_length=3)),
                        ('base_cents', models.BigIntegerField(null=True)),
                        ('account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='income', to='people.account')),
                        ('day', models.DateField()),
                        ('received', models.BooleanField(default=False)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['workspace', 'day'], name='income_day')],
                        'constraints': [models.UniqueConstraint(condition=models.Q(('account', None)), fields=('workspace', 'source', 'ref', 'day', 'currency'), name='income_once'), models.UniqueConstraint(condition=models.Q(('account__isnull', False)), fields=('workspace', 'source', 'ref', 'day', 'currency', 'account'), name='income_of_account_once')],
                    },
                ),
                migrations.CreateModel(
                    name='Relation',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.workspace')),
                        ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='relations', to='people.person')),
                        ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='relations', to='people.account')),
                        ('uses', models.BooleanField(default=False)),
                        ('buys', models.BooleanField(default=False)),
                        ('administers', models.BooleanField(default=False)),
                        ('champions', models.BooleanField(default=False)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('person', 'account'), name='relation_once')],
                    },
                ),
                migrations.CreateModel(
                    name='Revenue',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.workspace')),
                        ('source', models.CharField(default='subscription', max_length=60)),
                        ('ref', models.CharField(blank=True, max_length=255)),
                        ('cents', models.BigIntegerField()),
                        ('currency', models.CharField(max_length=3)),
                        ('base_cents', models.BigIntegerField(null=True)),
                        ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='revenue', to='people.account')),
                        ('since', models.DateField()),
                        ('until', models.DateField(null=True)),
                        ('once', models.BooleanField(default=False)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['workspace', 'since'], name='revenue_since')],
                        'constraints': [models.UniqueConstraint(fields=('account', 'source', 'ref', 'since', 'once', 'currency'), name='revenue_once'), models.CheckConstraint(condition=models.Q(('until', None), ('until__gt', models.F('since')), _connector='OR'), name='revenue_ends_later')],
                    },
                ),
                migrations.CreateModel(
                    name='SegmentMember',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('segment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='listed', to='people.segment')),
                        ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, to='people.person')),
                        ('account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, to='people.account')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('segment', 'person'), name='segment_person_once'), models.UniqueConstraint(fields=('segment', 'account'), name='segment_account_once'), models.CheckConstraint(condition=models.Q(models.Q(('account__isnull', False), ('person', None)), models.Q(('account', None), ('person__isnull', False)), _connector='OR'), name='segment_member_is_one')],
                    },
                ),
                migrations.CreateModel(
                    name='RoleSpan',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('relation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='spans', to='people.relation')),
                        ('role', models.CharField(choices=[('uses', 'uses'), ('buys', 'buys'), ('administers', 'administers'), ('champions', 'champions')], max_length=12)),
                        ('since', models.DateField(null=True)),
                        ('until', models.DateField(null=True)),
                    ],
                    options={
                        'constraints': [models.CheckConstraint(condition=models.Q(('since', None), ('until', None), ('until__gt', models.F('since')), _connector='OR'), name='role_ends_later')],
                    },
                ),
            ],
        ),
    ]
