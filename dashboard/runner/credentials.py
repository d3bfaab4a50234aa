"""The secrets and tokens that the dashboard leaves in the run folder for k6."""

from typing import TYPE_CHECKING

from dashboard.run_folder.files import AuthFile, RunFolder, SecretsFile
from dashboard.run_folder.validation import UnreadableFile
from dashboard.runner.events import RunnerEventLog
from dashboard.runner.log import RunnerLog
from dashboard.runner.spawn import StartError

if TYPE_CHECKING:
    from dashboard.runner.tokens.broker import TokenBroker


def read_secrets(folder: RunFolder) -> dict[str, str]:
    """Return the secrets by name. Raises StartError."""
    try:
        file = folder.read(SecretsFile)
    except UnreadableFile as error:
        raise StartError(f"The secrets cannot be read: {error}.") from error
    return file.secrets if file else {}


def start_broker(folder: RunFolder, log: RunnerLog) -> "TokenBroker | None":
    """Return a broker that holds the first token; None for a run without tokens. Raises StartError."""
    try:
        auth = folder.read(AuthFile)
    except UnreadableFile as error:
        raise StartError(f"The credentials cannot be read: {error}.") from error
    if auth is None:
        return None
    # imported only for runs with tokens: the HTTP and TLS modules are slow to import
    from dashboard.runner.tokens.broker import TokenBroker
    from dashboard.runner.tokens.response import TokenError

    broker = TokenBroker(folder, auth, RunnerEventLog(folder, log), log)
    try:
        broker.start()
    except TokenError as error:
        raise StartError(str(error)) from None
    return broker


def delete_credentials(folder: RunFolder) -> None:
    folder.remove(SecretsFile)
    folder.remove(AuthFile)
