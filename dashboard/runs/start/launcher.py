"""Making a run's folder and starting the runner beside it: what stands there outlives this process."""

import os
import secrets
import sys
from pathlib import Path

from dashboard.engine.command import Command
from dashboard.model.run import RunId
from dashboard.run_folder.files import AuthFile, RunFile, RunFolder, SecretsFile

CONSOLE_LIMIT_BYTES = 64 * 1024 * 1024
PASSED_ON = ("PATH", "LANG", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")


class Launcher:
    """Writes run folders below `root` and starts runners; `project` is where the package is imported from."""

    def __init__(self, root: Path, project: Path) -> None:
        self._root = root
        self._project = project

    def folder(self, run_id: RunId) -> RunFolder:
        """The folder of a run, there or not."""
        return RunFolder(self._root / run_id)

    def folders(self) -> list[RunFolder]:
        """All folders that are there."""
        found = sorted(self._root.iterdir()) if self._root.is_dir() else []
        return [RunFolder(path) for path in found if path.is_dir()]

    def make_folder(
        self, run_id: RunId, secret_values: dict[str, str], order: AuthFile | None = None
    ) -> RunFolder:
        """A new folder with the run's secrets and its order for tokens, readable by us alone."""
        folder = self.folder(run_id)
        self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.path.mkdir(mode=0o700)
        if secret_values:
            folder.write(SecretsFile(secrets=secret_values))
        if order is not None:
            folder.write(order)
        return folder

    def freeze(self, folder: RunFolder, name: str, data: bytes) -> None:
        """A copy of what the run uses, as it was when it started."""
        descriptor = os.open(folder.path / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)

    def write_order(
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
        """run.json: everything the runner needs to know; with `poll_ms` k6 has a channel."""
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
        """Start a runner for `folder`; a second one rescues what the first left. Its process id.

        It is meant to outlive this process, so there is no object here that would want to wait for it.
        """
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
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
