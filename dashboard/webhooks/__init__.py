"""Webhooks: deliver outbox events to receivers, at least once, in the order of each run."""
