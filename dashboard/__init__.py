"""A self-hosted dashboard that runs k6 load tests, shows them live and stores their results."""

__version__ = "0.1.0"
