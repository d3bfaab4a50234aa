"""Shapes of errors."""

from pydantic import BaseModel, ConfigDict

from dashboard.api.shapes.base import ResponseShape


class ProblemField(ResponseShape):
    """An error of one field."""

    field: str
    message: str


class Problem(BaseModel):
    """application/problem+json: what went wrong and how to fix it. Some problems have more fields."""

    model_config = ConfigDict(extra="allow")

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[ProblemField] = []
