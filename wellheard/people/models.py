"""Who builds the product (workspace, member), who uses it (person), who pays (account), and how they relate."""

from __future__ import annotations

import secrets
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower, Now


def token() -> str:
    """256 random bits, safe in an address."""
    return secrets.token_urlsafe(32)


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **extra: Any) -> User:
        user = self.model(email=email.strip().lower(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who can sign in; what they may do stands in their memberships."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(db_default=Now())

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_staff(self) -> bool:
        return False


class Earns(models.TextChoices):
    """How a product earns; measure.earning holds the figures that matter to each."""

    UNSAID = "", "Not said"
    SEATS = "seats", "Seats"
    FREEMIUM = "freemium", "Freemium"
    AUDIENCE = "audience", "Audience and advertisers"
    ECOSYSTEM = "ecosystem", "A device and what is bought for it"
    SCHOOL = "school", "Schools and students"


class Workspace(models.Model):
    """One tenant: one product and the team that builds it."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    time_zone = models.CharField(max_length=60, default="UTC")
    currency = models.CharField(max_length=3, default="EUR")
    secret_key = models.CharField(max_length=64, default=token)
    sample = models.CharField(max_length=40, blank=True)
    earns = models.CharField(max_length=12, blank=True, choices=Earns)
    portal_open = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What a member may do, weakest first."""

    VIEWER = "viewer", "Viewer"
    CONTRIBUTOR = "contributor", "Contributor"
    EDITOR = "editor", "Editor"
    OWNER = "owner", "Owner"

    @property
    def rank(self) -> int:
        return list(Role).index(self)


class Member(models.Model):
    """Somebody of the team, in one workspace."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="members")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role)
    title = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "user"], name="member_once")]

    def __str__(self) -> str:
        return str(self.user)


class SignInLink(models.Model):
    """A one-time link that signs one user in; only its digest is stored."""

    user = models.ForeignKey(User, models.CASCADE)
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"link for {self.user}"


class WriteKey(models.Model):
    """A public key that SDKs send events with; it can never read."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="write_keys")
    name = models.CharField(max_length=80, default="default")
    key = models.CharField(max_length=64, unique=True)
    revoked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name


class ApiToken(models.Model):
    """A secret for the API, acting with a role in one workspace; only its digest is stored."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=12)
    role = models.CharField(max_length=12, choices=Role)
    created_at = models.DateTimeField(db_default=Now())
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class Person(models.Model):
    """Somebody who uses, buys or cares; known by the team's id, by e-mail, or by neither."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    external_id = models.CharField(max_length=255, null=True)
    email = models.EmailField(max_length=254, null=True)
    name = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=12, blank=True)
    traits = models.JSONField(default=dict)
    number = models.PositiveIntegerField(null=True)
    page_key = models.CharField(max_length=64, default=token, unique=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "external_id"], name="person_id_once"),
            models.UniqueConstraint("workspace", Lower("email"), name="person_email_once"),
        ]
        indexes = [models.Index(fields=["workspace", "number"], name="person_number")]

    def __str__(self) -> str:
        return self.name or self.email or self.external_id or "Somebody"


class AccountState(models.TextChoices):
    """How an account stands with us; kept on each voice as it was when they spoke."""

    UNKNOWN = "", "Unknown"
    PROSPECT = "prospect", "Prospect"
    TRIAL = "trial", "Trial"
    ACTIVE = "active", "Active"
    CHURNED = "churned", "Churned"
    LOST = "lost", "Lost deal"


class Account(models.Model):
    """Who pays, or might: a company, school, household, advertiser.

    `owner` names the colleague who looks after it; `keeper` is that member, when it is one.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    external_id = models.CharField(max_length=255, null=True)
    name = models.CharField(max_length=200)
    domain = models.CharField(max_length=200, blank=True)
    plan = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=12, choices=AccountState, blank=True)
    owner = models.CharField(max_length=120, blank=True)
    keeper = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="accounts")
    traits = models.JSONField(default=dict)
    number = models.PositiveIntegerField(null=True)
    since = models.DateField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "external_id"], name="account_id_once")]
        indexes = [
            models.Index(fields=["workspace", "number"], name="account_number"),
            models.Index(fields=["workspace", "name"], name="account_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Relation(models.Model):
    """What a person is to an account: uses, buys, administers, champions; several at once."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    person = models.ForeignKey(Person, models.CASCADE, related_name="relations")
    account = models.ForeignKey(Account, models.CASCADE, related_name="relations")
    uses = models.BooleanField(default=False)
    buys = models.BooleanField(default=False)
    administers = models.BooleanField(default=False)
    champions = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "account"], name="relation_once")]

    def __str__(self) -> str:
        return f"{self.person} in {self.account}: {', '.join(self.words)}"

    WORDS: ClassVar[tuple[str, ...]] = ("uses", "buys", "administers", "champions")

    @property
    def words(self) -> list[str]:
        return [word for word in self.WORDS if getattr(self, word)]


class Segment(models.Model):
    """People, or accounts, who have something in common. Live: whoever fulfils the rule now. Static: a fixed list."""

    class Of(models.TextChoices):
        PEOPLE = "people", "People"
        ACCOUNTS = "accounts", "Accounts"

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    name = models.CharField(max_length=80)
    of = models.CharField(max_length=8, choices=Of)
    live = models.BooleanField(default=True)
    rule = models.JSONField(default=dict)
    origin = models.CharField(max_length=200, blank=True)
    made_by = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint("workspace", Lower("name"), name="segment_name_once")]

    def __str__(self) -> str:
        return self.name


class SegmentMember(models.Model):
    """Who is in a static segment: a person or an account, as the segment is of people or of accounts."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="listed")
    person = models.ForeignKey(Person, models.CASCADE, null=True)
    account = models.ForeignKey(Account, models.CASCADE, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["segment", "person"], name="segment_person_once"),
            models.UniqueConstraint(fields=["segment", "account"], name="segment_account_once"),
            models.CheckConstraint(
                condition=models.Q(person=None, account__isnull=False) | models.Q(person__isnull=False, account=None),
                name="segment_member_is_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person or self.account} in {self.segment}"


# They need the models above, which need them: so they come last.
from .models_merge import AccountKey, Merge, PersonKey  # noqa: E402
from .models_money import Billing, BillingCustomer, BillingEvent, Income, Rate, Revenue  # noqa: E402
from .models_roles import RoleSpan  # noqa: E402
from .models_traits import Trait  # noqa: E402

__all__ = [
    "AccountKey", "Billing", "BillingCustomer", "BillingEvent", "Income", "Merge", "PersonKey", "Rate", "Revenue",
    "RoleSpan", "Trait",
]  # fmt: skip
