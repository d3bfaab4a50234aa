"""Shapes of the proxy to k6's REST API."""

from typing import Annotated, Any

from pydantic import Field, RootModel

from dashboard.api.shapes.base import RUN_ID_PATTERN, RequestShape


class K6Path(RequestShape):
    """A resource of k6's REST API."""

    path: Annotated[str, Field(description="v1/status, v1/groups or v1/metrics/<name>")]


class K6Query(RequestShape):
    """The live run to read. The default is the newest live run."""

    run_id: Annotated[str, Field(pattern=RUN_ID_PATTERN)] | None = None


class K6Answer(RootModel[dict[str, Any]]):
    """The response of k6."""
