"""Celebrating with people what they reached through the product, tied to what they asked for."""
