"""The end of a run: clean up the folder of a dead k6 and write exit.json last."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from dashboard.durable import write_json
from dashboard.run_folder.files import AuthFile, ExitFile, RunFolder, SecretsFile
from dashboard.runner import progress
from dashboard.runner.console import ConsoleLimiter
from dashboard.runner.log import RunnerLog
from dashboard.runner.processes.child import ProcessExit

_WRITE_ATTEMPTS: Final = 60


def clean_up(folder: RunFolder, console: ConsoleLimiter, log: RunnerLog) -> None:
    """Delete secrets, trim the log. A failure (a full disk, for example) must not keep exit.json from being written."""
    tasks: tuple[Callable[[], None], ...] = (
        lambda: folder.remove(SecretsFile),
        lambda: folder.remove(AuthFile),
        lambda: clean_summary(folder.summary, log),
        console.finish,
    )
    for task in tasks:
        try:
            task()
        except OSError as error:
            log.line(f"cleanup failed: {error}")


def count_iterations(folder: RunFolder, log: RunnerLog) -> progress.FinalCounts:
    """Return k6's final counts of iterations, and complete its log."""
    try:
        return progress.finish(folder)
    except OSError as error:
        log.line(f"the output of k6 could not be moved to the log: {error}")
        return progress.UNKNOWN


def clean_summary(path: Path, log: RunnerLog) -> None:
    """Remove the result of setup(), which may hold a token; delete a summary that k6 did not finish."""
    try:
        path.chmod(0o600)
        summary = json.loads(path.read_bytes())
    except FileNotFoundError:
        return
    except ValueError:
        log.line("summary.json is incomplete: deleted")
        path.unlink()
        return
    if isinstance(summary, dict) and "setup_data" in summary:
        del summary["setup_data"]
        write_json(path, summary)


def write_exit(folder: RunFolder, exit_file: ExitFile, log: RunnerLog) -> None:
    """Write exit.json. Retries for a minute, because a full disk may get space again. Raises OSError after that."""
    for _ in range(_WRITE_ATTEMPTS):
        try:
            folder.write(exit_file)
            return
        except FileNotFoundError:
            return  # the folder was deleted, so no reader is left
        except OSError as error:
            log.line(f"exit.json could not be written: {error}")
            time.sleep(1)
    folder.write(exit_file)


NOTHING_STARTED: Final = ExitFile(
    exit_code=None,
    signal=None,
    started_at=None,
    ended_at="",
    stop_requested=False,
    stop_sent_at=None,
    killed=False,
    timed_out=False,
    start_error=None,
    attempts=0,
    records=0,
    console_dropped_bytes=0,
    cpu_s=None,
    max_rss_bytes=None,
    rescued=False,
)


def with_process_exit(exit_file: ExitFile, process_exit: ProcessExit) -> ExitFile:
    """Add what the parent process knows; an adopted k6 keeps the usage that was sampled last."""
    cpu_s, max_rss_bytes = process_exit.cpu_s, process_exit.max_rss_bytes
    return exit_file._replace(
        exit_code=process_exit.exit_code,
        signal=process_exit.signal,
        cpu_s=exit_file.cpu_s if cpu_s is None else cpu_s,
        max_rss_bytes=exit_file.max_rss_bytes if max_rss_bytes is None else max_rss_bytes,
    )
