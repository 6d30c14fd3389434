"""The people who build Tally."""

from .world import Colleague

COLLEAGUES: tuple[Colleague, ...] = (
    Colleague("Ines Albrecht", "ines@tally.example", "Product manager", "product", "owner"),
    Colleague("Jonas Vik", "jonas@tally.example", "Product designer", "design", "editor"),
    Colleague("Priya Raman", "priya@tally.example", "Lead engineer", "engineering", "editor"),
    Colleague("Martin Holt", "martin@tally.example", "Sales", "sales", "contributor"),
    Colleague("Clara Nilsen", "clara@tally.example", "Customer success", "success", "contributor"),
    Colleague("Tomás Rivera", "tomas@tally.example", "Customer success, south", "success", "contributor"),
    Colleague("Deniz Aksoy", "deniz@tally.example", "Support", "support", "contributor"),
)

SALES = "Martin Holt"
SUPPORT = "Deniz Aksoy"
RESEARCHERS = ("Ines Albrecht", "Jonas Vik")
SOUTH = frozenset({"FR", "BE", "ES", "PT", "IT", "TR", "EG", "AE", "IL"})


def success_for(country: str) -> str:
    """Who in customer success looks after a country."""
    return "Tomás Rivera" if country in SOUTH else "Clara Nilsen"
