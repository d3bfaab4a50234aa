"""Looks for the API document of a service: at the address itself, at the usual paths, and by GraphQL introspection."""
