"""Shape of the account of a run: what became of every iteration, step and request."""

from pydantic import Field

from dashboard.api.shapes.base import ResponseShape
from dashboard.api.shapes.derive import with_fields
from dashboard.model.account import IterationAccount, RequestAccount, StepAccount, ValueAccount


@with_fields(
    IterationAccount,
    begun="completed + thrown + cut + missing; null while the run is live, and if k6 was killed",
    thrown="Ended with an exception",
    cut="Interrupted at the end of the run; null if unknown",
    dropped="Never began, because no user was free",
    missing="Ended, but not reported in any push",
)
class IterationAccountShape(ResponseShape):
    """Iterations of the load."""


@with_fields(
    StepAccount,
    due="sent + skipped + thrown",
    unreached="Skipped steps that an earlier failure in the same iteration prevented",
    redirected="Sent steps that ended at a redirect that was not followed",
    skip_reasons="The number of skipped steps by reason",
    throw_reasons="The number of thrown steps by reason",
)
class StepAccountShape(ResponseShape):
    """Requests of the endpoints file that iterations had to send."""


@with_fields(
    RequestAccount,
    sent="answered + unanswered, with redirects and repetitions",
    errors="The number of unanswered requests by error",
)
class RequestAccountShape(ResponseShape):
    """Requests of the load."""


@with_fields(ValueAccount, missing="Not contained in the response")
class ValueAccountShape(ResponseShape):
    """Values to extract from responses."""


class AccountShape(ResponseShape):
    """What became of every iteration, step and request of the load."""

    iterations: IterationAccountShape
    requests: RequestAccountShape
    steps: StepAccountShape | None = Field(description="Null for a custom script")
    values: ValueAccountShape | None = Field(description="Null for a custom script")
    is_empty: bool = Field(description="Nothing was sent")
