"""The names of the load profiles, from `k6/config/profiles.json`, which k6 reads too."""

import json
from typing import TYPE_CHECKING, Literal

from dashboard.model.k6_config import PROFILES_FILE

PROFILE_NAMES: tuple[str, ...] = tuple(json.loads(PROFILES_FILE.read_bytes()))

if TYPE_CHECKING:
    ProfileName = str
else:
    ProfileName = Literal[PROFILE_NAMES]
