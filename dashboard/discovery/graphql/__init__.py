"""Reads GraphQL schemas: results of an introspection, and schema files."""
