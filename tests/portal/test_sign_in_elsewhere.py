"""Signing in to the portal with an account people have elsewhere: the way there and back, and everything that is not it."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client

from tests.conftest import Town
from wellheard.core import ratelimit
from wellheard.people.models import Person, Workspace
from wellheard.people.services.workspaces import create_workspace
from wellheard.portal import oidc

ISSUER = "https://id.example/tenant"
START, BACK = "/p/acme/sign-in/account", "/p/acme/sign-in/account/back"
KEY, STRANGE = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))


class Issuer:
    """An account service: what it is asked, and what it answers."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []
        self.claims: dict[str, Any] = {"email": "zoe@mail.example", "email_verified": True, "name": "Zoe"}
        self.discovery: dict[str, Any] = {
            "issuer": ISSUER, "authorization_endpoint": "https://id.example/authorize", "token_endpoint": "https://id.example/token",
            "jwks_uri": "https://id.example/keys",
        }  # fmt: skip
        self.key: Any = KEY
        self.algorithm, self.kid = "RS256", "k1"
        self.nonce = ""
        self.instead: httpx.Response | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        path = request.url.path
        if self.instead is not None and path == "/token":
            return self.instead
        if path.endswith("openid-configuration"):
            return httpx.Response(200, json=self.discovery)
        if path == "/keys":
            held = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
            return httpx.Response(200, json={"keys": [{**held, "kid": "k1", "use": "sig", "alg": "RS256"}]})
        now = int(time.time())
        told = {
            "iss": ISSUER,
            "aud": "wellheard",
            "sub": "42",
            "iat": now,
            "exp": now + 300,
            "nonce": self.nonce,
            **self.claims,
        }
        told = {k: v for k, v in told.items() if v is not None}
        token = jwt.encode(told, self.key, algorithm=self.algorithm, headers={"kid": self.kid})
        return httpx.Response(200, json={"id_token": token, "access_token": "x"})


@pytest.fixture
def issuer(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Issuer]:
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = ISSUER, "wellheard", "hush"
    made = Issuer()
    monkeypatch.setattr(
        oidc, "client", lambda: httpx.Client(transport=httpx.MockTransport(made), follow_redirects=False)
    )
    oidc.forget()
    ratelimit.forget()
    yield made
    oidc.forget()


def leave(client: Client, issuer: Issuer, then: str = "/p/acme/roadmap") -> dict[str, str]:
    """Off to the issuer; what the browser is sent with."""
    reply = client.get(f"{START}?next={then}")
    assert reply.status_code == 302
    where = urlsplit(reply["Location"])
    assert f"{where.scheme}://{where.netloc}{where.path}" == "https://id.example/authorize"
    sent = {k: v[0] for k, v in parse_qs(where.query).items()}
    issuer.nonce = sent["nonce"]
    return sent


def test_there_and_back_as_somebody_known(workspace: Workspace, issuer: Issuer) -> None:
    client = Client()
    assert "Go on with id.example" in client.get("/p/acme/sign-in").content.decode()
    sent = leave(client, issuer)
    assert (sent["redirect_uri"], sent["code_challenge_method"]) == (f"http://testserver{BACK}", "S256")
    assert not Person.objects.exists(), "leaving writes nothing"
    back = client.get(f"{BACK}?code=c0de&state={sent['state']}")
    assert (back.status_code, back["Location"]) == (302, "/p/acme/roadmap")
    person = Person.objects.get()
    assert (person.email, person.name) == ("zoe@mail.example", "Zoe")
    asked = parse_qs(next(r for r in issuer.asked if r.url.path == "/token").content.decode())
    verifier = asked["code_verifier"][0].encode()
    assert base64.urlsafe_b64encode(hashlib.sha256(verifier).digest()).rstrip(b"=").decode() == sent["code_challenge"]
    assert "Zoe" in client.get("/p/acme/").content.decode()
    again = client.get(f"{BACK}?code=c0de&state={sent['state']}")
    assert again["Location"] == "/p/acme/sign-in", "what the browser held is used up"


def test_who_is_known_by_the_address_is_that_person(town: Town, issuer: Issuer) -> None:
    client = Client()
    issuer.claims["email"] = "ANN@shop.example"
    sent = leave(client, issuer)
    client.get(f"{BACK}?code=c&state={sent['state']}")
    assert Person.objects.filter(email__iexact="ann@shop.example").get() == town.ann
    assert Person.objects.get(pk=town.ann.pk).name == "Ann Assistant"


@pytest.mark.parametrize(
    "flaw",
    [
        {"claims": {"email_verified": "true"}}, {"claims": {"email_verified": None}}, {"claims": {"email_verified": False}},
        {"claims": {"email": None}}, {"claims": {"email": "no address"}}, {"claims": {"aud": "somebody else"}},
        {"claims": {"iss": "https://evil.example"}}, {"claims": {"exp": 1}}, {"claims": {"nonce": "another"}}, {"claims": {"nonce": None}},
        {"claims": {"sub": None}}, {"key": STRANGE}, {"key": "x" * 40, "algorithm": "HS256"}, {"key": None, "algorithm": "none"}, {"kid": "k2"},
        {"instead": httpx.Response(500)}, {"instead": httpx.Response(200, json=[1])}, {"instead": httpx.Response(200, content=b"{")},
        {"instead": httpx.Response(302, headers={"Location": "http://169.254.169.254/"})}, {"instead": httpx.Response(200, content=b"x" * 300_000)},
        {"instead": httpx.Response(200, json={"id_token": "a.b.c"})}, {"instead": httpx.Response(200, json={})},
    ],
    ids=lambda flaw: f"{next(iter(flaw))}",
)  # fmt: skip
def test_T14_what_the_issuer_did_not_say_lets_nobody_in(
    workspace: Workspace, issuer: Issuer, flaw: dict[str, Any]
) -> None:
    client = Client()
    sent = leave(client, issuer)
    issuer.claims |= flaw.get("claims", {})
    for name in ("key", "algorithm", "kid", "instead"):
        if name in flaw:
            setattr(issuer, name, flaw[name])
    back = client.get(f"{BACK}?code=c&state={sent['state']}")
    assert (back.status_code, back["Location"]) == (302, "/p/acme/sign-in")
    assert not Person.objects.exists()
    assert "did not let you in" in client.get("/p/acme/sign-in").content.decode()
    assert {r.url.host for r in issuer.asked} == {"id.example"}, "nothing is followed"


def test_T14_only_the_browser_that_left_can_come_back(workspace: Workspace, issuer: Issuer) -> None:
    create_workspace("other", "Other")
    victim, attacker = Client(), Client()
    sent, theirs = leave(victim, issuer), leave(attacker, issuer)
    for state in ("", theirs["state"], sent["state"][:-1], "é"):
        assert victim.get(BACK, {"code": "c", "state": state})["Location"] == "/p/acme/sign-in"
        leave(victim, issuer)
    assert Client().get(BACK, {"code": "c", "state": sent["state"]})["Location"] == "/p/acme/sign-in"
    sent = leave(victim, issuer)
    victim.cookies["wh_account_2"] = victim.cookies[
        next(k for k in victim.cookies if k.startswith("wh_account_"))
    ].value
    assert victim.get("/p/other/sign-in/account/back", {"code": "c", "state": sent["state"]}).status_code == 302
    victim.head(BACK, {"code": "c", "state": sent["state"]})
    assert not Person.objects.exists()


@pytest.mark.parametrize(
    "then", ["//evil.example", "https://evil.example/p/acme/", "/p/acme/\\evil", "/w/acme/", "javascript:alert(1)"]
)
def test_T17_it_leads_back_into_the_portal_only(workspace: Workspace, issuer: Issuer, then: str) -> None:
    client = Client()
    sent = leave(client, issuer, then)
    assert client.get(BACK, {"code": "c", "state": sent["state"]})["Location"] == "/p/acme/"


@pytest.mark.parametrize(
    "wrong", [{"issuer": "https://other.example"}, {"token_endpoint": "http://id.example/token"}, {"jwks_uri": "file:///etc/passwd"}, {"authorization_endpoint": ""}]
)  # fmt: skip
def test_T18_an_issuer_that_is_not_itself_is_not_asked_further(
    workspace: Workspace, issuer: Issuer, wrong: dict[str, str]
) -> None:
    issuer.discovery |= wrong
    reply = Client().get(START)
    assert (reply.status_code, reply["Location"]) == (302, "/p/acme/sign-in")
    assert len(issuer.asked) == 1


def test_without_a_setting_there_is_no_such_way(workspace: Workspace, settings: Any) -> None:
    settings.OIDC_ISSUER = ""
    for path in (START, BACK):
        assert Client().get(path).status_code == 404
    assert "Go on with" not in Client().get("/p/acme/sign-in").content.decode()
