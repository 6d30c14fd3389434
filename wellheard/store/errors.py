"""What can go wrong between an event and the engine, in words an operator can act on."""


class StoreError(Exception):
    """Base of every error the store raises on purpose."""


class HeldElsewhere(StoreError):
    """Another process holds the data folder's events: ask it, or stop it first."""


class SpoolFull(StoreError):
    """The log on disk cannot take more now (disk full, or the writer is far behind): try again later."""


class NoEngine(StoreError):
    """This store was opened for appending only; there is no engine to ask."""


class Closed(StoreError):
    """The store has been closed."""
