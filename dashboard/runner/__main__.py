"""`python -m dashboard.runner <run folder>`: see to one run, from its start to its exit.json.

Exits 0 when exit.json is there, 2 when there is no such folder, 3 when another runner has it, 4 when the
folder was made by a newer version of the program.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

from dashboard.run_folder.files import ExitFile, NewerFormat, RunFile, RunFolder, UnreadableFile
from dashboard.runner.log import redirect_output
from dashboard.runner.run_k6 import K6Supervisor, refuse
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
    _settle_in(folder)
    if isinstance(run, RunFile):
        K6Supervisor(folder, run, Wakeup()).work()
    else:
        refuse(folder, run)
    return 0


def _settle_in(folder: RunFolder) -> None:
    os.umask(0o077)  # for k6's files too
    with suppress(PermissionError):  # it leads a session already
        os.setsid()
    with suppress(OSError):
        redirect_output(folder.runner_log)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
