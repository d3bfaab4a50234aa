"""The end of the services, when the database no longer takes anything."""

from dashboard.services import Services


def test_services_stop_when_the_last_uses_of_tokens_cannot_be_stored(services: Services) -> None:
    services.audit.count_failure("192.0.2.1")
    services.store.close()
    services.stop()

    Services(services.settings).stop()  # the folder is free again
