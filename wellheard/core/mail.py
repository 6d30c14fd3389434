"""The development mail backend: each message is one file, named after its Message-ID.

Sending the same Message-ID again finds the file already there and writes nothing, so a crash between
sending and recording cannot send twice.
"""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage


class FileBackend(BaseEmailBackend):
    """Writes `<data>/mail/<message id>.eml`; exclusive creation makes a second send of the same id a no-op."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = Path(settings.EMAIL_FILE_PATH)
        folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            mime = message.message()
            name = re.sub(r"[^A-Za-z0-9@._-]", "_", str(mime["Message-ID"]).strip("<>"))[:200]
            part = folder / f".{name[:180]}.{uuid4().hex}"
            try:
                part.write_bytes(mime.as_bytes())
                os.link(part, folder / f"{name}.eml")  # whole or not at all: half a message must not pass for sent
            except FileExistsError:
                pass
            finally:
                part.unlink(missing_ok=True)
        return len(email_messages)
