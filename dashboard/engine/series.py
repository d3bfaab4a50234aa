"""What a k6 series means: its labels read once, as a role that the aggregator understands."""

from dataclasses import dataclass
from enum import Enum, auto

from dashboard.model.figures import TIMINGS
from dashboard.model.snapshot import OpKey

NAME_LENGTH = 512
PHASE_GROUPS = {"::setup": "setup", "::teardown": "teardown"}
BUILT_IN_TRENDS = frozenset({"iteration_duration", *(f"http_req_{name}" for name in TIMINGS)})
GAUGES = frozenset({"vus", "vus_max"})
# http_reqs and http_req_failed say less exactly what the duration histograms say; checks and groups have no counts
# what our script counts about its control channel; it belongs to no figure
IDLE_USERS, POLL_ERRORS = "ctl_idle_users", "ctl_poll_errors"
CONTROL = frozenset({IDLE_USERS, POLL_ERRORS})
# what stands between the names of checks that passed together (k6/lib/checks.js)
CHECK_SEPARATOR = "\x1f"
IDLE = "idle"  # the tag `ctl` of an iteration in which nothing was done
IGNORED = frozenset({"http_reqs", "http_req_failed", "checks", "group_duration"})


class SeriesRole(Enum):
    """How a series is counted."""

    DURATION = auto()
    WAITING = auto()
    TREND = auto()
    CHECK = auto()
    COUNTER = auto()
    GAUGE = auto()
    CONTROL = auto()
    IGNORED = auto()


@dataclass(frozen=True, slots=True)
class SeriesInfo:
    """A series' role and the names that its counts go to.

    metric: k6's own name, without prefix and unit · unit: ms, bytes or empty · op: whom it belongs to
    duration_key: status class and outcome ("2+", "5-") · status, error: exact texts · checks: names of the checks
    answered: the request got a response
    """

    role: SeriesRole
    metric: str
    unit: str
    op: OpKey
    duration_key: str = ""
    status: str = ""
    error: str = ""
    checks: tuple[str, ...] = ()
    answered: bool = True


def classify(labels: dict[str, str], *, is_histogram: bool) -> SeriesInfo:
    """Read the labels of one series."""
    metric, unit = _metric(labels.get("__name__", ""), is_histogram)
    op = _op(labels, metric)
    if metric in CONTROL and not is_histogram:
        return SeriesInfo(SeriesRole.CONTROL, metric, unit, op)
    if metric in IGNORED or labels.get("ctl") == IDLE:
        return SeriesInfo(SeriesRole.IGNORED, metric, unit, op)
    if not is_histogram:
        kind = SeriesRole.GAUGE if metric in GAUGES else SeriesRole.COUNTER
        is_total = labels.get("__name__", "").endswith("_total")
        return SeriesInfo(kind if is_total or kind is SeriesRole.GAUGE else SeriesRole.IGNORED, metric, unit, op)
    if metric == "http_req_duration":
        return _http_duration(labels, metric, op)
    if metric == "grpc_req_duration":
        return _grpc_duration(labels, metric, op)
    if metric == "op_checks":
        names = labels.get("check", "").split(CHECK_SEPARATOR)
        return SeriesInfo(SeriesRole.CHECK, metric, unit, op, checks=tuple(map(_short, names)))
    answered = labels.get("status", "0") not in ("", "0")
    if metric == "http_req_waiting":
        return SeriesInfo(SeriesRole.WAITING, metric, unit, op, answered=answered)
    if metric not in BUILT_IN_TRENDS:
        # the unit's suffix stays in the name of a custom metric: it is all that tells its unit later
        metric = labels.get("__name__", "").removeprefix("k6_")
    return SeriesInfo(SeriesRole.TREND, _short(metric), unit, op, answered=answered)


def _metric(name: str, is_histogram: bool) -> tuple[str, str]:
    name = name.removeprefix("k6_")
    if not is_histogram:
        return name.removesuffix("_total").removesuffix("_rate"), ""
    if name.endswith("_seconds"):
        return name.removesuffix("_seconds"), "ms"
    if name.endswith("_bytes"):
        return name.removesuffix("_bytes"), "bytes"
    return name, ""


def _op(labels: dict[str, str], metric: str) -> OpKey:
    """`op` of our scripts, else the name of the request; k6's own nested groups start with `::`."""
    group = labels.get("group", "")
    phase = labels.get("phase") or PHASE_GROUPS.get(group, "")
    if group in PHASE_GROUPS:
        group = ""
    op = labels.get("op") or labels.get("name") or labels.get("url") or ""
    if not op and metric == "grpc_req_duration":
        op = f"{labels.get('service', '')}/{labels.get('method', '')}"
    return OpKey(_short(op), _short(group.removeprefix("::")), _short(phase))


def _http_duration(labels: dict[str, str], metric: str, op: OpKey) -> SeriesInfo:
    status = labels.get("status", "0") or "0"
    status_class = status[0] if len(status) == 3 and status[0] in "12345" else "0"
    expected = labels.get("expected_response", "true" if status_class in "123" else "false") == "true"
    return SeriesInfo(
        SeriesRole.DURATION,
        metric,
        "ms",
        op,
        duration_key=status_class + ("+" if expected else "-"),
        status=_short(status),
        error="" if expected else _short(labels.get("error") or f"HTTP {status}"),
        answered=status_class != "0",
    )


def _grpc_duration(labels: dict[str, str], metric: str, op: OpKey) -> SeriesInfo:
    status = labels.get("status", "0") or "0"
    good = status == "0"
    error = "" if good else f"gRPC status {_short(status)}"
    return SeriesInfo(
        SeriesRole.DURATION, metric, "ms", op, "2+" if good else "5-", f"gRPC {_short(status)}", error
    )


def _short(text: str) -> str:
    return text[:NAME_LENGTH]
