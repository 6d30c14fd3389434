"""How good our bets are, over time, and how good our expectations of them."""
