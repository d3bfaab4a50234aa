"""The HTTP API: one module of thin handlers per resource. The services do the work."""
