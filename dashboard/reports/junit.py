"""junit.xml: SLOs and checks as test results for CI systems."""

from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from dashboard.reports.source import ReportSource
from dashboard.reports.xml_text import valid_xml

SUITES = ("outcome", "slo", "operation")
SLO_RESULTS = {True: "", False: "failure", None: "skipped"}
PROPERTIES = ("run_id", "profile", "base_url", "label", "verdict", "k6_version")


@dataclass(frozen=True, slots=True)
class JunitCase:
    """One test case. `result` is failure, error or skipped; it is empty for a test that passed."""

    name: str
    result: str = ""
    message: str = ""


def junit_of(source: ReportSource) -> str:
    """Return the results of a run: its outcome, each SLO and each operation."""
    suites = {
        "outcome": [_outcome_case(source)],
        "slo": [_slo_case(row) for row in source.slos],
        "operation": [_operation_case(row) for row in source.ops],
    }
    cases = [case for suite in suites.values() for case in suite]
    name = valid_xml(f"k6 {source.record['profile']}")
    root = ET.Element("testsuites", {"name": name, **_counts(cases)})
    for name in SUITES:
        if suites[name]:
            root.append(_suite(source, name, suites[name]))
    ET.indent(root)
    body = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _suite(source: ReportSource, name: str, cases: list[JunitCase]) -> ET.Element:
    record = source.record
    seconds = f"{record['duration_s'] or 0:.3f}"
    started = (record["started_at"] or record["created_at"]).partition(".")[0]
    suite = ET.Element("testsuite", {"name": name, **_counts(cases), "time": seconds, "timestamp": started})
    properties = ET.SubElement(suite, "properties")
    for key in PROPERTIES:
        if record[key] is not None:
            ET.SubElement(properties, "property", {"name": key, "value": valid_xml(str(record[key]))})
    for case in cases:
        attributes = {"classname": f"k6.{name}", "name": valid_xml(case.name), "time": seconds}
        element = ET.SubElement(suite, "testcase", attributes)
        if case.result:
            result = ET.SubElement(element, case.result, {"message": valid_xml(case.message)})
            if case.result != "skipped":
                result.set("type", name)
    return suite


def _counts(cases: Iterable[JunitCase]) -> dict[str, str]:
    results = [case.result for case in cases]
    attributes = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    counts = {name: str(results.count(result)) for name, result in attributes.items()}
    return {"tests": str(len(results)), **counts}


def _outcome_case(source: ReportSource) -> JunitCase:
    """Return an error if the run did not finish or its figures cannot be trusted, whatever its SLO results are."""
    record, outcome = source.record, source.outcome
    if outcome in ("pass", "fail", "none"):
        return JunitCase("the run finished")
    reason = record["verdict_reason"] if record["status"] == "finished" else record["exit_reason"]
    return JunitCase("the run finished", "error", f"{outcome}: {reason or 'no reason is known'}")


def _slo_case(row: dict[str, object]) -> JunitCase:
    scope = f"{row['level']} {row['name']}: " if row["name"] else ""
    result = SLO_RESULTS[row["passed"]]  # type: ignore[index]
    return JunitCase(f"{scope}{row['key']}", result, str(row["message"]))


def _operation_case(row: dict[str, object]) -> JunitCase:
    """Return a failure if a check failed, or if a request failed and the operation has no checks."""
    name = " / ".join(str(part) for part in (row["group"], row["op"], row["phase"]) if part)
    if row["checks_failed"]:
        message = f"{row['checks_failed']} checks failed, {row['checks_passed']} passed"
        return JunitCase(name, "failure", message)
    if row["errors"] and row["checks_rate"] is None:
        return JunitCase(name, "failure", f"{row['errors']} of {row['total_reqs']} requests failed")
    return JunitCase(name)
