"""Turns the bytes of a document into text, and the text into data."""
