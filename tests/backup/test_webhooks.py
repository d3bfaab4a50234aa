"""A restored dashboard sends nothing before somebody enables its webhooks again."""

from datetime import UTC, datetime
from pathlib import Path

from dashboard.backup.backup import create_backup, restore
from dashboard.model.webhook import DeliveryState
from dashboard.store.store import Store
from dashboard.webhooks.secrets import WEBHOOK_SECRETS, SecretBook, WebhookSecrets
from tests.factories import A_RUN_ID
from tests.webhooks.samples import NOW, a_webhook, finish_run


def test_webhooks_are_restored_disabled_and_without_secrets(tmp_path: Path) -> None:
    data, restored = tmp_path / "data", tmp_path / "restored"
    store = Store(data / "dashboard.db")
    webhook = a_webhook(is_signed=True)
    store.webhooks.put(webhook)
    SecretBook(data / WEBHOOK_SECRETS).put(webhook.webhook_id, WebhookSecrets(secret="canary"))
    finish_run(store, A_RUN_ID)
    store.deliveries.plan(NOW)
    create_backup(data, tmp_path / "backup.tar.gz", datetime.now(UTC))
    store.close()
    restored.mkdir()
    restore(tmp_path / "backup.tar.gz", restored)

    assert not (restored / WEBHOOK_SECRETS).exists()
    store = Store(restored / "dashboard.db")
    [found] = store.webhooks.all()
    assert (found.name, found.enabled) == ("ci", False)
    assert found.disabled_reason == "it was restored from a backup"
    [delivery] = store.deliveries.newest(webhook.webhook_id)
    assert delivery.state is DeliveryState.DEAD
    store.close()
