"""A start request resolved against settings, endpoints and secrets."""

from dataclasses import dataclass
from typing import Any

from dashboard.endpoints.file import LoadedDocument
from dashboard.model.plan import Plan
from dashboard.runs.start.auth import ResolvedAuth
from dashboard.runs.start.request import StartRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedRequest:
    """Everything needed to store and launch a run.

    `network_secrets` maps variable names to secrets.
    `token_targets` are the targets of the named token that starts the run.
    """

    request: StartRequest
    document: LoadedDocument
    base_url: str
    plan: Plan
    network: dict[str, Any]
    network_secrets: dict[str, str]
    auth: ResolvedAuth
    k6_version: str
    token_targets: tuple[str, ...] = ()

    @property
    def secrets(self) -> dict[str, str]:
        """All secrets for k6, by variable name."""
        return self.auth.secrets | self.network_secrets
