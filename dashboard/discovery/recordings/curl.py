"""Reads curl commands, as terminals, documentation and the network panel of a browser contain them."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final
from urllib.parse import unquote

from dashboard.discovery.destructive import is_destructive
from dashboard.discovery.discovered import (
    Candidate,
    Discovered,
    ImportOptions,
    Remark,
    RequestedValue,
    UnreadableDocument,
)
from dashboard.discovery.recordings.bodies import is_mutation
from dashboard.discovery.recordings.curl_options import CurlCommand, parse_command
from dashboard.discovery.recordings.curl_requests import UNKNOWN_HOST, request_of
from dashboard.discovery.recordings.drafts import draft_of, reason_to_leave_out
from dashboard.discovery.recordings.endpoints import Names, endpoint_of, identity_of, name_of
from dashboard.discovery.recordings.placeholders import END, PLACEHOLDER, START, fill_in
from dashboard.discovery.recordings.requests import EndpointDraft, ImportedRequest, Place, Template, origin_of
from dashboard.discovery.recordings.secrets import SecretMask
from dashboard.discovery.recordings.shell_words import split_commands
from dashboard.discovery.recordings.skipped import LeftOutCounts
from dashboard.discovery.templates import env_reference
from dashboard.model.secret_names import is_secret_name

_COMMAND: Final = re.compile(r"(?m)^[ \t]*(?:[$>%#][ \t]+)?(?:\S*[/\\])?curl(?:\.exe)?[ \t]")
_PROGRAM: Final = re.compile(r"(?:.*[/\\])?curl(?:\.exe)?", re.IGNORECASE)
_GLOB: Final = re.compile(r"\[[0-9A-Za-z]+-[0-9A-Za-z]+(?::\d+)?\]|\{[^{}]*,[^{}]*\}")
_MAX_TEXT: Final = 5_000_000
_MAX_REQUESTS: Final = 1_000
_MAX_ENV_NAME: Final = 64


def is_curl(text: str) -> bool:
    """Return whether a text contains curl commands."""
    return _COMMAND.search(text[:20_000]) is not None


def read_curl(text: str, options: ImportOptions) -> Discovered:
    """Return the requests of all curl commands in `text`. Raises UnreadableDocument."""
    if len(text) > _MAX_TEXT:
        raise UnreadableDocument(
            f"The commands are larger than {_MAX_TEXT // 1_000_000} MB. Paste fewer of them."
        )
    reader = _CurlReader(options)
    for words in split_commands(text):
        if arguments := _arguments(words):
            for command in parse_command(arguments):
                reader.add(command)
    if not reader.candidates:
        reasons = " ".join(f"{one.name}: {one.reason}" for one in reader.left_out.as_tuple()[:3])
        raise UnreadableDocument(f"No curl command with a URL was found. {reasons}".strip())
    return reader.discovered()


def _arguments(words: list[str]) -> list[str]:
    """Return the arguments of curl; empty for another program. A prompt or settings may come before it."""
    for index, word in enumerate(words[:6]):
        if _PROGRAM.fullmatch(word):
            return words[index + 1 :]
    return []


class _CurlReader:
    """Collects the requests of commands."""

    def __init__(self, options: ImportOptions) -> None:
        self.candidates: list[Candidate] = []
        self.left_out = LeftOutCounts()
        self._mask = SecretMask()
        self._names = Names()
        self._known: set[str] = set()
        self._origins: list[str] = []
        self._options = options
        self._requested: dict[str, RequestedValue] = {}
        self._remarks: list[Remark] = []

    def add(self, command: CurlCommand) -> None:
        """Add the requests of a command: one for each URL."""
        for option in command.not_taken_over:
            self.left_out.add(option, _reason_for(option))
        if len(command.urls) == 0 and command.options:
            self.left_out.add("curl", "The command has no URL.")
        excess = len(command.urls) - max(0, _MAX_REQUESTS - len(self.candidates))
        self.left_out.add_if(
            "Further URLs", f"At most {_MAX_REQUESTS:,} are imported together.", max(0, excess)
        )
        for url in command.urls[: max(0, _MAX_REQUESTS - len(self.candidates))]:
            request = request_of(command, self._with_values(url), self._ask_for_file)
            reason = "This is not an http or https URL." if request is None else reason_to_leave_out(request)
            if request is None or reason:
                self.left_out.add(PLACEHOLDER.sub(r"$\1", url)[:100], reason or "")
            else:
                self._add_request(request, command)

    def discovered(self) -> Discovered:
        """Return the result."""
        return Discovered(
            format="curl",
            base_urls=tuple(dict.fromkeys(self._origins)),
            auth=self._mask.auth,
            candidates=tuple(self.candidates),
            requested_values=(*self._requested.values(), *self._mask.requested_values),
            left_out=self.left_out.as_tuple(),
            remarks=(*self._remarks, *_target_remarks(set(self._origins))),
        )

    def _add_request(self, request: ImportedRequest, command: CurlCommand) -> None:
        if request.url.hostname != UNKNOWN_HOST:
            self._origins.append(origin_of(request.url))
        draft = draft_of(request)
        if request.url.username:
            self._mask.suggest("basic", "From the user in the URL. It is not imported: enter it for the run.")
        if _GLOB.search(request.url.path) and not command.is_literal:
            message = (
                "curl sends one request for each value in the brackets. Write them as separate commands."
            )
            draft.remarks.append(Remark("problem", message, "path"))
        self._mask.mask(draft)
        self._add_headers_of_options(draft, command, request)
        draft.rewrite(self._fill_in)
        if draft.body_kind == "text":
            draft.body = self._fill_in(Place("body", "body"), draft.body)
        identity = identity_of(draft)
        if identity not in self._known:
            self._known.add(identity)
            self.candidates.append(self._candidate(draft, command))

    def _add_headers_of_options(
        self, draft: EndpointDraft, command: CurlCommand, request: ImportedRequest
    ) -> None:
        """Add headers that only an explicit option sets. A cookie is a secret."""
        if command.last("user-agent"):
            draft.headers["User-Agent"] = str(command.last("user-agent"))
        if command.last("referer"):
            draft.headers["Referer"] = str(command.last("referer"))
        if command.last("cookie") or request.header("cookie"):
            draft.headers["Cookie"] = self._mask.refer_to("Cookie")
            draft.remarks.append(
                Remark("problem", "Cookies are secrets. Set COOKIE, or delete the header.", "headers.Cookie")
            )

    def _candidate(self, draft: EndpointDraft, command: CurlCommand) -> Candidate:
        endpoint = endpoint_of(draft, self._names.unique(name_of(draft)))
        timeout_s = _seconds(command.last("max-time"))
        if timeout_s is not None:
            endpoint["timeout"] = f"{timeout_s * 1000:.0f}ms"
        return Candidate(
            key=endpoint["name"],
            endpoint=endpoint,
            is_selected=not (is_destructive(draft.method, draft.literal_path) or is_mutation(draft)),
            remarks=tuple(draft.remarks),
        )

    def _with_values(self, text: str) -> str:
        """Replace the shell variables whose values are known."""
        values = self._options.values
        return PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)

    def _fill_in(self, _place: Place, value: Any) -> Any:
        """Replace shell variables by their values, or by a reference to the environment."""
        return fill_in(value, self._value_of) if isinstance(value, str) and START in value else value

    def _value_of(self, name: str) -> str:
        if name in self._options.values:
            return self._options.values[name]
        reason = f"The commands use the shell variable {name}."
        requested = RequestedValue(name=name[:_MAX_ENV_NAME], reason=reason, is_secret=is_secret_name(name))
        self._requested.setdefault(name, requested)
        return Template(env_reference(name[:_MAX_ENV_NAME]))

    def _ask_for_file(self, path: str) -> str:
        """Return the content of a file that a command sends, or the variable that stands for it."""
        words = re.sub("[^A-Z0-9]+", "_", re.split(r"[/\\]", unquote(path))[-1].upper()).strip("_")
        name = f"FILE_{words or 'STDIN'}"[:60]
        if name in self._options.values:
            return self._options.values[name]
        reason = f"The commands send the content of the file {path[:100]}."
        self._requested.setdefault(name, RequestedValue(name=name, reason=reason))
        return f"{START}{name}{END}"


def _reason_for(option: str) -> str:
    if option in ("-k", "--insecure"):
        return "Not taken over. To accept any certificate, turn off the verification of TLS for the run."
    if option in ("-x", "--proxy", "-E", "--cert", "--key", "--cacert"):
        return "Not taken over. Proxy and certificates are settings of the run."
    return "This option is not taken over."


def _seconds(text: str | None) -> float | None:
    try:
        seconds = float(text or "")
    except ValueError:
        return None
    return seconds if 0.001 <= seconds <= 600 else None


def _target_remarks(origins: Iterable[str]) -> Iterator[Remark]:
    hosts = sorted(origins)
    if len(hosts) > 1:
        listed = ", ".join(hosts[:5])
        yield Remark(
            "problem", f"The commands name several hosts ({listed}). All requests go to the one target."
        )
