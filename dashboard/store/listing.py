"""Lists of runs. One index serves filters, sorting and counts."""

from dataclasses import asdict

from dashboard.model.run import Run, RunId, iso
from dashboard.store.connection import SqlConnection
from dashboard.store.repository import Repository
from dashboard.store.text import fold_case, to_storable
from dashboard.store.values import RunFilter, Sort

# The statement always has every filter, so user input never becomes SQL.
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
_AFTER_ANY_TIME = "~"
_SEARCHED_NOTES_CHARS = 1_000


def _sorted_sql(column: str, *, descending: bool) -> str:
    """Return a query in which runs without a value come last and runs with equal values are ordered by id."""
    beyond, order = ("<", "DESC") if descending else (">", "ASC")
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


_SORTED = {
    (name, descending): _sorted_sql(name, descending=descending)
    for name in SORT_COLUMNS
    for descending in (True, False)
}


def listed_columns(run: Run) -> dict[str, object]:
    """Return the columns by which runs are filtered and sorted."""
    config = run.config
    searched = (config.profile, config.label, config.base_url, run.run_id, *run.tags, *config.meta.values())
    notes = (run.notes or "")[:_SEARCHED_NOTES_CHARS]
    return {
        "profile": to_storable(config.profile),
        "env_profile": to_storable(config.env_profile),
        "label": to_storable(config.label),
        "target": fold_case(config.base_url),
        "keyed": _keyed(run),
        "searched": fold_case("\n".join(text for text in (*searched, notes) if text)),
        "started_at": iso(run.started_at),
        "duration_s": run.duration_s,
        **{name: getattr(run.figures, name) if run.figures else None for name in FIGURE_COLUMNS},
    }


_ENV_PROFILES = """
    SELECT DISTINCT env_profile FROM runs INDEXED BY runs_listed
    WHERE env_profile IS NOT NULL AND env_profile != '' ORDER BY 1
"""
_TAGGED = "SELECT DISTINCT keyed FROM runs INDEXED BY runs_listed WHERE instr(keyed, char(10) || 'tag=') > 0"


class ListRepository(Repository):
    """Lists of runs."""

    def records(
        self, run_filter: RunFilter, *, limit: int, before: RunId | None, sort: Sort | None = None
    ) -> list[str]:
        """Return public records as JSON texts: the runs older than `before`, newest first.

        With `sort`, return the runs that follow `before` in that order.
        """
        values = filter_values(run_filter) | {"limit": limit, "before": to_storable(before)}
        with self._database.reading() as db:
            if sort is None:
                return [row[0] for row in db.execute(_LIST, values | _upper_bounds(db, before, values))]
            values["value"] = to_storable(sort.after) if isinstance(sort.after, str) else sort.after
            return [row[0] for row in db.execute(_SORTED[sort.by, sort.descending], values)]

    def count(self, run_filter: RunFilter) -> int:
        """Return the number of matching runs."""
        with self._database.reading() as db:
            if run_filter == RunFilter():
                rows = db.execute("SELECT count(*) FROM runs")
            else:
                rows = db.execute(_COUNT, filter_values(run_filter))
            return int(rows.fetchone()[0])

    def choices(self) -> dict[str, list[str]]:
        """Return the `env_profiles` and `tags` of all runs, which filters offer as choices."""
        tags: set[str] = set()
        with self._database.reading() as db:
            env_profiles = [row[0] for row in db.execute(_ENV_PROFILES)]
            for (keyed,) in db.execute(_TAGGED):
                lines = keyed.split("\n")
                tags.update(line.removeprefix("tag=") for line in lines if line.startswith("tag="))
        return {"env_profiles": env_profiles, "tags": sorted(tags)}


def filter_values(run_filter: RunFilter) -> dict[str, object]:
    """Return the parameters of `MATCHES`."""
    values: dict[str, object] = {name: to_storable(value) for name, value in asdict(run_filter).items()}
    return values | {
        "lower": run_filter.since or "",
        "upper": run_filter.until or _AFTER_ANY_TIME,
        "target": fold_case(run_filter.target) if run_filter.target else None,
        "tag": f"\ntag={to_storable(run_filter.tag)}\n" if run_filter.tag else None,
        "meta": _meta_line(run_filter.meta) if run_filter.meta else None,
        "search": fold_case(run_filter.search) if run_filter.search else None,
    }


def _upper_bounds(db: SqlConnection, before: RunId | None, values: dict[str, object]) -> dict[str, object]:
    """Return limits by creation time, so that the index skips newer runs; no limits if run `before` was deleted."""
    sql = "SELECT created_at FROM runs WHERE run_id = ?"
    row = None if before is None else db.execute(sql, (to_storable(before),)).fetchone()
    if row is None:
        return {"before_at": None}
    return {"before_at": row[0], "upper": min(str(values["upper"]), row[0])}


def _keyed(run: Run) -> str:
    """Return one line per tag and metadata entry, enclosed in line feeds, so that whole lines can be matched."""
    lines = [f"tag={tag}" for tag in run.tags]
    lines += [f"meta.{key}={value}" for key, value in run.config.meta.items()]
    flat = ("".join(" " if letter in "\r\n" else letter for letter in line) for line in lines)
    return to_storable("".join(f"\n{line}\n" for line in flat)) or ""


def _meta_line(text: str) -> str:
    """Return the line of `key=value`, or the start of the line of `key`."""
    key, equals, value = (to_storable(text) or "").partition("=")
    return f"\nmeta.{key}={value}\n" if equals else f"\nmeta.{key}="
