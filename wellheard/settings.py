"""Every setting comes from the environment; docs/settings.md has a heading for each (a test checks)."""

import os
import secrets
import sys
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent

DATA = Path(env.str("WELLHEARD_DATA", default="data")).resolve()
DATA.mkdir(parents=True, exist_ok=True)

# Without it, links in mails lead to the address this process was told to serve.
PUBLIC_URL = env.str("WELLHEARD_URL", default=os.environ.get("WELLHEARD_SERVING", "http://127.0.0.1:8000")).rstrip("/")
DEBUG = env.bool("WELLHEARD_DEBUG", default=False)
TESTING = "pytest" in sys.modules


def _secret_key() -> str:
    """The signing key: from the environment, else made once and kept in the data folder, readable by us only."""
    given: str = env.str("WELLHEARD_SECRET_KEY", default="")
    if given:
        return given
    path = DATA / "secret_key"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as out:
        key = secrets.token_urlsafe(48)
        out.write(key)
    return key


SECRET_KEY = _secret_key()
_public = urlsplit(PUBLIC_URL)
_https = _public.scheme == "https"
ALLOWED_HOSTS = [
    *env.list("WELLHEARD_HOSTS", default=[]),
    _public.hostname or "localhost",
    "localhost",
    "127.0.0.1",
    "[::1]",
    *(["testserver"] if TESTING else []),
]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if _https else []
# How many proxies in front of us are ours; only then is X-Forwarded-For believed.
PROXY_HOPS = env.int("WELLHEARD_PROXY_HOPS", default=0)
if PROXY_HOPS and _https:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "django_tasks_db",
    "csp",
    "anymail",
    "wellheard.core",
    "wellheard.charts",
    "wellheard.people",
    "wellheard.listen",
    "wellheard.understand",
    "wellheard.decide",
    "wellheard.tell",
    "wellheard.measure",
    "wellheard.portal",
    "wellheard.console",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "wellheard.core.middleware.refuse_nul",
]

ROOT_URLCONF = "wellheard.urls"
WSGI_APPLICATION = "wellheard.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": ["wellheard.console.templatetags.words"],
        },
    }
]

DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{DATA / 'wellheard.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA cache_size=-32000;",
    }
DATABASES["default"]["CONN_MAX_AGE"] = None
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Events: empty means the embedded engine under the data folder; clickhouse://user:pw@host:8123/db a server.
EVENTS_URL = env.str("EVENTS_URL", default="")
EVENTS_MEMORY_MB = env.int("EVENTS_MEMORY_MB", default=1500)
# Names of event properties that are dropped on arrival, whoever sends them.
EVENTS_DROP_PROPERTIES = env.list(
    "EVENTS_DROP_PROPERTIES", default=["password", "passwd", "card_number", "credit_card", "cvv", "ssn"]
)
# Events a second that one write key may send, averaged over a minute; 0 means any number.
EVENTS_RATE = env.int("EVENTS_RATE", default=50_000)
# How often a second one address may ask for flags with one key, averaged over a minute; 0 means any number.
FLAGS_RATE = env.int("FLAGS_RATE", default=500)

# Mail domains whose votes the team sees as doubtful, beside those our own rule recognises.
DISPOSABLE_DOMAINS = [d.lower().lstrip("@.") for d in env.list("WELLHEARD_DISPOSABLE_DOMAINS", default=[])]

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": [], "ENQUEUE_ON_COMMIT": False}}
WORKER_THREADS = env.int("WELLHEARD_WORKERS", default=2)
WEB_THREADS = env.int("WELLHEARD_WEB_THREADS", default=8)
CLOCK_SECONDS = env.float("WELLHEARD_CLOCK_SECONDS", default=5.0)

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "wellheard.people.adapter.InvitedOnly"
ACCOUNT_FORMS = {"add_email": "wellheard.people.forms.NoNewAddress"}
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
# Browsers offer passkeys only to pages over HTTPS under a name.
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", *(["webauthn"] if _https else [])]
MFA_PASSKEY_LOGIN_ENABLED = _https
# Members do not verify addresses: an owner let them in under theirs, and they cannot change it.
MFA_ALLOW_UNVERIFIED_EMAIL = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# Mail: smtp://user:pw@host:587, or file:// (the default: one file a message under <data>/mail), or consolemail://
if env.str("EMAIL_URL", default=""):
    vars().update(env.email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "wellheard.core.mail.FileBackend"
EMAIL_FILE_PATH = str(DATA / "mail")
EMAIL_TIMEOUT = 20
# Mails to customers a minute, over all workspaces: what waited goes out in a stream and not in a storm.
MAIL_PER_MINUTE = env.int("WELLHEARD_MAIL_PER_MINUTE", default=1000)
# Letters that come in: the mailbox they are sent to, and the name our mail server gives itself when it says who signed.
MAIL_INBOX = env.str("WELLHEARD_MAIL_INBOX", default="")
MAIL_SERVER = env.str("WELLHEARD_MAIL_SERVER", default="")
# user:password that a mail provider shows when it posts letters to /hooks/anymail/…; none: those doors are shut.
ANYMAIL = {"WEBHOOK_SECRET": env.str("ANYMAIL_WEBHOOK_SECRET", default="")}
# An account elsewhere that visitors of the portal may sign in with (OpenID Connect).
OIDC_ISSUER = env.str("WELLHEARD_OIDC_ISSUER", default="")
OIDC_CLIENT_ID = env.str("WELLHEARD_OIDC_CLIENT_ID", default="")
OIDC_CLIENT_SECRET = env.str("WELLHEARD_OIDC_CLIENT_SECRET", default="")
OIDC_NAME = env.str("WELLHEARD_OIDC_NAME", default="")
# Machines of our own network that webhooks may call; none: only the open internet, over https.
OUTGOING_PRIVATE_HOSTS = env.list("WELLHEARD_OUTGOING_PRIVATE_HOSTS", default=[])
# A language model that proposes names and summaries when asked (any OpenAI-compatible address); none: never asked.
MODEL_URL = env.str("WELLHEARD_MODEL_URL", default="")
MODEL_NAME = env.str("WELLHEARD_MODEL_NAME", default="")
MODEL_KEY = env.str("WELLHEARD_MODEL_KEY", default="")
DEFAULT_FROM_EMAIL = env.str("WELLHEARD_MAIL_FROM", default="Wellheard <wellheard@localhost>")

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
USE_THOUSAND_SEPARATOR = False  # the filter "number" groups what people read; numbers in addresses and forms stay plain

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MAX_AGE = 3600
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
MEDIA_ROOT = DATA / "uploads"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
UPLOAD_MAX_MB = env.int("WELLHEARD_UPLOAD_MAX_MB", default=512)
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_TEMP_DIR = None
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008", "security.W012", "security.W016", "security.W018"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"err": {"class": "logging.StreamHandler", "formatter": "line"}},
    # A refused press is no fault of ours: without this, each would write a traceback.
    "loggers": {"django.request": {"level": "ERROR"}, "django.security": {"level": "ERROR"}},
    "root": {"handlers": ["err"], "level": env.str("WELLHEARD_LOG", default="WARNING")},
}
