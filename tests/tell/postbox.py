"""A real mail server on this machine, delivering into a maildir, that can be away, slow, refuse, or cut a connection."""

from __future__ import annotations

import mailbox
import socket
from collections import Counter
from collections.abc import Callable
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


class Handler:
    """`refuse` answers a recipient with a code, or nothing to take it; `cut` ends the connection after so many letters
    were taken, before saying so."""

    def __init__(self, folder: Path) -> None:
        self.box = mailbox.Maildir(str(folder), create=True)
        self.refuse: Callable[[str], str | None] = lambda address: None
        self.cut_after: int | None = None
        self.connections = 0
        self.order: list[str] = []

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if said := self.refuse(address):
            return said
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.box.add(envelope.content)
        self.order.append(envelope.rcpt_tos[0])
        if self.cut_after is not None:
            self.cut_after -= 1
            if self.cut_after < 0:
                assert server.transport is not None
                server.transport.abort()
        return "250 taken"


class Postbox:
    """`with Postbox(folder) as server:`; `stop` and `start` at will, always at the same port."""

    def __init__(self, folder: Path) -> None:
        self.handler, self.port = Handler(folder), free_port()
        self._controller: Controller | None = None

    def __enter__(self) -> Postbox:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def start(self) -> None:
        self._controller = Controller(self.handler, hostname="127.0.0.1", port=self.port, enable_SMTPUTF8=True)
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
        self._controller = None

    def letters(self) -> list[EmailMessage]:
        """As a mail program reads them."""
        parser: BytesParser[Any] = BytesParser(policy=policy.default)
        return [parser.parsebytes(self.handler.box.get_bytes(key)) for key in self.handler.box.keys()]  # noqa: SIM118

    def counts(self) -> Counter[str]:
        """Recipient → letters."""
        return Counter(str(letter["To"]) for letter in self.letters())
