"""Feature flags: what they say, who gets what and why, and the clients that ask."""
