"""Access logs become operations with their shares, and a load with the rate of the busiest hour."""

import io
import json
import time
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from dashboard.api.shapes.bodies import LoadParameters
from dashboard.discovery.discovered import Candidate, Discovered, ImportOptions, UnreadableDocument
from dashboard.discovery.recordings.access_log import is_log, lines_of, read_log
from dashboard.discovery.recordings.log_lines import parse_clf
from dashboard.model.custom import MAX_STAGES
from tests.discovery.documents import valid_document

NGINX = (
    '203.0.113.7 - ada [30/Nov/2026:10:{minute:02}:07 +0000] "{method} {target} HTTP/1.1" {status} 512 '
    '"https://shop.test/" "Mozilla/5.0 (X11)"'
)
ALB = (
    "https 2026-11-30T10:05:00.18Z app/lb/50 203.0.113.7:2817 10.0.0.1:80 0.086 0.048 0.037 {status} {status} 0 57 "
    '"{method} https://api.shop.test:443{target} HTTP/1.1" "curl/8" ECDHE TLSv1.2 arn "Root=1-58" "api.shop.test" "-"'
)


def line(target: str, *, method: str = "GET", status: int = 200, minute: int = 0, form: str = NGINX) -> bytes:
    return form.format(target=target, method=method, status=status, minute=minute).encode() + b"\n"


def read(lines: Iterable[bytes], *hosts: str) -> Discovered:
    found = read_log(lines, ImportOptions(hosts=hosts))
    if any(one.is_selected for one in found.candidates):
        valid_document(found)
    return found


def by_name(found: Discovered) -> dict[str, Candidate]:
    return {one.endpoint["name"]: one for one in found.candidates}


def left_out(found: Discovered) -> dict[str, int]:
    return {one.name: one.count for one in found.left_out}


JSON_LINES: list[dict[str, Any]] = [
    {"time_iso8601": "2026-11-30T10:05:00Z", "request_method": "GET", "request_uri": "/users/7?a=1", "status": 200},
    {"time": "30/Nov/2026:10:05:00 +0000", "request": "GET /users/7?a=1 HTTP/1.1", "status": "200"},
    {"ts": 1796033100.5, "request": {"method": "GET", "uri": "/users/7?a=1", "host": "api.test"}, "status": 200},
    {"timestamp": "2026-11-30T10:05:00Z", "httpRequest": {
        "requestMethod": "GET", "requestUrl": "https://api.test/users/7?a=1", "status": 200}},
    {"startUTC": "2026-11-30T10:05Z", "RequestMethod": "GET", "RequestPath": "/users/7?a=1", "DownstreamStatus": 200},
    {"@timestamp": "2026-11-30T10:05:00Z", "http": {"request": {"method": "GET"}, "response": {"status_code": 200}},
     "url": {"path": "/users/7", "query": "a=1"}},
    {"time": 1796033100500, "method": "get", "path": "/users/7", "query": "?a=1", "statusCode": 200},
]  # fmt: skip


@pytest.mark.parametrize(
    "lines",
    [
        [line("/users/7?a=1", minute=5)],
        [b'203.0.113.7 - - [30/Nov/2026:10:05:07 +0000] "GET /users/7?a=1 HTTP/1.0" 200 2326\n'],
        [
            b'shop.test:443 1.2.3.4 - - [30/Nov/2026:10:05:07 +0000] "GET /users/7?a=1 HTTP/2" 200 2 "-" "\\"b\\""\n'
        ],
        [line("/users/7?a=1", form=ALB)],
        *([json.dumps(value).encode() + b"\n"] for value in JSON_LINES),
    ],
)
def test_formats(lines: list[bytes]) -> None:
    assert is_log(b"".join(lines * 3))
    found = read(lines * 3)
    made = found.candidates[0].endpoint
    assert (made["name"], made["path"], made["checks"]) == (
        "GET /users/{id}",
        "/users/7?a=1",
        {"status": 200},
    )
    assert found.load is not None
    assert "2026-11-30 10:05" in found.load.reason


def test_ids_and_titles_are_clustered_and_words_are_not() -> None:
    ids = [
        "7",
        "b5d3c1f0-7dec-11d0-a765-00a0c91e6bf6",
        "5f2b8c9d0e1a",
        "order-1021",
        "a@b.test",
        "2026-01-31",
        "4.json",
    ]
    titles = [
        f"my-{number}-blue-lamps" for number in ("first", "next", *(f"x{letter}" for letter in "abcdefghij"))
    ]
    words = ["open", "closed", "latest", "v2", "mine"]
    lines = [line(f"/api/orders/{name}") for name in (*ids, *titles, *words)]
    assert by_name(read(lines)).keys() == {
        *("GET /api/orders/{id}", "GET /api/orders/{slug}"),
        *(f"GET /api/orders/{word}" for word in words),
    }


def test_many_values_under_one_prefix_are_clustered() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    lines = [line(f"/tags/{first}{second}/posts") for first in letters for second in letters]
    assert by_name(read(lines)).keys() == {"GET /tags/{slug}/posts"}
    assert read(lines).candidates[0].endpoint["weight"] == 100


def test_the_mix_becomes_the_weights() -> None:
    lines = [*[line("/a")] * 70, *[line("/b")] * 29, line("/c", method="POST")]
    found = read(lines)
    assert [(one.endpoint["name"], one.endpoint["weight"]) for one in found.candidates] == [
        *(("GET /a", 70), ("GET /b", 29), ("POST /c", 1)),
    ]
    assert "70 requests. Statuses: 100.0% 200." in [remark.message for remark in found.candidates[0].remarks]


def test_only_reads_are_selected() -> None:
    methods = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
    found = read([*(line("/a", method=method) for method in methods), line("/logout")])
    assert {name for name, one in by_name(found).items() if one.is_selected} == {"GET /a", "HEAD /a"}


def test_a_path_that_never_succeeds_is_not_selected() -> None:
    found = by_name(
        read(
            [line("/a"), line("/wp-admin", status=404), *[line("/b", status=302)] * 3, line("/b", status=500)]
        )
    )
    assert not found["GET /wp-admin"].is_selected
    assert "checks" not in found["GET /wp-admin"].endpoint
    assert "checks" not in found["GET /b"].endpoint
    assert found["GET /a"].endpoint["checks"] == {"status": 200}


def test_a_frequent_request_that_succeeded_is_the_sample() -> None:
    numbers = [1, 7, 2, 7, 7, 3, 7, 7]
    found = read([line("/users/404", status=404), *(line(f"/users/{number}?full=1") for number in numbers)])
    assert found.candidates[0].endpoint["path"] == "/users/7?full=1"
    assert [remark.kind for remark in found.candidates[0].remarks] == ["note", "guess"]


def test_static_files_other_methods_and_broken_lines_are_counted() -> None:
    broken = [
        b"\n",
        b"# comment\n",
        b"garbage\n",
        b'\xff\xfe "\n',
        line("*", method="OPTIONS"),
        line("/", method="PROPFIND"),
    ]
    found = read([line("/a"), line("/app.js?v=1"), line("/logo.PNG"), *broken] + [line("/a")] * 20)
    assert left_out(found) == {
        "Static files": 2,
        "Unreadable lines": 2,
        "Requests with OPTIONS": 1,
        "Requests with PROPFIND": 1,
    }


def test_json_lines_of_other_types_are_counted() -> None:
    written: list[Any] = [7, [], "a", None, {"status": 200}, *[JSON_LINES[0]] * 9]
    assert left_out(read(json.dumps(value).encode() for value in written)) == {"Unreadable lines": 5}


def test_secrets_in_queries_are_masked() -> None:
    found = read([line("/a?api_key=recorded-secret&q=x")])
    assert found.candidates[0].endpoint["path"] == "/a?api_key=${env.API_KEY}&q=x"
    assert "recorded-secret" not in repr(found)


def test_escaped_characters_of_servers_are_sent_encoded() -> None:
    assert read([line(r"/caf\xC3\xA9?q=${x}")]).candidates[0].endpoint["path"] == "/caf%C3%A9?q=$${x}"


def test_hosts_can_be_chosen() -> None:
    other = ALB.replace("api.shop.test", "www.shop.test")
    lines = [*[line("/a", form=ALB)] * 3, line("/b", form=other)]
    found = read(lines)
    assert found.base_urls == ("https://api.shop.test",)
    assert left_out(found) == {"www.shop.test": 1}
    assert [(one.host, one.requests, one.is_included) for one in found.hosts] == [
        *(("api.shop.test", 3, True), ("www.shop.test", 1, False)),
    ]
    assert by_name(read(lines, "www.shop.test")).keys() == {"GET /b"}


def test_the_rate_of_the_busiest_hour_becomes_the_load() -> None:
    quiet = [line("/a").replace(b":10:", b":08:")] * 60
    busy = [line("/a", minute=minute) for minute in range(60) for _ in range(120 if minute < 30 else 300)]
    found = read([*quiet, *busy])
    assert found.load is not None
    assert found.load.fields == {
        "profile": "custom",
        "unit": "rate",
        "vus": 10,
        "stages": [
            {"duration": "0s", "target": 2},
            {"duration": "30m", "target": 2},
            {"duration": "30m", "target": 5},
        ],
    }
    assert "busiest 60 min of the log, from 2026-11-30 10:00" in found.load.reason
    LoadParameters.model_validate(found.load.fields).to_load()


def test_a_changing_rate_has_at_most_as_many_stages_as_allowed() -> None:
    lines = [line("/a", minute=minute) for minute in range(60) for _ in range(60 * (1 + minute % 7))]
    found = read(lines)
    assert found.load is not None
    assert 60 < len(found.load.fields["stages"]) <= MAX_STAGES


def test_writes_are_not_part_of_the_rate() -> None:
    assert read([line("/a", method="POST")]).load is None


def test_memory_stays_bounded() -> None:
    def hostile() -> Iterator[bytes]:
        for number in range(60_000):
            word = "".join(chr(97 + number // 26**power % 26) for power in range(4))
            yield line("/".join(("", *word, word, "x" * 10)), method="GET")

    found = read(hostile())
    assert sum(left_out(found).values()) + sum(one.endpoint["weight"] > 0 for one in found.candidates) > 500
    assert len(found.candidates) == 500


def test_a_long_line_is_cut() -> None:
    pieces = list(lines_of(io.BytesIO(line("/a") + b"x" * 200_000 + b"\n" + line("/b"))))
    assert max(map(len, pieces)) <= 65_536
    assert by_name(read([line("/a")] * 20 + pieces)).keys() == {"GET /a", "GET /b"}


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "not an access log"),
        ([b"hello\n", b"world\n"], "not an access log"),
        ([b'{"a": 1}\n', b"[]\n", b"{\n"], "not an access log"),
        ([b"\x1f\x8b\x08\x00"], "Unpack it first"),
        ([line("/a.css")], "no request that can be imported"),
    ],
)
def test_other_files_are_refused(lines: list[bytes], message: str) -> None:
    with pytest.raises(UnreadableDocument, match=message):
        read_log(lines, ImportOptions())


@pytest.mark.parametrize(
    "text", [b"", b'{"openapi": "3.0.0", "paths": {}}', b"curl https://a.test", b"a: 1\nb: 2\n"]
)
def test_other_texts_are_not_recognized(text: bytes) -> None:
    assert not is_log(text)


def test_the_start_of_a_file_is_recognized() -> None:
    assert is_log((line("/a") * 1_000)[:64_000])


@pytest.mark.parametrize(
    "end", ["a/" * 30_000, "a?" * 30_000, "'a' " * 15_000, "a\\\\" * 20_000, "?" * 60_000]
)
@pytest.mark.parametrize(
    "start",
    [
        '10.0.0.1 - - [30/Nov/2026:10:00:00 +0000] "GET /',
        'h2 2026-11-30T10:00:00.0Z app 10.0.0.1:1 - 0 0 0 200 200 1 1 "GET /',
    ],
)
def test_a_long_line_without_its_end_takes_no_time(start: str, end: str) -> None:
    started = time.monotonic()

    assert not is_log((start + end).encode())
    assert time.monotonic() - started < 2


def test_an_escaped_quote_does_not_end_a_path() -> None:
    text = rb'10.0.0.1 - - [30/Nov/2026:10:00:00 +0000] "GET /a\"b?c=\"d\\ HTTP/1.1" 200 5'

    assert parse_clf(text) == (rb"GET /a\"b", rb"c=\"d\\", b"200", b"30/Nov/2026:10:00")
