"""A member comes in: by a one-time link, a password, or a code sent by mail."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import urljoin, urlsplit

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from wellheard.people.access import Access
from wellheard.people.models import Member, SignInLink, User
from wellheard.people.services import workspaces
from wellheard.people.services.workspaces import make_sign_in_link, use_link

PASSWORD = "ninety nine red balloons"


@pytest.fixture(autouse=True)
def patience() -> None:
    cache.clear()


@pytest.fixture
def olga(owner: Member) -> User:
    owner.user.set_password(PASSWORD)
    owner.user.save()
    return owner.user


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_a_one_time_link_signs_in_by_its_button(client: Client, owner: Member) -> None:
    link = make_sign_in_link(owner.user)
    assert "Press the button to sign in as olga@acme.example" in client.get(link).content.decode()
    reply = client.post(link)
    assert (reply.status_code, reply["Location"]) == (302, "/")
    assert signed_in(client)


def test_a_password_signs_in(client: Client, olga: User) -> None:
    client.post("/accounts/login/", {"login": "Olga@acme.example", "password": PASSWORD})
    assert signed_in(client)


def test_a_code_by_mail_signs_in(client: Client, owner: Member) -> None:
    client.post("/accounts/login/code/", {"email": "olga@acme.example"})
    (message,) = mail.outbox
    assert message.to == ["olga@acme.example"]
    assert "Wellheard" in message.subject
    code = re.search(r"^\s*([A-Z0-9-]{6,9})\s*$", str(message.body), re.M)
    assert code, message.body
    client.post("/accounts/login/code/confirm/", {"code": code[1]})
    assert signed_in(client)


def test_T24_opening_the_link_signs_nobody_in(client: Client, owner: Member) -> None:
    link = make_sign_in_link(owner.user)
    for _ in range(3):
        client.get(link)
        client.head(link)
    assert not signed_in(client)
    assert SignInLink.objects.get().used_at is None


def test_T12_a_link_works_once_and_for_a_day(client: Client, owner: Member) -> None:
    link = make_sign_in_link(owner.user)
    client.post(link)
    again = Client().post(link)
    assert again.status_code == 410
    assert "cannot be used any more" in again.content.decode()
    old = make_sign_in_link(owner.user)
    SignInLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert Client().post(old).status_code == 410
    owner.user.is_active = False
    owner.user.save()
    assert Client().post(make_sign_in_link(owner.user)).status_code == 410
    assert Client().post("/enter/guess").status_code == 410


@pytest.mark.django_db(transaction=True)
def test_T12_of_many_who_use_a_link_at_once_one_comes_in(owner: Member) -> None:
    secret = make_sign_in_link(owner.user).removeprefix("/enter/")

    def use(_: int) -> bool:
        try:
            return use_link(secret) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(use, range(24))) == 1


def test_T16_nobody_has_a_password_they_did_not_choose(access: Access) -> None:
    member = workspaces.add_member(access, "new@acme.example", workspaces.Role.OWNER)
    assert not member.user.has_usable_password()
    assert not User.objects.filter(is_superuser=True).exists()
    for guess in ("", "admin", "password", "None", "!"):
        client = Client()
        client.post("/accounts/login/", {"login": "new@acme.example", "password": guess})
        assert not signed_in(client)


def test_T16_nobody_signs_up_by_themselves(client: Client, db: None) -> None:
    shown = client.get("/accounts/signup/").content.decode()
    assert "You come in by invitation" in shown
    client.post("/accounts/signup/", {"email": "new@acme.example", "password1": PASSWORD})
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("path", "field"), [("/accounts/login/code/", "email"), ("/accounts/password/reset/", "email")]
)
def test_T13_asking_for_a_code_or_a_link_answers_the_same_for_anybody(owner: Member, path: str, field: str) -> None:
    said = []
    for address in ("olga@acme.example", "nobody@acme.example"):
        client = Client(REMOTE_ADDR=f"10.0.0.{len(address)}")
        reply = client.post(path, {field: address}, follow=True)
        body = reply.content.decode().replace(address, "ADDRESS")
        said.append((reply.redirect_chain, re.sub(r'(csrfmiddlewaretoken" value=")[^"]*', r"\1", body)))
    assert said[0] == said[1]
    assert [m.to for m in mail.outbox] == [["olga@acme.example"], ["nobody@acme.example"]]
    assert "sign up" not in mail.outbox[1].body
    assert "nobody with this address is a member here" in mail.outbox[1].body


def test_T13_a_wrong_password_says_the_same_for_anybody(olga: User) -> None:
    said = set()
    for address in ("olga@acme.example", "nobody@acme.example"):
        reply = Client().post("/accounts/login/", {"login": address, "password": "wrong wrong"})
        body = reply.content.decode().replace(address, "ADDRESS")
        said.add((reply.status_code, re.sub(r'(csrfmiddlewaretoken" value=")[^"]*', r"\1", body)))
    assert len(said) == 1


def test_T13_guessing_passwords_is_stopped_for_the_account_from_wherever(olga: User) -> None:
    for n in range(6):
        Client(REMOTE_ADDR=f"10.0.{n}.1").post("/accounts/login/", {"login": "olga@acme.example", "password": "wrong"})
    client = Client(REMOTE_ADDR="10.0.99.1")
    client.post("/accounts/login/", {"login": "olga@acme.example", "password": PASSWORD})
    assert not signed_in(client)


def test_T13_a_code_may_be_tried_three_times(client: Client, owner: Member) -> None:
    client.post("/accounts/login/code/", {"email": "olga@acme.example"})
    code = re.search(r"^\s*([A-Z0-9-]{6,9})\s*$", str(mail.outbox[0].body), re.M)
    assert code
    for _ in range(3):
        client.post("/accounts/login/code/confirm/", {"code": "WRONG1"})
    client.post("/accounts/login/code/confirm/", {"code": code[1]})
    assert not signed_in(client)


ELSEWHERE = ["//evil.example", "https://evil.example/", "/\\evil.example", "\\\\evil.example", "https:evil.example",
             "http://testserver@evil.example/", "javascript:alert(1)", "%2f%2fevil.example", "/%09/evil.example",
             "///evil.example", "\t//evil.example", "http://testserver.evil.example/"]  # fmt: skip


@pytest.mark.parametrize("there", ELSEWHERE)
def test_T17_signing_in_or_out_never_leads_to_another_site(olga: User, there: str) -> None:
    client = Client()
    client.get("/accounts/login/", {"next": there})
    reply = client.post("/accounts/login/", {"login": "olga@acme.example", "password": PASSWORD, "next": there})
    assert reply.status_code == 302
    assert_here(reply["Location"])
    assert_here(client.post("/accounts/logout/", {"next": there})["Location"])
    link = make_sign_in_link(olga)
    assert_here(Client().post(f"{link}?next={there}", {"next": there})["Location"])


def assert_here(where: str) -> None:
    """As a browser resolves it: control characters dropped, backslashes read as slashes."""
    seen = re.sub(r"[\x00-\x20]", "", where).replace("\\", "/")
    assert urlsplit(urljoin("http://testserver/accounts/login/", seen))[:2] == ("http", "testserver"), where


def test_a_page_for_members_leads_to_signing_in_and_back(client: Client, olga: User) -> None:
    reply = client.post(
        "/accounts/login/", {"login": "olga@acme.example", "password": PASSWORD, "next": "/w/acme/people"}
    )
    assert reply["Location"] == "/w/acme/people"


def test_T24_signing_out_takes_a_button(as_owner: Client) -> None:
    assert "Are you sure" in as_owner.get("/accounts/logout/").content.decode()
    assert signed_in(as_owner)
    as_owner.post("/accounts/logout/")
    assert not signed_in(as_owner)


def test_T15_a_new_password_ends_the_other_sessions(olga: User) -> None:
    here, elsewhere = Client(), Client()
    for client in (here, elsewhere):
        client.post("/accounts/login/", {"login": "olga@acme.example", "password": PASSWORD})
        assert client.get("/accounts/email/").status_code == 200
    new = "ninety eight red balloons"
    here.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert here.get("/accounts/email/").status_code == 200
    assert elsewhere.get("/accounts/email/").status_code == 302


def test_T14_nobody_takes_on_another_members_address(as_viewer: Client, owner: Member) -> None:
    """Else the codes for that address could lead into the account that took it on."""
    from allauth.account.models import EmailAddress

    assert "vera@acme.example" in as_viewer.get("/accounts/email/").content.decode()
    for address in ("olga@acme.example", "future@acme.example"):
        as_viewer.post("/accounts/email/", {"email": address, "action_add": ""})
        as_viewer.post("/accounts/email/", {"email": address, "action_primary": ""})
    assert not EmailAddress.objects.filter(email__in=["olga@acme.example", "future@acme.example"]).exists()
    assert User.objects.filter(email="vera@acme.example").exists()


PAGES = ["/accounts/login/", "/accounts/login/code/", "/accounts/password/reset/", "/accounts/password/reset/done/",
         "/accounts/signup/", "/accounts/inactive/"]  # fmt: skip
OWN = ["/accounts/logout/", "/accounts/email/", "/accounts/password/change/", "/accounts/password/set/",
       "/accounts/2fa/", "/accounts/2fa/totp/activate/", "/accounts/2fa/recovery-codes/generate/",
       "/accounts/reauthenticate/"]  # fmt: skip


@pytest.mark.parametrize("path", PAGES + OWN)
def test_T02_every_page_of_signing_in_is_ours_and_strict(olga: User, path: str) -> None:
    client = Client()
    if path in OWN:
        client.post("/accounts/login/", {"login": "olga@acme.example", "password": PASSWORD})
    reply = client.get(path, follow=True)
    shown = reply.content.decode()
    assert reply.status_code == 200, path
    assert '<html lang="en">' in shown
    assert "wellheard/look.css" in shown
    assert "unsafe" not in reply.headers["Content-Security-Policy"]
    assert not re.search(r"\sstyle=|<style|\son\w+=\"", shown)
    assert not re.search(r"<script(?![^>]*(src=|type=\"application/json\"))", shown)


def test_T01_a_hostile_name_stays_words(client: Client, access: Access) -> None:
    member = workspaces.add_member(access, "x@acme.example", workspaces.Role.VIEWER, "<script>alert(1)</script>")
    shown = client.get(make_sign_in_link(member.user)).content.decode()
    assert "<script>alert" not in shown
    assert "&lt;script&gt;" in shown


def test_an_authenticator_app_guards_the_next_sign_in(olga: User) -> None:
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value, yield_hotp_counters_from_time

    TOTP.activate(olga, secret := generate_totp_secret())
    client = Client()
    client.post("/accounts/login/", {"login": "olga@acme.example", "password": PASSWORD})
    assert not signed_in(client)
    shown = client.get("/accounts/2fa/authenticate/").content.decode()
    assert "wellheard/look.css" in shown
    counter = next(iter(yield_hotp_counters_from_time()))
    client.post("/accounts/2fa/authenticate/", {"code": f"{hotp_value(secret, counter):06d}"})
    assert signed_in(client)
    assert "recovery" in client.get("/accounts/2fa/").content.decode().lower()


def test_who_came_by_a_link_can_set_up_an_authenticator_app(client: Client, owner: Member) -> None:
    client.post(make_sign_in_link(owner.user))
    assert "Authenticator secret" in client.get("/accounts/2fa/totp/activate/", follow=True).content.decode()


@pytest.mark.parametrize("where", ["10.0.0.1", "2001:db8::1"])
def test_T25_limits_on_signing_in_count_callers_as_all_others_do(olga: User, where: str) -> None:
    replies = [
        Client(REMOTE_ADDR=where)
        .post("/accounts/password/reset/", {"email": f"x{n}@acme.example"}, headers={"x-forwarded-for": f"10.1.1.{n}"})
        .status_code
        for n in range(22)
    ]
    assert replies[-1] == 429
