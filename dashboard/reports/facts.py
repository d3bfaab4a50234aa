"""The facts about a run that a report lists: what ran, where, and on which machine."""

from collections.abc import Mapping
from typing import Any

from dashboard.model.json_text import json_text
from dashboard.reports.source import ReportSource
from dashboard.reports.texts import format_clock

GENERATOR_NAMES = {
    "host": "Host",
    "system": "System",
    "cpu_model": "CPU",
    "cores": "CPU cores",
    "python": "Python",
}
GIBIBYTE = 1024**3


def facts_of(source: ReportSource) -> list[tuple[str, str]]:
    """Return name and value of each known fact."""
    record, description = source.record, source.description
    facts = [
        ("Run", record["run_id"]),
        ("Target", record["base_url"]),
        ("Environment", record["env_profile"]),
        ("Label", record["label"]),
        ("Started", record["started_at"]),
        ("Ended", record["ended_at"]),
        ("Duration", f"{format_clock(record['duration_s'])} of {format_clock(record['planned_s'])} planned"),
        ("Load", f"up to {record['vus_max']} VUs"),
        ("k6", record["k6_version"]),
        ("Tags", ", ".join(record["tags"])),
        ("Notes", description["notes"]),
        ("Endpoints file", description["endpoints_sha256"]),
        *description["variables"].items(),
        *description["meta"].items(),
        *generator_facts(description["generator"]),
    ]
    return [(name, str(value)) for name, value in facts if value]


def generator_facts(generator: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the machine that ran k6, with its memory in GiB."""
    facts = []
    for name, value in generator.items():
        if name == "memory_bytes" and isinstance(value, int):
            facts.append(("Generator: Memory", f"{value / GIBIBYTE:.1f} GiB"))
        else:
            text = value if isinstance(value, str) else json_text(value)
            facts.append((f"Generator: {GENERATOR_NAMES.get(name, name)}", text))
    return facts
