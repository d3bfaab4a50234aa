"""What is done when k6 is dead: its summary cleaned, its log cut, exit.json written last of all."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from dashboard.run_folder.durable import write_json
from dashboard.run_folder.files import AuthFile, ExitFile, RunFolder, SecretsFile
from dashboard.runner.console import ConsoleLimiter
from dashboard.runner.log import Log
from dashboard.runner.processes.child import ProcessExit

_DISK_FULL_TRIES: Final = 60


def tidy(folder: RunFolder, console: ConsoleLimiter, log: Log) -> None:
    """Each of these may fail, on a full disk say; none is a reason to leave the run without its end."""
    steps: tuple[Callable[[], None], ...] = (
        lambda: folder.remove(SecretsFile),
        lambda: folder.remove(AuthFile),
        lambda: clean_summary(folder.summary, log),
        console.finish,
    )
    for step in steps:
        try:
            step()
        except OSError as error:
            log.line(f"tidying up failed: {error}")


def clean_summary(path: Path, log: Log) -> None:
    """What setup() returned may hold a token; a summary that k6 could not finish is of no use to anybody."""
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


def write_exit(folder: RunFolder, exit_file: ExitFile, log: Log) -> None:
    """A full disk may have room again in a while."""
    for _ in range(_DISK_FULL_TRIES):
        try:
            folder.write(exit_file)
            return
        except FileNotFoundError:
            return  # somebody has deleted the folder: there is nobody to tell
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


def with_process_exit(exit_file: ExitFile, ending: ProcessExit) -> ExitFile:
    """The parent's knowledge where there is a parent; an adopted k6 keeps what was sampled last."""
    return exit_file._replace(
        exit_code=ending.exit_code,
        signal=ending.signal,
        cpu_s=exit_file.cpu_s if ending.cpu_s is None else ending.cpu_s,
        max_rss_bytes=exit_file.max_rss_bytes if ending.max_rss_bytes is None else ending.max_rss_bytes,
    )
