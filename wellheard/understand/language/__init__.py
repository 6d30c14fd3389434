"""Language audit: where our own texts speak of people as if they were none. Pure rules over one text; which texts there
are stands in `places`.

    check("The user failed to renew his contract.")  → [Finding(rule="role", …), …]

Every finding is a suggestion: it says where, why, and what one could write instead. It would rather miss than cry wolf:
"user interface" and words in quotation marks (somebody else's) are left alone.
"""

from __future__ import annotations

from .rules import LABELS, Finding, check, sentences

__all__ = ["LABELS", "Finding", "check", "sentences"]
