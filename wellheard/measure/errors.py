"""What can be wrong with a question."""


class Unaskable(ValueError):
    """The question makes no sense; the text says why."""
