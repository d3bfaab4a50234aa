"""Creates run folders and starts runners. Both outlive this process."""

import os
import secrets
import sys
from pathlib import Path

from dashboard.engine.command import Command
from dashboard.model.run import RunId
from dashboard.run_folder.files import AuthFile, RunFile, RunFolder, SecretsFile

CONSOLE_LIMIT_BYTES = 64 * 1024 * 1024
INHERITED_VARIABLES = ("PATH", "LANG", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")


class Launcher:
    """Run folders are children of `root`. Runners import the package from the folder `project`."""

    def __init__(self, root: Path, project: Path) -> None:
        self._root = root
        self._project = project

    def folder(self, run_id: RunId) -> RunFolder:
        """Return the folder of a run, whether it exists or not."""
        return RunFolder(self._root / run_id)

    def folders(self) -> list[RunFolder]:
        """Return all run folders that exist."""
        paths = sorted(self._root.iterdir()) if self._root.is_dir() else []
        return [RunFolder(path) for path in paths if path.is_dir()]

    def make_folder(
        self, run_id: RunId, secret_values: dict[str, str], token_request: AuthFile | None = None
    ) -> RunFolder:
        """Create the folder of a run with its secrets and its token request. Only this user can read it."""
        folder = self.folder(run_id)
        self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.path.mkdir(mode=0o700)
        if secret_values:
            folder.write(SecretsFile(secrets=secret_values))
        if token_request is not None:
            folder.write(token_request)
        return folder

    def write_input(self, folder: RunFolder, name: str, data: bytes) -> None:
        """Write a copy of a file that the run uses, so that later edits do not reach the run."""
        descriptor = os.open(folder.path / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)

    def write_launch_spec(
        self,
        folder: RunFolder,
        run_id: RunId,
        command: Command,
        *,
        planned_s: float,
        deadline_s: float,
        stop_grace_s: float,
        poll_ms: int | None,
        drain_s: float | None,
    ) -> None:
        """Write run.json: everything the runner needs. With `poll_ms`, k6 polls the runner."""
        folder.write(
            RunFile(
                run_id=run_id,
                argv=command.argv,
                env=command.env,
                cwd=str(folder.path),
                bearer=secrets.token_hex(16),
                planned_s=planned_s,
                deadline_s=deadline_s,
                stop_grace_s=stop_grace_s,
                console_limit_bytes=CONSOLE_LIMIT_BYTES,
                channel_key=secrets.token_hex(16) if poll_ms else None,
                poll_ms=poll_ms,
                drain_s=drain_s,
            )
        )

    def start_runner(self, folder: RunFolder) -> int:
        """Start a runner for `folder` and return its process id. A later runner takes over from an earlier one.

        The runner outlives this process, so nothing here waits for it.
        """
        environment = {name: os.environ[name] for name in INHERITED_VARIABLES if name in os.environ}
        environment["PYTHONPATH"] = str(self._project)
        appending = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        return os.posix_spawn(
            sys.executable,
            [sys.executable, "-P", "-m", "dashboard.runner", str(folder.path)],
            environment,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, str(folder.runner_log), appending, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setsid=True,
        )
