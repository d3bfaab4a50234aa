"""Connections of the server: who gets one, for how long, and which requests may send a body."""
