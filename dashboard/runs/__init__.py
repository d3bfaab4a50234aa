"""Supervision: live runs, their folders, their figures, and the queue."""
