"""Signing in with the account people have elsewhere: OpenID Connect, authorization code with PKCE.

OpenID Connect Core 1.0, sections 3.1.2–3.1.3; RFC 7636. The issuer is a setting of the server; nothing a visitor sends
says where we ask.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import jwt
from django.conf import settings
from django.core import signing

from wellheard.core import clean

SALT = "portal-oidc"
SECONDS = 600
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]  # never "none", never a secret both sides hold
MOST = 256 * 1024
FRESH = 3600
PATIENCE = httpx.Timeout(5.0)


class Unproven(ValueError):
    """Nobody is signed in; the message says why, for the log and the team."""


@dataclass(frozen=True, slots=True)
class Provider:
    issuer: str
    authorize: str
    token: str
    keys: str


@dataclass(frozen=True, slots=True)
class Begun:
    """Where to send the browser, and what it holds meanwhile."""

    url: str
    held: str


@dataclass(frozen=True, slots=True)
class Proven:
    email: str
    name: str
    then: str


_lock = threading.Lock()
_known: dict[str, tuple[float, Any]] = {}


def configured() -> bool:
    return bool(settings.OIDC_ISSUER and settings.OIDC_CLIENT_ID)


def forget() -> None:
    """Ask the issuer anew (tests, and keys that changed)."""
    with _lock:
        _known.clear()


def client() -> httpx.Client:
    return httpx.Client(timeout=PATIENCE, follow_redirects=False, trust_env=False)


def _asked(method: str, url: str, **more: Any) -> Any:
    """A JSON answer of bounded size in bounded time, without following anything. Raises Unproven."""
    began = time.monotonic()
    try:
        with client() as http, http.stream(method, url, **more) as reply:
            body = bytearray()
            for chunk in reply.iter_bytes(16_384):
                body += chunk
                if len(body) > MOST or time.monotonic() - began > 15:
                    raise Unproven(f"{urlsplit(url).hostname} answers too much or too slowly.")
            if reply.status_code != 200:
                raise Unproven(f"{urlsplit(url).hostname} answered {reply.status_code}.")
        found = httpx.Response(200, content=bytes(body)).json()
    except (httpx.HTTPError, ValueError) as e:
        if isinstance(e, Unproven):
            raise
        raise Unproven(f"{urlsplit(url).hostname} cannot be asked ({type(e).__name__}).") from None
    if not isinstance(found, dict):
        raise Unproven(f"{urlsplit(url).hostname} answers no object.")
    return found


def _fresh(url: str) -> Any:
    with _lock:
        at, held = _known.get(url, (0.0, None))
    if held is not None and time.monotonic() - at < FRESH:
        return held
    found = _asked("GET", url)
    with _lock:
        _known[url] = (time.monotonic(), found)
    return found


def provider() -> Provider:
    """What the issuer says of itself. Raises Unproven when it is not who it says, or sends us away from https."""
    issuer = settings.OIDC_ISSUER.rstrip("/")
    told = _fresh(f"{issuer}/.well-known/openid-configuration")
    if str(told.get("issuer", "")).rstrip("/") != issuer:
        raise Unproven("The issuer calls itself by another name than WELLHEARD_OIDC_ISSUER.")
    # As it writes itself, for tokens repeat it letter by letter.
    found = Provider(
        str(told["issuer"]), *(str(told.get(k, "")) for k in ("authorization_endpoint", "token_endpoint", "jwks_uri"))
    )
    scheme = urlsplit(issuer).scheme
    for url in (found.authorize, found.token, found.keys):
        if urlsplit(url).scheme not in ("https", scheme) or not urlsplit(url).hostname:
            raise Unproven("The issuer names an address that is not https.")
    return found


def begin(workspace: int, back: str, then: str) -> Begun:
    """`back`: where the issuer sends the browser afterwards. Raises Unproven."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code", "client_id": settings.OIDC_CLIENT_ID, "redirect_uri": back, "scope": "openid email profile",
        "state": state, "nonce": nonce, "code_challenge": challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    where = provider().authorize
    held = signing.dumps([workspace, state, nonce, verifier, then], salt=SALT)
    return Begun(f"{where}{'&' if '?' in where else '?'}{urlencode(asked)}", held)


def finish(workspace: int, back: str, held: str, state: str, code: str) -> Proven:
    """Who came back. Raises Unproven unless it is the browser that left, and the issuer says the address is theirs."""
    try:
        place, ours, nonce, verifier, then = signing.loads(held, salt=SALT, max_age=SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        raise Unproven("This browser did not begin it, or it took longer than ten minutes.") from None
    if place != workspace or not hmac.compare_digest(str(ours).encode(), state.encode("utf-8", "surrogatepass")):
        raise Unproven("This browser did not begin it.")
    if not code:
        raise Unproven("The issuer gave no code.")
    there = provider()
    answer = _asked(
        "POST", there.token, auth=(settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET),
        data={"grant_type": "authorization_code", "code": code[:2000], "redirect_uri": back, "code_verifier": verifier},
    )  # fmt: skip
    told = _claims(there, str(answer.get("id_token", "")))
    if not hmac.compare_digest(str(told.get("nonce", "")).encode(), str(nonce).encode()):
        raise Unproven("The answer is to another question.")
    if told.get("email_verified") is not True:
        raise Unproven("The issuer does not say that the address is proven.")
    try:
        email, name = clean.email(told.get("email")), clean.text(told.get("name"), 200, "The name")
    except ValueError as e:
        raise Unproven(str(e)) from None
    if email is None:
        raise Unproven("The issuer tells no address.")
    return Proven(email, name, str(then))


def _claims(there: Provider, token: str) -> dict[str, Any]:
    try:
        return jwt.decode(
            token, _key(there, token), algorithms=ALGORITHMS, audience=settings.OIDC_CLIENT_ID, issuer=there.issuer, leeway=60,
            options={"require": ["exp", "iat", "sub", "aud", "iss"], "strict_aud": False},
        ) | {}  # fmt: skip
    except jwt.InvalidIssuerError:
        raise Unproven("The answer is of another issuer.") from None
    except jwt.PyJWTError as e:
        raise Unproven(f"The answer is not to be believed ({type(e).__name__}).") from None


def _key(there: Provider, token: str) -> Any:
    """The issuer's key that the token names; asked anew once when it is not known."""
    named = jwt.get_unverified_header(token).get("kid")
    for again in (False, True):
        if again:
            with _lock:
                asked, _ = _known.get(there.keys, (0.0, None))
                if time.monotonic() - asked < 30:  # a token with a made-up key makes us ask no more than that
                    break
                _known.pop(there.keys, None)
        for key in jwt.PyJWKSet.from_dict(_fresh(there.keys)).keys:
            if key.key_id == named and key.public_key_use in (None, "sig"):
                return key
    raise Unproven("The issuer has no such key.")
