"""Measured bets looked at again in later weeks, and alarms where an effect that was there is gone."""
