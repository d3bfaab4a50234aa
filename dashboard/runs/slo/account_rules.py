"""Why the account of a run makes the run invalid: the load that was requested was not sent."""

from collections.abc import Iterable, Iterator
from itertools import islice

from dashboard.model.account import Account
from dashboard.runs.slo.tolerances import Tolerances

MAX_REASONS = 3


def account_reasons(account: Account, tolerances: Tolerances) -> Iterator[str]:
    """Yield the reasons why a run with this account is invalid."""
    iterations, steps, values = account.iterations, account.steps, account.values
    ended = iterations.completed + iterations.thrown
    if account.is_empty and ended:
        yield "no request was sent"
    if too_many := _share(iterations.thrown, ended, tolerances.thrown):
        yield f"{too_many} iterations ended with an exception{_examples(steps.throw_reasons if steps else {})}"
    if steps and (too_many := _share(steps.skipped - steps.unreached, steps.due, tolerances.skipped)):
        yield f"{too_many} steps were not sent, because a value was missing{_examples(steps.skip_reasons)}"
    if steps and (too_many := _share(steps.redirected, steps.due, tolerances.redirects)):
        yield f"{too_many} steps ended at a redirect that was not followed"
    if values and (
        too_many := _share(values.missing, values.extracted + values.missing, tolerances.extracts)
    ):
        yield f"{too_many} values to extract were missing in the responses"


def _share(count: int, total: int, allowed: float) -> str | None:
    """Return `count` of `total` with the share; None if the share is allowed."""
    if not count or count / total <= allowed:
        return None
    return f"{count} of {total} ({count / total:.2%}, allowed: {allowed:.2%})"


def _examples(reasons: Iterable[str]) -> str:
    """Return the most frequent reasons, to append."""
    shown = ", ".join(islice(reasons, MAX_REASONS))
    return f": {shown}" if shown else ""
