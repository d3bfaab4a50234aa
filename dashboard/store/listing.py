"""Which runs a list shows, in which order, and how many there are: read from one index, then the records shown."""

from dataclasses import asdict

from dashboard.model.run import Run, RunId, iso
from dashboard.store.base import RunFilter, Sort
from dashboard.store.connection import Connection

# Every filter is always there, so no SQL is put together from what a user gave.
MATCHES = """
    created_at >= :lower AND created_at <= :upper
    AND (:status IS NULL OR status = :status)
    AND (:profile IS NULL OR profile = :profile)
    AND (:verdict IS NULL OR verdict = :verdict)
    AND (:env_profile IS NULL OR env_profile = :env_profile)
    AND (:label IS NULL OR label = :label)
    AND (:target IS NULL OR instr(target, :target) > 0)
    AND (:tag IS NULL OR instr(keyed, :tag) > 0)
    AND (:meta IS NULL OR instr(keyed, :meta) > 0)
    AND (:search IS NULL OR instr(searched, :search) > 0)
"""
_LIST = f"""
    SELECT record FROM runs INDEXED BY runs_listed WHERE {MATCHES}
    AND (:before IS NULL OR (:before_at IS NULL AND run_id < :before)
         OR (created_at, run_id) < (:before_at, :before))
    ORDER BY created_at DESC, run_id DESC LIMIT :limit
"""  # noqa: S608 - constants
_COUNT = f"SELECT count(*) FROM runs INDEXED BY runs_listed WHERE {MATCHES}"  # noqa: S608 - constants
FIGURE_COLUMNS = (
    *("total_reqs", "rps", "error_rate", "avg_ms", "p50_ms", "p90_ms", "p95_ms", "p99_ms", "ttfb_ms"),
    *("apdex_score", "checks_rate"),
)
SORT_COLUMNS = (
    "created_at",
    "profile",
    "env_profile",
    "label",
    "verdict",
    "status",
    "duration_s",
    *FIGURE_COLUMNS,
)
_AFTER_ALL_TIMES = "~"
_SEARCHED_NOTES = 1_000


def _sorted_sql(column: str, *, down: bool) -> str:
    """Runs without a value come last either way; runs of one value are ordered as their ids are."""
    beyond, order = ("<", "DESC") if down else (">", "ASC")
    return f"""
        SELECT runs.record FROM (
            SELECT run_id, {column} AS value FROM runs INDEXED BY runs_listed WHERE {MATCHES} AND (
                :before IS NULL
                OR (:value IS NULL AND {column} IS NULL AND run_id {beyond} :before)
                OR (:value IS NOT NULL AND ({column} IS NULL OR ({column}, run_id) {beyond} (:value, :before)))
            ) ORDER BY {column} IS NULL, {column} {order}, run_id {order} LIMIT :limit
        ) AS page JOIN runs USING (run_id)
        ORDER BY page.value IS NULL, page.value {order}, run_id {order}
    """  # noqa: S608 - constants


_SORTED = {(name, down): _sorted_sql(name, down=down) for name in SORT_COLUMNS for down in (True, False)}


def listed_columns(run: Run) -> dict[str, object]:
    """What lists filter and sort a run by."""
    config = run.config
    searched = (config.profile, config.label, config.base_url, run.run_id, *run.tags, *config.meta.values())
    notes = (run.notes or "")[:_SEARCHED_NOTES]
    return {
        "profile": plain(config.profile),
        "env_profile": plain(config.env_profile),
        "label": plain(config.label),
        "target": folded(config.base_url),
        "keyed": _keyed(run),
        "searched": folded("\n".join(text for text in (*searched, notes) if text)),
        "started_at": iso(run.started_at),
        "duration_s": run.duration_s,
        **{name: getattr(run.figures, name) if run.figures else None for name in FIGURE_COLUMNS},
    }


def records(
    db: Connection, wanted: RunFilter, *, limit: int, before: RunId | None, sort: Sort | None
) -> list[str]:
    """Public records, newest first or sorted."""
    values = values_of(wanted) | {"limit": limit, "before": plain(before)}
    if sort is not None:
        value = plain(sort.after) if isinstance(sort.after, str) else sort.after
        return [row[0] for row in db.execute(_SORTED[sort.by, sort.down], values | {"value": value})]
    values["before_at"] = None
    if before is not None:
        row = db.execute("SELECT created_at FROM runs WHERE run_id = ?", (plain(before),)).fetchone()
        if row is not None:
            values |= {"before_at": row[0], "upper": min(str(values["upper"]), row[0])}
    return [row[0] for row in db.execute(_LIST, values)]


def count(db: Connection, wanted: RunFilter) -> int:
    """How many runs match."""
    everything = wanted == RunFilter()
    rows = db.execute("SELECT count(*) FROM runs") if everything else db.execute(_COUNT, values_of(wanted))
    return int(rows.fetchone()[0])


def choices(db: Connection) -> dict[str, list[str]]:
    """Environments and tags that runs have, for a filter to offer."""
    environments = db.execute(_ENVIRONMENTS)
    tags: set[str] = set()
    for (keyed,) in db.execute(_TAGGED):
        tags.update(line.removeprefix("tag=") for line in keyed.split("\n") if line.startswith("tag="))
    return {"env_profiles": [row[0] for row in environments], "tags": sorted(tags)}


_ENVIRONMENTS = """
    SELECT DISTINCT env_profile FROM runs INDEXED BY runs_listed
    WHERE env_profile IS NOT NULL AND env_profile != '' ORDER BY 1
"""
_TAGGED = "SELECT DISTINCT keyed FROM runs INDEXED BY runs_listed WHERE instr(keyed, char(10) || 'tag=') > 0"


def values_of(wanted: RunFilter) -> dict[str, object]:
    """The parameters of `MATCHES`."""
    values: dict[str, object] = {name: plain(value) for name, value in asdict(wanted).items()}
    return values | {
        "lower": wanted.since or "",
        "upper": wanted.until or _AFTER_ALL_TIMES,
        "target": folded(wanted.target) if wanted.target else None,
        "tag": f"\ntag={plain(wanted.tag)}\n" if wanted.tag else None,
        "meta": _meta_line(wanted.meta) if wanted.meta else None,
        "search": folded(wanted.search) if wanted.search else None,
    }


def _keyed(run: Run) -> str:
    """A line for each tag and each fact, in line ends: whole lines can be looked for."""
    lines = [f"tag={tag}" for tag in run.tags]
    lines += [f"meta.{key}={value}" for key, value in run.config.meta.items()]
    flat = ("".join(" " if letter in "\r\n" else letter for letter in line) for line in lines)
    return plain("".join(f"\n{line}\n" for line in flat)) or ""


def _meta_line(text: str) -> str:
    """`key=value` in full, or any value of `key`."""
    key, equals, value = (plain(text) or "").partition("=")
    return f"\nmeta.{key}={value}\n" if equals else f"\nmeta.{key}="


def folded(text: str) -> str:
    """For comparing in any case of letters."""
    return (plain(text) or "").casefold()


def plain(text: str | None) -> str | None:
    """SQLite takes no half of a surrogate pair, which JSON can carry: it reads as a replacement mark."""
    return text and text.encode("utf-8", "replace").decode("utf-8")
