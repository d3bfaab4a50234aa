"""Retention: old runs are downsampled, then reduced to totals, and deleted when the settings ask for it."""
