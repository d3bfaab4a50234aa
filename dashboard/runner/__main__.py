"""`python -m dashboard.runner <run folder>`: run one k6 from its start to exit.json.

Exit codes: 0 when exit.json exists, 2 when the folder does not, 3 when another runner holds the folder,
4 when a newer version of the program created the folder.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

from dashboard.run_folder.files import ExitFile, RunFile, RunFolder
from dashboard.run_folder.validation import NewerFormat, UnreadableFile
from dashboard.runner.log import redirect_output
from dashboard.runner.run_k6 import K6Supervisor, record_start_error
from dashboard.runner.wakeup import Wakeup


def main(arguments: list[str]) -> int:
    path = Path(arguments[0]).absolute() if len(arguments) == 1 else None
    if path is None or not path.is_dir():
        print("usage: python -m dashboard.runner <run folder>", file=sys.stderr)
        return 2
    folder = RunFolder(path)
    try:
        run = folder.read(RunFile) or "run.json is missing"
    except NewerFormat as error:
        print(error, file=sys.stderr)
        return 4
    except UnreadableFile as error:
        run = str(error)
    lock = folder.lock()
    if lock is None:
        return 3
    if folder.has(ExitFile):
        return 0
    _detach(folder)
    if isinstance(run, RunFile):
        K6Supervisor(folder, run, Wakeup()).run()
    else:
        record_start_error(folder, run)
    return 0


def _detach(folder: RunFolder) -> None:
    """Leave the dashboard's session and send all output to runner.log."""
    os.umask(0o077)  # applies to k6's files too
    with suppress(PermissionError):  # this process already leads a session
        os.setsid()
    with suppress(OSError):
        redirect_output(folder.runner_log)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
