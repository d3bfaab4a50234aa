"""junit.xml: SLOs and checks as test results, for the CI systems that show those."""

from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from dashboard.reports.subject import Subject
from dashboard.reports.xml_text import plain

SUITES = ("outcome", "slo", "operation")


@dataclass(frozen=True, slots=True)
class Case:
    """One test: `kind` is failure, error or skipped, empty when it passed."""

    name: str
    kind: str = ""
    words: str = ""


def junit_of(subject: Subject) -> str:
    """The results of a run: how it ended, each limit, each operation."""
    suites = {
        "outcome": [_outcome(subject)],
        "slo": [_limit(row) for row in subject.slos],
        "operation": [_operation(row) for row in subject.ops],
    }
    cases = [case for found in suites.values() for case in found]
    root = ET.Element("testsuites", {"name": plain(f"k6 {subject.record['profile']}"), **_counts(cases)})
    for name in SUITES:
        if suites[name]:
            root.append(_suite(subject, name, suites[name]))
    ET.indent(root)
    body = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _suite(subject: Subject, name: str, cases: list[Case]) -> ET.Element:
    record = subject.record
    seconds = f"{record['duration_s'] or 0:.3f}"
    began = (record["started_at"] or record["created_at"]).partition(".")[0]
    suite = ET.Element("testsuite", {"name": name, **_counts(cases), "time": seconds, "timestamp": began})
    properties = ET.SubElement(suite, "properties")
    for key in ("run_id", "profile", "base_url", "label", "verdict", "k6_version"):
        if record[key] is not None:
            ET.SubElement(properties, "property", {"name": key, "value": plain(str(record[key]))})
    for case in cases:
        test = ET.SubElement(
            suite, "testcase", {"classname": f"k6.{name}", "name": plain(case.name), "time": seconds}
        )
        if case.kind:
            found = ET.SubElement(test, case.kind, {"message": plain(case.words)})
            if case.kind != "skipped":
                found.set("type", name)
    return suite


def _counts(cases: Iterable[Case]) -> dict[str, str]:
    kinds = [case.kind for case in cases]
    of = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    return {"tests": str(len(kinds))} | {name: str(kinds.count(kind)) for name, kind in of.items()}


def _outcome(subject: Subject) -> Case:
    """A run that did not finish, or whose figures cannot be trusted, is an error whatever its limits say."""
    record, outcome = subject.record, subject.outcome
    if outcome in ("pass", "fail", "none"):
        return Case("the run finished")
    reason = record["verdict_reason"] if record["status"] == "finished" else record["exit_reason"]
    return Case("the run finished", "error", f"{outcome}: {reason or 'no reason is known'}")


def _limit(row: dict[str, object]) -> Case:
    kind = {True: "", False: "failure", None: "skipped"}[row["passed"]]  # type: ignore[index]
    about = f"{row['level']} {row['name']}: " if row["name"] else ""
    return Case(f"{about}{row['key']}", kind, str(row["message"]))


def _operation(row: dict[str, object]) -> Case:
    """An operation fails with its checks, or with no check at all when requests failed."""
    name = " / ".join(str(part) for part in (row["group"], row["op"], row["phase"]) if part)
    if row["checks_failed"]:
        return Case(name, "failure", f"{row['checks_failed']} checks failed, {row['checks_passed']} passed")
    if row["errors"] and row["checks_rate"] is None:
        return Case(name, "failure", f"{row['errors']} of {row['total_reqs']} requests failed")
    return Case(name)
