"""Reads OpenAPI 2.0 to 3.2 documents: each operation becomes a request that the document itself accepts."""
