"""Names of the load profiles, read from `k6/config/profiles.json`, which k6 reads too."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Literal

PROFILES_FILE = Path(__file__).resolve().parents[2] / "k6" / "config" / "profiles.json"
PROFILE_NAMES: tuple[str, ...] = tuple(json.loads(PROFILES_FILE.read_bytes()))

if TYPE_CHECKING:
    ProfileName = str
else:
    ProfileName = Literal[PROFILE_NAMES]
