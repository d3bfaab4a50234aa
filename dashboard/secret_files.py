"""Secrets from files: AUTH_TOKEN_FILE names a file that contains AUTH_TOKEN, as with container secrets."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

MAX_SECRET_BYTES = 64 * 1024


class SecretFiles(PydanticBaseSettingsSource):
    """A settings source. It reads each secret NAME from the file that the variable NAME_FILE names.

    It removes one newline at the end of the file.
    """

    def __init__(self, settings: type[BaseSettings], environ: Mapping[str, str] | None = None) -> None:
        super().__init__(settings)
        self._environ = os.environ if environ is None else environ

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return the secret, or None when no file is named.

        Raises ValueError when the file cannot be read or when NAME and NAME_FILE are both set.
        """
        variable = f"{field_name.upper()}_FILE"
        path = self._environ.get(variable, "")
        if field.annotation is not SecretStr or not path:
            return None, field_name, False
        if self._environ.get(field_name.upper()):
            raise ValueError(f"{field_name.upper()} and {variable} are both set. Remove one of them.")
        try:
            with Path(path).open("rb") as file:
                raw = file.read(MAX_SECRET_BYTES + 1)
        except OSError as error:
            raise ValueError(f"{variable}: {path} cannot be read: {error.strerror}") from None
        if len(raw) > MAX_SECRET_BYTES:
            raise ValueError(f"{variable}: {path} is larger than {MAX_SECRET_BYTES} bytes")
        return raw.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r"), field_name, False

    def __call__(self) -> dict[str, Any]:
        """Return all secrets that come from files, by setting name."""
        secrets: dict[str, Any] = {}
        for name, field in self.settings_cls.model_fields.items():
            value, key, _ = self.get_field_value(field, name)
            if value is not None:
                secrets[key] = value
        return secrets
