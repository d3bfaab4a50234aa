"""Classifies a k6 series by its labels: what it counts, and for which operation."""

from dataclasses import dataclass
from enum import Enum, auto

from dashboard.model.figures import BUILT_IN_TRENDS, TIMING_TRENDS
from dashboard.model.snapshot import OpKey
from dashboard.model.tally import (
    GRAPHQL_ERRORS,
    HTTP_ERROR_PREFIX,
    NO_RESPONSE,
    OTHER_STATUS,
    REJECTED,
    UNFOLLOWED,
    Fault,
)

MAX_NAME_LENGTH = 512
PHASE_GROUPS = {"::setup": "setup", "::teardown": "teardown"}
GAUGES = frozenset({"vus", "vus_max"})
# Gauges with the times at which the load started and ended (k6/lib/load/load-marks.js).
LOAD_START, LOAD_END = "load_start_ms", "load_end_ms"
# Counters of the control channel (k6/lib/load/steering.js, control-channel.js). They belong to no figure.
IDLE_USERS, POLL_ERRORS = "ctl_idle_users", "ctl_poll_errors"
IDLE_RUNNING = "ctl_idle_iterations"
CONTROL = frozenset({IDLE_USERS, POLL_ERRORS, IDLE_RUNNING})
IDLE_ENDED = "ctl_idle_ended"  # our name for the iterations with the tag ctl=idle
CHECK_SEPARATOR = "\x1f"  # joins the names of checks with the same result (k6/lib/document/checks.js)
IDLE = "idle"  # the tag `ctl` of an iteration in which an idle user only polled
# The duration histograms contain the counts of http_reqs and http_req_failed; k6 sends checks and
# groups without counts.
IGNORED = frozenset({"http_reqs", "http_req_failed", "checks", "group_duration"})


class SeriesRole(Enum):
    """How the aggregator counts a series."""

    DURATION = auto()
    WAITING = auto()
    TREND = auto()
    CHECK = auto()
    REJECTED = auto()
    FAULT = auto()
    RESENT = auto()
    COUNTER = auto()
    GAUGE = auto()
    CONTROL = auto()
    MARK = auto()
    IGNORED = auto()


@dataclass(frozen=True, slots=True)
class SeriesInfo:
    """The role of a series, and the names under which the aggregator counts it.

    metric: k6's name without prefix and unit · unit: ms, bytes or empty · op: the operation
    duration_key: status class and outcome ("2+", "5-") · status, error: exact texts · checks: names of the checks
    fault: the kind of a fault, and its reason
    is_hop: the request was followed by the next one of a chain of redirects
    """

    role: SeriesRole
    metric: str
    unit: str
    op: OpKey
    duration_key: str = ""
    status: str = ""
    error: str = ""
    checks: tuple[str, ...] = ()
    fault: Fault = ("", "")
    is_hop: bool = False


def classify(labels: dict[str, str], *, is_histogram: bool) -> SeriesInfo:
    """Classify a series by its labels."""
    metric, unit = _name_and_unit(labels.get("__name__", ""), is_histogram)
    op = _op_key(labels, metric)
    if metric in CONTROL and not is_histogram:
        return SeriesInfo(SeriesRole.CONTROL, metric, unit, op)
    if metric in (LOAD_START, LOAD_END):
        return SeriesInfo(SeriesRole.MARK, metric, unit, op)
    if metric == "iteration_duration" and labels.get("ctl") == IDLE:
        return SeriesInfo(SeriesRole.IGNORED, IDLE_ENDED, unit, op)
    if metric in IGNORED or labels.get("ctl") == IDLE or _is_unanswered_time(labels, metric):
        return SeriesInfo(SeriesRole.IGNORED, metric, unit, op)
    if not is_histogram:
        role = SeriesRole.GAUGE if metric in GAUGES else SeriesRole.COUNTER
        is_total = labels.get("__name__", "").endswith("_total")
        if not is_total and role is not SeriesRole.GAUGE:
            role = SeriesRole.IGNORED
        return SeriesInfo(role, metric, unit, op)
    if metric == "http_req_duration":
        return _http_duration(labels, metric, op)
    if metric == "grpc_req_duration":
        return _grpc_duration(labels, metric, op)
    if metric.startswith("op_") and (own := _own_trend(labels, metric, op)):
        return own
    if metric == "http_req_waiting":
        return SeriesInfo(SeriesRole.WAITING, metric, unit, op)
    if metric not in BUILT_IN_TRENDS:
        # A custom trend keeps the suffix of its unit: the name alone is stored, and the unit is read from it later.
        metric = labels.get("__name__", "").removeprefix("k6_")
    return SeriesInfo(SeriesRole.TREND, shorten(metric), unit, op)


def _is_unanswered_time(labels: dict[str, str], metric: str) -> bool:
    """Return whether the values are times of requests without a response, which are in no latency figure."""
    return metric in TIMING_TRENDS.values() and labels.get("status", "0") in ("", "0")


def _own_trend(labels: dict[str, str], metric: str, op: OpKey) -> SeriesInfo | None:
    """Classify a Trend of k6/lib/send; None for a trend of another script."""
    if metric == "op_checks":
        names = labels.get("check", "").split(CHECK_SEPARATOR)
        return SeriesInfo(SeriesRole.CHECK, metric, "", op, checks=tuple(map(shorten, names)))
    if metric == "op_faults":
        fault = (shorten(labels.get("kind", "")), shorten(labels.get("reason", "")))
        return SeriesInfo(SeriesRole.FAULT, metric, "", op, fault=fault)
    if metric == REJECTED:
        error = UNFOLLOWED if labels.get("reason") == "redirect" else GRAPHQL_ERRORS
        return SeriesInfo(SeriesRole.REJECTED, metric, "ms", op, error=error)
    if metric == "op_resent":
        return SeriesInfo(SeriesRole.RESENT, metric, "", op, is_hop=labels.get("kind") == "hop")
    return None


def shorten(name: str) -> str:
    """Limit a name that comes from a script or a target to MAX_NAME_LENGTH characters."""
    return name[:MAX_NAME_LENGTH]


def _name_and_unit(name: str, is_histogram: bool) -> tuple[str, str]:
    name = name.removeprefix("k6_")
    if not is_histogram:
        return name.removesuffix("_total").removesuffix("_rate"), ""
    if name.endswith("_seconds"):
        return name.removesuffix("_seconds"), "ms"
    if name.endswith("_bytes"):
        return name.removesuffix("_bytes"), "bytes"
    return name, ""


def _op_key(labels: dict[str, str], metric: str) -> OpKey:
    """Use the tag `op` of our script, else the name or URL of the request. Groups of k6 start with `::`."""
    group = labels.get("group", "")
    phase = labels.get("phase") or PHASE_GROUPS.get(group, "")
    if group in PHASE_GROUPS:
        group = ""
    op = labels.get("op") or labels.get("name") or labels.get("url") or ""
    if not op and metric == "grpc_req_duration":
        op = f"{labels.get('service', '')}/{labels.get('method', '')}"
    return OpKey(shorten(op), shorten(group.removeprefix("::")), shorten(phase))


def _http_duration(labels: dict[str, str], metric: str, op: OpKey) -> SeriesInfo:
    status = labels.get("status", "0") or "0"
    status_class = _status_class(status)
    expected = labels.get("expected_response", "true" if status_class in "123" else "false") == "true"
    return SeriesInfo(
        SeriesRole.DURATION,
        metric,
        "ms",
        op,
        duration_key=status_class + ("+" if expected else "-"),
        status=shorten(status),
        error="" if expected else shorten(labels.get("error") or f"{HTTP_ERROR_PREFIX}{status}"),
    )


def _status_class(status: str) -> str:
    """Return the first digit of a status from 100 to 599; a target may also respond with a status up to 999."""
    if not status.isdecimal() or int(status) == 0:
        return NO_RESPONSE
    return status[0] if len(status) == 3 and status[0] in "12345" else OTHER_STATUS


def _grpc_duration(labels: dict[str, str], metric: str, op: OpKey) -> SeriesInfo:
    status = labels.get("status", "0") or "0"
    ok = status == "0"
    error = "" if ok else f"gRPC status {shorten(status)}"
    return SeriesInfo(
        SeriesRole.DURATION, metric, "ms", op, "2+" if ok else "5-", f"gRPC {shorten(status)}", error
    )
