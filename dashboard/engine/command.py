"""From a run's wish to the words that start k6. Pure: ports, bearer and secrets are filled in by the runner."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dashboard.engine.network import network_variables, proxy_and_ca_environment
from dashboard.engine.summary import TREND_STATS
from dashboard.model.run import Run

REST_PORT, RECEIVER_PORT, BEARER = "@REST_PORT@", "@RECEIVER_PORT@", "@BEARER@"
SECRETS, CHANNEL = "@SECRETS@", "@CHANNEL@"
PASSED_ON = ("PATH", "LANG", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "GOGC", "GOMEMLIMIT")
SECRET_NAMES = (
    *("AUTH_TOKEN", "AUTH_BASIC_USER", "AUTH_BASIC_PASS", "AUTH_API_KEY", "AUTH_CLIENT_SECRET"),
    *("AUTH_REFRESH_BODY", "AUTH_REFRESH_HEADERS"),
)
MEASURED = [
    *("--address", f"127.0.0.1:{REST_PORT}"),
    *("--features", "native-histograms", "--out", "experimental-prometheus-rw"),
]
ONE_PASS = ["--vus", "1", "--iterations", "1"]
DRY = {"DRY_RUN": "true"}
# k6's garbage collector takes a tenth of its CPU: it runs whenever the heap is twice what is live. While there are few
# users the heap may grow to five times that, so long as this stays within some 300 MB at 1.2 MB for a user.
GC_PERCENT, MOST_GC_PERCENT = 100, 400
GC_PERCENT_USERS = 25_000


@dataclass(frozen=True, slots=True)
class Command:
    """Arguments and the whole environment of k6, with the runner's placeholders."""

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
    data_files: Path | None = None,
    dry: bool = False,
) -> Command:
    """k6's command line for `run`; nothing secret is in it. `environment` is ours: few names are passed on.

    `endpoints_env` names what of it the endpoints file may use. A `dry` one is a single pass of a single user, and
    reports each request instead of figures.
    """
    argv = [str(k6), "run", "--quiet", "--no-color", "--no-usage-report", "--log-format", "json"]
    argv += ["--tag", f"run_id={run.run_id}", "--include-system-env-vars=false", "--no-thresholds"]
    argv += ONE_PASS if dry else MEASURED
    if run.context.keep_samples and not dry:
        argv += [
            "--summary-export",
            str(folder / "summary.json"),
            "--summary-trend-stats",
            ",".join(TREND_STATS),
        ]
    else:
        argv += ["--summary-mode=disabled"]
    if secret_names:
        argv += [f"--secret-source=file=default,filename={SECRETS}"]
    if run.config.has_channel:
        argv += [f"--secret-source=url=name=ctl,config={CHANNEL}"]
    seen = template_environment(environment, endpoints_env) | script_environment(run, folder, secret_names)
    if data_files:
        seen["DATA_FILES"] = str(data_files)
    for name, value in (seen | DRY if dry else seen).items():
        argv += ["-e", f"{name}={value}"]
    argv.append(str(script))
    room = {} if data_files else gc_environment(run.vus_max)
    return Command(tuple(argv), room | k6_environment(run, folder, environment))


def gc_environment(users: int) -> dict[str, str]:
    """How far the heap of a k6 with so many users may grow before it is collected; nothing where k6 knows best."""
    percent = min(MOST_GC_PERCENT, GC_PERCENT_USERS // max(1, users) - GC_PERCENT)
    return {"GOGC": str(percent)} if percent > GC_PERCENT else {}


def template_environment(environment: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    """What `${env.NAME}` may stand for in the endpoints file; never a secret of the run."""
    shared = [name for name in names if name in environment and name not in SECRET_NAMES]
    listed = {"ENDPOINTS_ENV": ",".join(shared)} if shared else {}
    return {name: environment[name] for name in shared} | listed


def script_environment(run: Run, folder: Path, secret_names: tuple[str, ...]) -> dict[str, str]:
    """What the script sees in `__ENV`."""
    seen = {
        "LOAD_PROFILE": run.config.profile,
        "BASE_URL": run.config.base_url,
        **run.config.variables,
        "ENDPOINTS_FILE": str(folder / "endpoints.json"),
        "AUTH_MODE": run.config.auth_mode,
        "CHECKS": "trend",
        "SAMPLES": "failures",
    }
    if run.config.auth_mode == "api_key" and run.config.auth_api_key_header:
        seen["AUTH_API_KEY_HEADER"] = run.config.auth_api_key_header
    if secret_names:
        seen["SECRETS"] = ",".join(secret_names)
    if run.config.has_channel:
        seen["CHANNEL"] = "ctl"
    if run.config.brokered:
        seen["TOKENS"] = "channel"
    return seen | network_variables(run.config.network, folder)


def k6_environment(run: Run, folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """k6's own environment: the pipeline's settings, and of ours what finds programs and certificates."""
    return {
        **{name: environment[name] for name in PASSED_ON if name in environment},
        **proxy_and_ca_environment(run.config.network, folder),
        "HOME": str(folder),
        "K6_AUTO_EXTENSION_RESOLUTION": "false",
        "K6_PROMETHEUS_RW_SERVER_URL": f"http://127.0.0.1:{RECEIVER_PORT}/push",
        "K6_PROMETHEUS_RW_BEARER_TOKEN": BEARER,
        "K6_PROMETHEUS_RW_PUSH_INTERVAL": f"{run.context.push_interval_s:g}s",
        "K6_PROMETHEUS_RW_STALE_MARKERS": "true",
    }
