"""The container files match this tree: they use existing settings and files."""

from __future__ import annotations

import re
import shlex
from typing import Any

import yaml

from dashboard.reference import secret_names
from dashboard.settings import Settings
from tests.conftest import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
DASHBOARD = COMPOSE["services"]["dashboard"]
KNOWN = {name.upper() for name in Settings.model_fields} | {f"{name.upper()}_FILE" for name in secret_names()}


def test_the_image_uses_existing_settings() -> None:
    (line,) = re.findall(r"^ENV (.*)$", DOCKERFILE, re.MULTILINE)
    named = {word.split("=")[0] for word in shlex.split(line)}
    assert named - {"PYTHONUNBUFFERED"} <= KNOWN


def test_the_services_use_existing_settings() -> None:
    assert set(DASHBOARD["environment"]) <= KNOWN


def test_the_dashboard_runs_unprivileged_on_a_read_only_root() -> None:
    assert "USER 10001:10001" in DOCKERFILE
    assert DASHBOARD["read_only"] is True
    assert DASHBOARD["cap_drop"] == ["ALL"]
    assert DASHBOARD["volumes"] == ["dashboard:/data"]


def test_every_secret_is_a_declared_file() -> None:
    used = {secret for service in COMPOSE["services"].values() for secret in service.get("secrets", [])}
    assert used == set(COMPOSE["secrets"])
    for service in COMPOSE["services"].values():
        for name, value in service["environment"].items():
            if re.search("TOKEN|PASSWORD", name):
                assert value.startswith("/run/secrets/"), name


def test_ports_are_bound_to_loopback() -> None:
    for service in COMPOSE["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])


def test_mounted_volumes_exist() -> None:
    for volume in COMPOSE["services"]["grafana"]["volumes"]:
        source = volume.split(":")[0]
        assert source in COMPOSE["volumes"] or (ROOT / source).is_dir()


def test_generated_and_private_files_stay_out_of_the_image() -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    made = {".venv", ".env", "secrets", "data", "bin/k6", "dashboard/static", "k6/config/endpoints.json"}
    assert made <= set(ignored)
