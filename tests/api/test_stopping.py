"""Services stop even if nothing can be written to the database."""

from pathlib import Path

from dashboard.services import Services
from tests.api.conftest import settings_for


def test_services_stop_when_the_last_uses_of_tokens_cannot_be_stored(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    services = Services(settings)
    services.audit.count_failure("192.0.2.1")
    services.store.close()
    services.stop()

    Services(settings).stop()  # the folder is free again
