"""Secrets from files: `AUTH_TOKEN_FILE` names a file that holds AUTH_TOKEN, as containers are given secrets."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

MOST_BYTES = 64 * 1024


class SecretFiles(PydanticBaseSettingsSource):
    """For each secret setting NAME, what the file named by the variable NAME_FILE holds, without its last newline."""

    def __init__(self, settings: type[BaseSettings], environ: Mapping[str, str] | None = None) -> None:
        super().__init__(settings)
        self._environ = os.environ if environ is None else environ

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The secret; None when no file is named. ValueError when it cannot be read, or is given twice."""
        variable = f"{field_name.upper()}_FILE"
        named = self._environ.get(variable, "")
        if field.annotation is not SecretStr or not named:
            return None, field_name, False
        if self._environ.get(field_name.upper()):
            raise ValueError(f"{field_name.upper()} and {variable} are both set: leave one out")
        try:
            raw = Path(named).read_bytes()
        except OSError as error:
            raise ValueError(f"{variable}: {named} cannot be read ({error.strerror})") from None
        if len(raw) > MOST_BYTES:
            raise ValueError(f"{variable}: {named} is larger than {MOST_BYTES} bytes")
        return raw.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r"), field_name, False

    def __call__(self) -> dict[str, Any]:
        """All secrets that are in files."""
        found: dict[str, Any] = {}
        for name, field in self.settings_cls.model_fields.items():
            value, key, _ = self.get_field_value(field, name)
            if value is not None:
                found[key] = value
        return found
