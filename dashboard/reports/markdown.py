"""summary.md: a run for a comment on a pull request, at most 60 kB. Text of users stands there as it is."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from dashboard.reports.subject import Subject
from dashboard.reports.texts import MISSING, OUTCOMES, clock, shown

MAX_BYTES = 60_000
MAX_TEXT = 200
MARKS = {"pass": "✅", "fail": "❌", "failed": "❌", "invalid": "⚠️", "unknown": "⚠️"}
FIGURES = (
    *(("Requests", "total_reqs"), ("Throughput", "rps"), ("Errors", "error_rate"), ("Average", "avg_ms")),
    *(
        ("p50", "p50_ms"),
        ("p95", "p95_ms"),
        ("p99", "p99_ms"),
        ("Apdex", "apdex_score"),
        ("Checks", "checks_rate"),
    ),
)
OF_OPERATIONS = ("total_reqs", "rps", "error_rate", "p50_ms", "p95_ms", "p99_ms")
_BLANK = re.compile(r"[\s\x00-\x1f\x7f\u2028\u2029]+")
_TICKS = re.compile("`+")
_MARKUP = re.compile(r"[!-/:-@\[-`{-~]")


def markdown_of(subject: Subject) -> str:
    """The whole text; operations and messages that do not fit are counted."""
    record = subject.record
    head = [
        f"## {MARKS.get(subject.outcome, 'ℹ️')} k6 {inline(record['profile'])}: {OUTCOMES[subject.outcome]}",
        "",
        _reason(subject),
        "",
        *_facts(subject),
        "",
        *_limits(subject),
        *_table(("Figure", "Value"), ((name, shown(key, record[key])) for name, key in FIGURES)),
    ]
    text = "\n".join(head) + "\n"
    names = ("Operation", "Requests", "Throughput", "Errors", "p50", "p95", "p99")
    text = _with_rows(text, "Operations", names, [_operation(row) for row in slowest_first(subject.ops)])
    messages = [(inline(row["name"]), str(row["count"])) for row in subject.breakdown.get("error_messages", [])]
    return _with_rows(text, "Errors", ("Message", "Requests"), messages)


def slowest_first(ops: Iterable[dict[str, object]]) -> list[dict[str, object]]:
    """By p95, those without a request last."""
    return sorted(ops, key=lambda row: -float(row["p95_ms"] or 0.0))  # type: ignore[arg-type]


def inline(text: str | None) -> str:
    """Text of users as code, so that nothing in it is markup, a link or a mention; a line of its own never."""
    words = _BLANK.sub(" ", text or "").strip()
    if not words:
        return MISSING
    if len(words) > MAX_TEXT:
        words = words[:MAX_TEXT] + "…"
    if (
        "|" in words or "\\" in words
    ):  # a pipe ends a cell even in code, and readers differ on how to escape it
        return _MARKUP.sub(lambda found: f"&#{ord(found[0])};", words)
    fence = "`" * (1 + max(map(len, _TICKS.findall(words)), default=0))
    room = " " if words.startswith("`") or words.endswith("`") else ""
    return f"{fence}{room}{words}{room}{fence}"


def _reason(subject: Subject) -> str:
    record = subject.record
    if record["status"] == "finished":
        return inline(record["verdict_reason"])
    return inline(record["exit_reason"] or f"the run is {record['status']}")


def _facts(subject: Subject) -> list[str]:
    record = subject.record
    length = f"{clock(record['duration_s'])} of {clock(record['planned_s'])} planned, up to {record['vus_max']} VUs"
    facts = [
        ("Run", inline(record["run_id"])),
        ("Target", inline(record["base_url"])),
        ("Label", inline(record["label"])),
        ("Environment", inline(record["env_profile"])),
        ("Started", record["started_at"] or MISSING),
        ("Load", length),
        *((inline(name), inline(value)) for name, value in subject.whole["meta"].items()),
    ]
    return [f"- {name}: {value}" for name, value in facts if value != MISSING]


def _limits(subject: Subject) -> list[str]:
    if not subject.slos:
        return []
    marks = {True: "✅ met", False: "❌ missed", None: "⚠️ not measured"}
    rows = (
        (
            _about(row),
            marks[row["passed"]],
            shown(row["key"], row["value"]),
            shown(row["key"], row["limit"]),
        )
        for row in subject.slos
    )
    return [*_table(("SLO", "State", "Value", "Limit"), rows), ""]


def _about(row: dict[str, Any]) -> str:
    return f"{row['level']} {inline(row['name'])} {inline(row['key'])}" if row["name"] else inline(row["key"])


def _operation(row: dict[str, object]) -> tuple[str, ...]:
    return (inline(str(row["op"])), *(shown(name, row[name]) for name in OF_OPERATIONS))


def _table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    line = "| {} |".format
    return [
        line(" | ".join(names)),
        line(" | ".join(["---"] + ["---:"] * (len(names) - 1))),
        *(line(" | ".join(row)) for row in rows),
    ]


def _with_rows(text: str, title: str, names: Sequence[str], rows: Sequence[tuple[str, ...]]) -> str:
    """`text` and a table of as many rows as there is room for."""
    if not rows:
        return text
    head, *body = _table(names, rows)
    text += f"\n### {title}\n\n{head}\n{body[0]}\n"
    room = MAX_BYTES - len(text.encode()) - 100
    for place, row in enumerate(body[1:]):
        room -= len(row.encode()) + 1
        if room < 0:
            return f"{text}\nand {len(rows) - place} more, left out for their size\n"
        text += row + "\n"
    return text
