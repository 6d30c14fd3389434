"""What can be wrong with a question, or with asking for a verdict."""


class Unaskable(ValueError):
    """The question makes no sense; the text says why."""


class NotYet(ValueError):
    """The bet cannot be judged yet; the message says when or why."""
