"""Builds k6's command line and environment, with placeholders for what only the runner knows: ports and secrets."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from dashboard.engine.network import network_variables, proxy_and_ca_environment
from dashboard.engine.summary import TREND_STATS
from dashboard.model.run import Run

REST_PORT, RECEIVER_PORT, BEARER = "@REST_PORT@", "@RECEIVER_PORT@", "@BEARER@"
SECRETS, CHANNEL = "@SECRETS@", "@CHANNEL@"
INHERITED_VARIABLES = ("PATH", "LANG", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "GOGC", "GOMEMLIMIT")
SECRET_NAMES = (
    *("AUTH_TOKEN", "AUTH_BASIC_USER", "AUTH_BASIC_PASS", "AUTH_API_KEY", "AUTH_CLIENT_SECRET"),
    *("AUTH_REFRESH_BODY", "AUTH_REFRESH_HEADERS"),
)
METRICS_OPTIONS = [
    *("--address", f"127.0.0.1:{REST_PORT}"),
    *("--features", "native-histograms", "--out", "experimental-prometheus-rw"),
]
SINGLE_ITERATION = ["--quiet", "--vus", "1", "--iterations", "1"]
DRY_RUN_VARIABLES = {"DRY_RUN": "true"}
# With Go's default GOGC of 100, garbage collection uses about a tenth of k6's CPU. With few users the heap may grow
# further between collections: to five times the live heap, as long as it stays below about 300 MB (1.2 MB per user).
GC_PERCENT, MAX_GC_PERCENT = 100, 400
GC_PERCENT_USERS = 25_000


@dataclass(frozen=True, slots=True)
class Command:
    """k6's arguments and complete environment, with the placeholders of the runner."""

    argv: tuple[str, ...]
    env: dict[str, str]


def build_command(
    run: Run,
    *,
    k6: Path,
    script: Path,
    folder: Path,
    secret_names: tuple[str, ...],
    environment: Mapping[str, str],
    endpoints_env: tuple[str, ...] = (),
    gate: Mapping[str, str] = MappingProxyType({}),
    data_files: Path | None = None,
    dry: bool = False,
) -> Command:
    """Return k6's command line for `run`. It contains no secrets.

    environment: the dashboard's environment; k6 inherits only INHERITED_VARIABLES and `endpoints_env` of it
    endpoints_env: the variables that the endpoints file may use
    gate: the variable of the script that limits where requests go
    dry: run a single iteration of one user that reports each request instead of metrics
    """
    argv = [str(k6), "run", "--no-color", "--no-usage-report", "--log-format", "json"]
    argv += ["--tag", f"run_id={run.run_id}", "--include-system-env-vars=false"]
    argv += SINGLE_ITERATION if dry else METRICS_OPTIONS
    argv += judgment_options(run, folder, dry=dry)
    if secret_names:
        argv += [f"--secret-source=file=default,filename={SECRETS}"]
    if run.config.has_channel:
        argv += [f"--secret-source=url=name=ctl,config={CHANNEL}"]
    variables = template_environment(environment, endpoints_env) | script_environment(
        run, folder, secret_names
    )
    variables |= gate
    if data_files:
        variables["DATA_FILES"] = str(data_files)
    for name, value in (variables | DRY_RUN_VARIABLES if dry else variables).items():
        argv += ["-e", f"{name}={value}"]
    argv.append(str(script))
    gc_settings = {} if data_files else gc_environment(run.vus_max)
    return Command(tuple(argv), gc_settings | k6_environment(run, folder, environment))


def judgment_options(run: Run, folder: Path, *, dry: bool) -> list[str]:
    """Return the options for k6's thresholds and its summary, which contains their results.

    The dashboard evaluates the SLOs of the endpoints file itself. The thresholds and checks of a custom script are
    only in the summary.
    """
    has_own_script = run.context.has_own_script and not dry
    options = [] if has_own_script else ["--no-thresholds"]
    if not has_own_script and (dry or not run.context.keep_samples):
        return [*options, "--summary-mode=disabled"]
    export = ["--summary-export", str(folder / "summary.json")]
    return [*options, *export, "--summary-trend-stats", ",".join(TREND_STATS)]


def gc_environment(users: int) -> dict[str, str]:
    """Return GOGC for a k6 with this number of users; empty when Go's default is best."""
    percent = min(MAX_GC_PERCENT, GC_PERCENT_USERS // max(1, users) - GC_PERCENT)
    return {"GOGC": str(percent)} if percent > GC_PERCENT else {}


def template_environment(environment: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    """Return the variables that `${env.NAME}` in the endpoints file can use. Secrets of the run are left out."""
    shared = [name for name in names if name in environment and name not in SECRET_NAMES]
    listed = {"ENDPOINTS_ENV": ",".join(shared)} if shared else {}
    return {name: environment[name] for name in shared} | listed


def script_environment(run: Run, folder: Path, secret_names: tuple[str, ...]) -> dict[str, str]:
    """Return what the script reads from `__ENV`."""
    variables = {
        "LOAD_PROFILE": run.config.profile,
        "BASE_URL": run.config.base_url,
        **run.config.variables,
        "ENDPOINTS_FILE": str(folder / "endpoints.json"),
        "ENDPOINTS_CHECKED": "true",
        "AUTH_MODE": run.config.auth_mode,
        "CHECKS": "trend",
        "SAMPLES": "failures",
    }
    if run.config.auth_mode == "api_key" and run.config.auth_api_key_header:
        variables["AUTH_API_KEY_HEADER"] = run.config.auth_api_key_header
    if secret_names:
        variables["SECRETS"] = ",".join(secret_names)
    if run.config.has_channel:
        variables["CHANNEL"] = "ctl"
    if run.config.has_token_request:
        variables["TOKENS"] = "channel"
    return variables | network_variables(run.config.network, folder)


def k6_environment(run: Run, folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Return k6's own environment: the remote-write output, and inherited paths to programs and certificates."""
    return {
        **{name: environment[name] for name in INHERITED_VARIABLES if name in environment},
        **proxy_and_ca_environment(run.config.network, folder),
        "HOME": str(folder),
        "K6_AUTO_EXTENSION_RESOLUTION": "false",
        "K6_PROMETHEUS_RW_SERVER_URL": f"http://127.0.0.1:{RECEIVER_PORT}/push",
        "K6_PROMETHEUS_RW_BEARER_TOKEN": BEARER,
        "K6_PROMETHEUS_RW_PUSH_INTERVAL": f"{run.context.push_interval_s:g}s",
        "K6_PROMETHEUS_RW_STALE_MARKERS": "true",
    }
