"""Examples of the manual are also checked against the OpenAPI document."""

from tests.api.conftest import declared_responses, violations

__all__ = ["declared_responses", "violations"]
