"""What the spool holds: one envelope per accepted request, with its rows already checked.

A row is small and flat because it is written, read and turned into columns once per event. Ids are still
strings here; the writer gives them their dense numbers, so that the path of a request never asks the engine.
"""

from __future__ import annotations

from hashlib import blake2b

import msgspec

EVENT, IDENTIFY, GROUP, ALIAS, REFUSED = range(5)

CORRECTED = 1  # flag: the client's clock was off and the time was corrected by sentAt
REPLACED = 2  # flag: the time given was unusable, the time of receipt stands in
QUIET = 4  # flag: sent by a library by itself (a page left, a flag asked): being active takes more than that


class Row(msgspec.Struct, array_like=True, gc=False):
    """One accepted message.

    `message` is the hash of its id (see message_hash); `time` is UTC milliseconds; `properties` and `context`
    are JSON texts (traits for IDENTIFY and GROUP; the raw message for REFUSED). `name` is the event's name, the
    previous id for ALIAS, the reason for REFUSED. Empty string means absent. `duration` is in seconds.
    """

    kind: int
    message: int
    time: int
    user: str = ""
    anonymous: str = ""
    account: str = ""
    name: str = ""
    properties: str = ""
    session: str = ""
    flags: int = 0
    url: str = ""
    path: str = ""
    referrer: str = ""
    title: str = ""
    duration: float = 0.0
    context: str = ""


class Envelope(msgspec.Struct, array_like=True, gc=False):
    """Rows of one workspace that arrived together.

    `zone` is the workspace's time zone (days are cut in it), `received` UTC milliseconds, `tag` names an import
    whose stored and repeated rows are to be counted ("" for live traffic).
    """

    workspace: int
    zone: str
    source: str
    received: int
    rows: list[Row]
    tag: str = ""


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Envelope)


def encode(envelope: Envelope) -> bytes:
    return _encoder.encode(envelope)


def decode(record: bytes) -> Envelope:
    """Raises msgspec.DecodeError for a record this version cannot read."""
    return _decoder.decode(record)


def message_hash(source: str, message_id: str) -> int:
    """64 bits of (source, message id): ids are only unique within their source.

    64 bits and not 128: hashes do not compress and are the largest column of the events. With a billion messages
    in one source the chance that one single message is taken for a repetition is 3 %.
    """
    key = f"{source}\0{message_id}".encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(key, digest_size=8).digest(), "little")
