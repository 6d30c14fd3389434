"""Headlines of posts in the sample."""


def headline(text: str) -> str:
    """The first sentence of a post, short enough for a headline."""
    first = text.strip().split("\n")[0]
    for end in (". ", "! ", "? "):
        first = first.split(end)[0] if len(first.split(end)[0]) > 15 else first
    return first if len(first) <= 90 else first[:88].rsplit(" ", 1)[0] + "…"
