"""junit.xml: the outcome of a run and each of its limits as a test case. Tests fail exactly when the verdict does."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

from dashboard.model.account_text import account_rows
from dashboard.model.script import ScriptThreshold
from dashboard.reports.counts import failed_check_text
from dashboard.reports.source import ReportSource
from dashboard.reports.xml_text import valid_xml

LEVELS = ("run", "operation", "group")
LIMIT_RESULTS = {True: "", False: "failure", None: "skipped"}
PROPERTIES = ("run_id", "profile", "base_url", "label", "verdict", "k6_version")
NOT_JUDGED = "the run has no verdict yet"
MAX_LISTED_CHECKS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class JunitCase:
    """One test case. `result` is failure, error or skipped, and empty for a test that passed.

    seconds: length of the run, or mean duration of the requests that a limit applies to
    details: lines below the message
    """

    name: str
    seconds: float | None
    result: str = ""
    message: str = ""
    details: tuple[str, ...] = ()


def junit_of(source: ReportSource) -> str:
    """Return the outcome of a run, each limit of the run, its operations and its groups, and each threshold."""
    suites = {"outcome": [_outcome_case(source)]}
    for row in source.slos:
        suites.setdefault(row["level"], []).append(_limit_case(source, row))
    if source.run.thresholds:
        suites["threshold"] = [_threshold_case(threshold) for threshold in source.run.thresholds]
    cases = [case for suite in suites.values() for case in suite]
    root = ET.Element("testsuites", {"name": valid_xml(f"k6 {source.record['profile']}"), **_counts(cases)})
    for name in ("outcome", *LEVELS, "threshold"):
        if name in suites:
            root.append(_suite(source, name, suites[name]))
    ET.indent(root)
    body = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _suite(source: ReportSource, name: str, cases: list[JunitCase]) -> ET.Element:
    record = source.record
    started = (record["started_at"] or record["created_at"]).partition(".")[0]
    attributes = {"time": _seconds_text(record["duration_s"]), "timestamp": started}
    suite = ET.Element("testsuite", {"name": name, **_counts(cases), **attributes})
    properties = ET.SubElement(suite, "properties")
    for key, value in _properties(source).items():
        ET.SubElement(properties, "property", {"name": key, "value": valid_xml(value)})
    suite.extend(_case_element(name, case) for case in cases)
    if name == "outcome" and source.failed_checks:
        ET.SubElement(suite, "system-out").text = valid_xml("\n".join(_check_lines(source.failed_checks)))
    return suite


def _properties(source: ReportSource) -> dict[str, str]:
    """Return what ran, and the account, because no test case contains the account."""
    named = {key: source.record[key] for key in PROPERTIES}
    shown = {key: str(value) for key, value in named.items() if value is not None}
    return shown | {
        f"account of {name.lower()}": text for name, text in account_rows(source.record["account"])
    }


def _case_element(suite: str, case: JunitCase) -> ET.Element:
    attributes = {"name": valid_xml(case.name), "time": _seconds_text(case.seconds)}
    element = ET.Element("testcase", {"classname": f"k6.{suite}", **attributes})
    if case.result:
        result = ET.SubElement(element, case.result, {"message": valid_xml(case.message)})
        if case.result != "skipped":
            result.set("type", suite)
        if case.details:
            result.text = valid_xml("\n".join(case.details))
    return element


def _seconds_text(seconds: float | None) -> str:
    return f"{seconds or 0:.3f}"


def _counts(cases: Iterable[JunitCase]) -> dict[str, str]:
    results = [case.result for case in cases]
    attributes = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    counts = {name: str(results.count(result)) for name, result in attributes.items()}
    return {"tests": str(len(results)), **counts}


def _outcome_case(source: ReportSource) -> JunitCase:
    """Return the case of the whole run.

    It is an error if the run did not finish or its figures cannot be trusted. It is a failure if the verdict is
    `fail` but every limit is met: a script failed the run, or a limit was breached in a part of the run.
    """
    record, outcome = source.record, source.outcome
    name, seconds = "the run finished", record["duration_s"]
    results = [row["passed"] for row in (*source.slos, *record["thresholds"])]
    if record["verdict"] == "fail" and False not in results:
        return JunitCase(
            name=name, seconds=seconds, result="failure", message=_reason(record["verdict_reason"])
        )
    if outcome in ("pass", "fail", "none"):
        return JunitCase(name=name, seconds=seconds)
    reason = record["verdict_reason"] if record["status"] == "finished" else record["exit_reason"]
    return JunitCase(name=name, seconds=seconds, result="error", message=f"{outcome}: {_reason(reason)}")


def _reason(reason: str | None) -> str:
    return reason or "no reason is known"


def _threshold_case(threshold: ScriptThreshold) -> JunitCase:
    result, message = ("", "") if threshold.passed else ("failure", "the threshold failed")
    return JunitCase(name=threshold.message, seconds=None, result=result, message=message)


def _limit_case(source: ReportSource, row: Mapping[str, Any]) -> JunitCase:
    ops = [op for op in source.ops if _applies_to(row, op)]
    name = f"{row['name']}: {row['key']}" if row["name"] else str(row["key"])
    if source.record["verdict"] is None:
        return JunitCase(name=name, seconds=_mean_seconds(ops), result="skipped", message=NOT_JUDGED)
    checks = [check for check in source.failed_checks if _applies_to(row, check)]
    return JunitCase(
        name=name,
        seconds=_mean_seconds(ops),
        result=LIMIT_RESULTS[row["passed"]],
        message=str(row["message"]),
        details=tuple(_check_lines(checks)),
    )


def _applies_to(limit: Mapping[str, Any], op: Mapping[str, Any]) -> bool:
    """Return whether a limit applies to an operation. A limit of the run applies to all of them."""
    level = str(limit["level"])
    return level == "run" or bool(op["op" if level == "operation" else "group"] == limit["name"])


def _mean_seconds(ops: Iterable[Mapping[str, Any]]) -> float | None:
    """Return the mean duration of the responses, without those of the setup and the teardown."""
    measured = [op for op in ops if op["avg_ms"] is not None and not op["phase"]]
    counts = [op["total_reqs"] - op["status_0"] for op in measured]
    total_ms = sum(op["avg_ms"] * count for op, count in zip(measured, counts, strict=True))
    return total_ms / sum(counts) / 1000 if any(counts) else None


def _check_lines(checks: list[dict[str, Any]]) -> list[str]:
    lines = [failed_check_text(check) for check in checks[:MAX_LISTED_CHECKS]]
    more = len(checks) - MAX_LISTED_CHECKS
    return [*lines, f"and {more} more failed checks"] if more > 0 else lines
