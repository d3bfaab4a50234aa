"""Edits the endpoints file and keeps its versions. Everything that changes the file does so here."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from dashboard.endpoints.changes.difference import Difference, difference_of
from dashboard.endpoints.changes.values import Json
from dashboard.endpoints.file import EndpointsFile, LoadedDocument, edit_text, load_document, sha256_of
from dashboard.endpoints.parse import FILE_NAME
from dashboard.model.endpoints_version import EndpointsVersion, VersionAction
from dashboard.model.errors import NotFound, PreconditionFailed
from dashboard.model.run import iso
from dashboard.model.strict_json import InvalidJson, decode_json, parse_json
from dashboard.store.errors import StoreError
from dashboard.store.store import Store

log = structlog.get_logger()
Matches = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes the file, how, and from which source."""

    who: str
    action: VersionAction
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Edited:
    """The document after an edit, and its version.

    version: null if the content is the same as before, or if the version could not be stored
    """

    document: LoadedDocument
    version: int | None


class EndpointsEditor:
    """The only writer of the endpoints file. `announce` is called after each change."""

    def __init__(
        self,
        file: EndpointsFile,
        store: Store,
        clock: Callable[[], datetime],
        announce: Callable[[LoadedDocument, str], None],
    ) -> None:
        self.file = file
        self._versions = store.endpoints_versions
        self._clock = clock
        self._announce = announce

    def change_text(self, edit: Callable[[str], str], matches: Matches, author: Author) -> Edited:
        """Apply `edit` to the text of a valid file. Raises NotFound and what `change` raises."""
        if self.file.raw() is None:
            raise NotFound(f"{FILE_NAME} does not exist.")
        return self.change(lambda raw: edit_text(raw, edit), matches, author)

    def change(self, make: Callable[[bytes], bytes], matches: Matches, author: Author) -> Edited:
        """Replace the content of the file; a missing file is empty. `matches` checks the current SHA-256.

        The present content is stored as a version before the file is written, so no content is lost. Raises
        PreconditionFailed, InvalidRequest with the violations of the new content, Unavailable, StoreError.
        """
        with self.file.locked():
            before = self.file.raw() or b""
            if not matches(sha256_of(before)):
                raise self._changed_meanwhile(before)
            after = load_document(make(before))
            if after.raw == before and self.file.exists:
                return Edited(after, None)
            self._keep_outside_edit(before)
            self.file.write(after.raw)
            version = self._add_after_write(after, author)
        self._announce(after, author.who)
        return Edited(after, version)

    def restore(self, number: int, matches: Matches, who: str) -> Edited:
        """Give the file the content of an earlier version. Raises NotFound and what `change` raises."""
        _, content = self.version(number)
        return self.change(lambda _: content, matches, Author(who, "restore", f"version {number}"))

    def versions(self) -> list[EndpointsVersion]:
        """Return the kept versions, the newest first."""
        return self._versions.all()

    def version(self, number: int) -> tuple[EndpointsVersion, bytes]:
        """Return a version and its content. Raises NotFound."""
        found = next((one for one in self._versions.all() if one.number == number), None)
        content = self._versions.content(found.sha256) if found else None
        if found is None or content is None:
            raise NotFound(f"Version {number} of {FILE_NAME} is not kept. Read the versions again.")
        return found, content

    def difference_to_now(self, content: bytes) -> Difference:
        """Return what changed in the file since it had this content."""
        return difference_of(data_of(content), data_of(self.file.raw() or b""))

    def changes_since(self, sha256: str) -> Difference | None:
        """Return what changed in the file since it had the content with this hash. None if it is not kept."""
        content = self._versions.content(sha256)
        return None if content is None else self.difference_to_now(content)

    def _changed_meanwhile(self, before: bytes) -> PreconditionFailed:
        now = sha256_of(before)
        newest = next(iter(self._versions.all()), None)
        known = newest if newest and newest.sha256 == now else None
        by = f" by {known.who}" if known and known.who else ""
        return PreconditionFailed(
            f"{FILE_NAME} has changed in the meantime{by}. Read it again, then repeat your change.",
            extra={
                "sha256": now,
                "changed_by": known and known.who,
                "changed_at": known and iso(known.at),
            },
        )

    def _keep_outside_edit(self, raw: bytes) -> None:
        """Store the present content unless it is the newest version: then it was changed outside of the dashboard."""
        if raw:
            self._versions.add(self._version_of(raw, data_of(raw), Author("", "outside")), raw)

    def _add_after_write(self, document: LoadedDocument, author: Author) -> int | None:
        try:
            return self._versions.add(self._version_of(document.raw, document.data, author), document.raw)
        except StoreError:  # the change itself has succeeded; the next change stores its content
            log.exception("endpoints_version.failed", sha256=document.sha256)
            return None

    def _version_of(self, raw: bytes, data: Json, author: Author) -> EndpointsVersion:
        return EndpointsVersion(
            number=0,
            at=self._clock(),
            who=author.who or None,
            action=author.action,
            source=author.source,
            endpoints=_count(data, "endpoints"),
            scenarios=_count(data, "scenarios"),
            sha256=sha256_of(raw),
        )


def data_of(raw: bytes) -> Json:
    """Return the parsed file, valid or not; empty if it is not a JSON object."""
    try:
        data = parse_json(decode_json(raw).text)
    except InvalidJson:
        return {}
    return data if isinstance(data, dict) else {}


def _count(data: Json, name: str) -> int | None:
    entries = data.get(name)
    if isinstance(entries, list):
        return len(entries)
    return 0 if name == "scenarios" and "endpoints" in data else None
