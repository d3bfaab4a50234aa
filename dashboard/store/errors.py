"""The errors of the store."""


class StoreError(Exception):
    """The database cannot be used. The message names the reason and the remedy."""


class StaleRun(StoreError):
    """The stored status of the run is not one that the change expected."""


class DeletedRun(StoreError):
    """The run was deleted."""


class PinnedRun(StoreError):
    """The run is a baseline and cannot be deleted before it is unpinned."""


class NotPinnable(StoreError):
    """The run does not exist or has not ended, so it cannot be a baseline."""


class RunExists(StoreError):
    """A run with this id exists."""


class TokenExists(StoreError):
    """A token with this name exists."""


class WebhookExists(StoreError):
    """A webhook with this name exists."""
