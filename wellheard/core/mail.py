"""The development mail backend: each message is one file, named after its Message-ID.

Sending the same Message-ID again finds the file already there and writes nothing, so a crash between
sending and recording cannot send twice.
"""

import re
from collections.abc import Sequence
from pathlib import Path

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
            try:
                with open(folder / f"{name}.eml", "xb") as out:
                    out.write(mime.as_bytes())
            except FileExistsError:
                pass
        return len(email_messages)
