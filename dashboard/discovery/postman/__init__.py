"""Reads Postman collections."""
