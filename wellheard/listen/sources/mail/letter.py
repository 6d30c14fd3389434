"""One letter as it came (RFC 5322) → what its writer said. Nothing in it is believed that anybody can write."""

from __future__ import annotations

import email
import hashlib
import re
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime

from django.conf import settings

from wellheard.core import plain

MOST_BYTES = 25 * 1024**2
MOST_PARTS = 200
MOST_DEPTH = 12
MOST_TEXT = 200_000


class NotALetter(ValueError):
    """The bytes are no letter that can be read, or one that hides in too many parts."""


@dataclass(frozen=True, slots=True)
class Letter:
    id: str
    sender: str
    name: str
    to: tuple[str, ...]
    subject: str
    date: str
    thread: str
    text: str
    whole: str
    automatic: str
    attachments: tuple[str, ...] = ()
    forwarded: tuple[str, str, str] | None = None  # name, address and words of who wrote what is passed on
    proven: bool = False


def open_letter(raw: bytes) -> Letter:
    """Raises NotALetter."""
    if len(raw) > MOST_BYTES:
        raise NotALetter(f"The letter is larger than {MOST_BYTES // 1024**2} MB.")
    try:
        message = email.message_from_bytes(raw, policy=policy.default)
        assert isinstance(message, EmailMessage)
        return _letter(message)
    except NotALetter:
        raise
    except (RecursionError, LookupError, ValueError, TypeError, AttributeError, IndexError, KeyError) as e:
        raise NotALetter(f"This is no letter that can be read ({type(e).__name__}).") from None


def _letter(message: EmailMessage) -> Letter:
    sender = _addresses(message, "From")
    name, address = sender[0] if sender else ("", "")
    whole = _words(message)
    text = own_words(whole)
    date, subject = _header(message, "Date"), _header(message, "Subject")
    outer = _ids(_header(message, "Message-ID"))
    made = hashlib.sha256(f"{date}\n{address}\n{whole}".encode("utf-8", "replace")).hexdigest()
    before = _ids(f"{_header(message, 'References')} {_header(message, 'In-Reply-To')}")
    if not (address or text or subject):
        raise NotALetter("This is no letter: it has no sender and no words.")
    return Letter(
        id=(outer[0] if outer else f"sha256:{made}")[:255],
        sender=address,
        name=name,
        to=tuple(
            a for h in ("To", "Cc", "Delivered-To", "X-Original-To", "Resent-To") for _, a in _addresses(message, h)
        ),
        subject=re.sub(r"(?i)^((re|aw|fwd?|wg|sv|tr)\s*:\s*)+", "", subject).strip(),
        date=_moment(date),
        thread=(before[0] if before else outer[0] if outer else "")[:255],
        text=text,
        whole=whole,
        automatic=automatic(message),
        attachments=tuple(_names(message)),
        forwarded=forwarded(whole),
        proven=proven(message, address),
    )


def _header(message: EmailMessage, name: str) -> str:
    try:
        value = message.get(name)
    except (ValueError, IndexError, TypeError, AttributeError, LookupError):
        value = None
    text = "" if value is None else str(value)
    return re.sub(r"[\x00-\x1f\x7f]+", " ", text.encode("utf-8", "replace").decode()).strip()


def _addresses(message: EmailMessage, name: str) -> list[tuple[str, str]]:
    try:
        raw = [str(v) for v in message.get_all(name, [])]
    except (ValueError, IndexError, TypeError, AttributeError, LookupError):
        return []
    return [
        (re.sub(r"[\x00-\x1f]+", " ", n).strip()[:200], a.strip().lower()) for n, a in getaddresses(raw) if "@" in a
    ]


def _ids(text: str) -> list[str]:
    return re.findall(r"<([^<>\s]{1,250})>", text)


def _moment(date: str) -> str:
    try:
        found = parsedate_to_datetime(date)
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""
    return found.isoformat() if found.tzinfo else f"{found.isoformat()}+00:00"


def automatic(message: EmailMessage) -> str:
    """Why nobody wrote this by hand, or nothing."""
    if _header(message, "Auto-Submitted").lower() not in ("", "no"):
        return "automatic replies"
    if _header(message, "Precedence").lower() in ("bulk", "list", "junk", "auto_reply"):
        return "mailing lists and bulk mail"
    if (
        _header(message, "X-Auto-Response-Suppress")
        or _header(message, "X-Autoreply")
        or _header(message, "X-Autorespond")
    ):
        return "automatic replies"
    if _header(message, "List-Id") or _header(message, "List-Unsubscribe"):
        return "mailing lists and bulk mail"
    if message.get("Return-Path") is not None and _header(message, "Return-Path") == "<>":
        return "bounces"
    if message.get_content_type() in ("multipart/report", "message/delivery-status"):
        return "bounces"
    return ""


def proven(message: EmailMessage, address: str) -> bool:
    """Whether our own mail server says that the sender's domain signed the letter (DKIM) or sent it (SPF).

    Anybody can write such a header: only that of the server named in WELLHEARD_MAIL_SERVER is believed, and only the
    topmost, for servers put theirs on top.
    """
    server = settings.MAIL_SERVER.strip().lower()
    raw = message.get_all("Authentication-Results", [])
    if not server or not raw or "@" not in address:
        return False
    results = re.sub(r"\([^()]*\)", " ", str(raw[0])).lower()
    name, _, rest = results.partition(";")
    if not name.split() or name.split()[0] != server:
        return False
    domain = address.rpartition("@")[2]
    for result in rest.split(";"):
        for way, claim in (
            ("dkim", r"header\.(?:d|i)=@?(\S+)"),
            ("spf", r"smtp\.mailfrom=(\S+)"),
            ("dmarc", r"header\.from=(\S+)"),
        ):
            if re.match(rf"\s*{way}\s*=\s*pass\b", result):
                found = re.search(claim, result)
                given = found[1].rpartition("@")[2].strip('"') if found else ""
                if given and (domain == given or domain.endswith(f".{given}")) and "." in given:
                    return True
    return False


def _leaves(message: EmailMessage) -> list[EmailMessage]:
    found: list[EmailMessage] = []
    waiting: list[tuple[EmailMessage, int]] = [(message, 0)]
    count = 0
    while waiting:
        part, depth = waiting.pop()
        count += 1
        if count > MOST_PARTS or depth > MOST_DEPTH:
            raise NotALetter("The letter has too many parts inside each other.")
        inner = part.get_payload() if part.is_multipart() else None
        if isinstance(inner, list):
            waiting.extend((p, depth + 1) for p in reversed(inner) if isinstance(p, EmailMessage))
        else:
            found.append(part)
    return found


def _names(message: EmailMessage) -> list[str]:
    names = [str(p.get_filename() or "") for p in _leaves(message) if p.get_content_disposition() == "attachment"]
    return [re.sub(r"[\x00-\x1f]", " ", n)[:120] for n in names if n][:20]


def _words(message: EmailMessage) -> str:
    """The first plain text; else the first HTML as text. Attached files are never opened."""
    leaves = [p for p in _leaves(message) if p.get_content_disposition() != "attachment"]
    for kind in ("text/plain", "text/html"):
        for part in leaves:
            if part.get_content_type() == kind and (text := _decoded(part)).strip():
                return text if kind == "text/plain" else plain.from_html(text)
    return ""


def _decoded(part: EmailMessage) -> str:
    raw = part.get_payload(decode=True)
    if not isinstance(raw, bytes):
        return ""
    charset = str(part.get_content_charset() or "utf-8")
    try:
        text = raw.decode(charset, "replace")
    except (LookupError, ValueError):
        text = raw.decode("utf-8", "replace")
    text = text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")[:MOST_TEXT]
    if part.get_content_type() == "text/plain" and str(part.get_param("format", "")).lower() == "flowed":
        text = _unflowed(text, str(part.get_param("delsp", "")).lower() == "yes")
    return text


def _unflowed(text: str, delete: bool) -> str:
    """Lines that end in a space go on in the next one of the same depth (RFC 3676)."""
    out: list[str] = []
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        body = line[depth:].removeprefix(" ")
        before = out[-1] if out else ""
        held = len(before) - len(before.lstrip(">"))
        if out and before.endswith(" ") and not before.endswith("-- ") and held == depth and before.strip("> "):
            out[-1] = (before[:-1] if delete else before) + body
        else:
            out.append(">" * depth + (" " if depth else "") + body)
    return "\n".join(out)


# Where an answer ends and what it answers begins, in the words of common mail programs.
_BEGINS = re.compile(
    r"^\s*(-{2,}\s*(original message|original-nachricht|ursprüngliche nachricht|message d'origine|mensaje original|"
    r"forwarded message|weitergeleitete nachricht|message transféré)\s*-{2,}"
    r"|on .{5,200}(wrote|schrieb):|am .{5,200}schrieb .{0,120}:|le .{5,200} a écrit\s*:|el .{5,200} escribió:|"
    r"il .{5,200} ha scritto:|begin forwarded message:|_{20,})\s*$",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(
    r"^(-- ?|__ ?|sent from my .{2,40}|von meinem .{2,40} gesendet|get outlook for .{2,40})$", re.IGNORECASE
)


def own_words(text: str) -> str:
    """What the writer added: without quoted lines, what is answered below, and the signature."""
    kept: list[str] = []
    lines = text.split("\n")
    for n, line in enumerate(lines):
        two = f"{line.strip()} {lines[n + 1].strip()}" if n + 1 < len(lines) else line
        if _BEGINS.match(line) or (len(two) < 300 and line.strip() and _BEGINS.match(two)) or _outlook(lines, n):
            break
        if _SIGNATURE.match(line.rstrip("\r")):
            break
        if not line.lstrip().startswith(">"):
            kept.append(line.rstrip())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


_HEADS = r"(from|von|de|da|to|an|à|sent|gesendet|date|datum|subject|betreff|objet|asunto|cc)"


def _outlook(lines: list[str], n: int) -> bool:
    """A block of From:, Sent:, To:, Subject: without any line above it."""
    block = [line for line in lines[n : n + 5] if re.match(rf"^\s*\*?{_HEADS}\s*:\*?\s", line, re.IGNORECASE)]
    return bool(re.match(r"^\s*\*?(from|von|de|da)\s*:", lines[n], re.IGNORECASE)) and len(block) >= 3


def forwarded(text: str) -> tuple[str, str, str] | None:
    """(name, address, words) of the letter that was passed on, when its head is still there."""
    lines = text.split("\n")
    for n in range(len(lines)):
        found = re.match(r"^[\s>*]*(from|von|de|da)\s*:\*?\s*(.+)$", lines[n], re.IGNORECASE)
        if not found:
            continue
        heads = 0
        end = n
        while end < len(lines) and (
            re.match(rf"^[\s>*]*{_HEADS}\s*:", lines[end], re.IGNORECASE) or (heads and lines[end].strip(" >"))
        ):
            heads += bool(re.match(rf"^[\s>*]*{_HEADS}\s*:", lines[end], re.IGNORECASE))
            end += 1
        if heads < 2:
            continue
        people = getaddresses([found[2].strip().strip("*")])
        name, address = next(((p, a.lower()) for p, a in people if "@" in a), ("", ""))
        if not address and (mail := re.search(r"[\w.+%-]+@[\w.-]+\w", found[2])):
            address = mail[0].lower()
        inside = ">" in lines[n].partition(":")[0]  # passed on as a quote: then all of it stands behind >
        words = own_words("\n".join(re.sub(r"^\s*>\s?", "", line) if inside else line for line in lines[end:]))
        if address and words:
            return name.strip("\"' *")[:200], address, words
    return None
