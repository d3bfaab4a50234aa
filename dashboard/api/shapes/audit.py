"""Shapes of the audit log."""

from typing import Annotated, Any, Literal

from pydantic import Field, RootModel

from dashboard.api.shapes.base import RequestShape, ResponseShape, WholeNumber


class AuditExportQuery(RequestShape):
    """The entries to export."""

    who: Annotated[str, Field(max_length=128)] | None = None
    action: Annotated[str, Field(max_length=64)] | None = Field(
        None, description="An action such as `run.start`, or a prefix such as `run`"
    )


class AuditQuery(AuditExportQuery):
    """The entries to return."""

    limit: Annotated[WholeNumber, Field(ge=1, le=1_000)] = 100
    before: Annotated[WholeNumber, Field(ge=1, le=(1 << 53))] | None = Field(
        None, description="Only entries with a lower number. From the link to the next page"
    )


class AuditEntryShape(ResponseShape):
    """An entry of the audit log. Values of secrets are masked."""

    number: int
    at: str
    who: str = Field(description="Empty for failed sign-ins")
    via: Literal["local", "token", "proxy"]
    role: str | None
    client: str = Field(description="Address of the client, or `terminal` for the command line")
    action: str
    object: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class AuditList(RootModel[list[AuditEntryShape]]):
    """Entries, newest first."""
