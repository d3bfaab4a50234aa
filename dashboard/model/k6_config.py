"""Limits and allowed values that the dashboard shares with the k6 script, read from `k6/config/`."""

import json
from pathlib import Path
from typing import Any

CONFIG_FOLDER = Path(__file__).resolve().parents[2] / "k6" / "config"
PROFILES_FILE = CONFIG_FOLDER / "profiles.json"
_LIMITS: dict[str, dict[str, int]] = json.loads((CONFIG_FOLDER / "limits.json").read_bytes())
DOCUMENT_LIMITS = _LIMITS["document"]
JSON_LIMITS = _LIMITS["json"]
LOAD_LIMITS = _LIMITS["load"]
DURATION_LIMITS = _LIMITS["duration"]
DATA_FILE_LIMITS = _LIMITS["data_file"]
ALLOWED: dict[str, Any] = json.loads((CONFIG_FOLDER / "allowed.json").read_bytes())
