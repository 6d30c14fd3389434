"""Outgoing webhooks after the Standard Webhooks convention 1.0.0: signed, tried again, given up in the open."""
