"""curl commands of terminals, documentation and browsers become endpoints."""

import time
from collections.abc import Mapping
from typing import Any

import pytest

from dashboard.discovery.discovered import Discovered, ImportOptions, UnreadableDocument
from dashboard.discovery.recordings.curl import is_curl, read_curl
from tests.discovery.documents import valid_document


def read(text: str, values: Mapping[str, str] | None = None) -> Discovered:
    found = read_curl(text, ImportOptions(values=values or {}))
    valid_document(found)
    return found


def endpoint(text: str, values: Mapping[str, str] | None = None) -> dict[str, Any]:
    return read(text, values).candidates[0].endpoint


CHROME_BASH = r"""curl 'https://api.test/v1/users?limit=10&q=a%20b' \
  -H 'accept: application/json' \
  -H 'sec-ch-ua: "Chromium";v="122"' \
  -H 'user-agent: Mozilla/5.0' \
  -H 'content-type: application/json' \
  --data-raw $'{"name":"it\'s \u00e9\u0021","next":"a\\nb"}' \
  --compressed"""
CHROME_CMD = r"""curl ^"https://api.test/v1/users?limit=10^&q=a^%^20b^" ^
  -H ^"accept: application/json^" ^
  -H ^"content-type: application/json^" ^
  --data-raw ^"^{^\^"name^\^":^\^"it's é^!^\^",^\^"next^\^":^\^"a^\\nb^\^"^}^" ^
  --compressed"""
FIREFOX_POWERSHELL = """curl.exe 'https://api.test/v1/users?limit=10&q=a%20b' `
  -X POST `
  -H 'Accept: application/json' `
  -H 'Content-Type: application/json' `
  --data-raw '{\\"name\\":\\"it''s é!\\",\\"next\\":\\"a\\nb\\"}'"""


@pytest.mark.parametrize("text", [CHROME_BASH, CHROME_CMD, FIREFOX_POWERSHELL])
def test_commands_copied_from_a_browser(text: str) -> None:
    made = endpoint(text)
    assert (made["method"], made["path"]) == ("POST", "/v1/users?limit=10&q=a%20b")
    assert made["body"] == {"name": "it's é!", "next": "a\nb"}
    assert [name.lower() for name in made["headers"]] == ["accept"]


def test_several_commands_are_read() -> None:
    found = read(
        "# users\n$ curl -s https://api.test/users | jq .\n"
        "curl https://api.test/a -o /dev/null && curl -I https://api.test/b; sudo curl api.test/c\nls -l\n"
    )
    assert [one.endpoint["name"] for one in found.candidates] == ["GET /users", "GET /a", "HEAD /b", "GET /c"]
    assert found.base_urls == ("https://api.test", "http://api.test")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("-d a=1 -d 'b=x y'", {"method": "POST", "form": {"a": "1", "b": "x y"}}),
        ("-XPUT -da=1", {"method": "PUT", "form": {"a": "1"}}),
        ("--data-urlencode 'q=a&b' --data-urlencode '=c d'", {"form": {"q": "a&b", "c d": ""}}),
        ("-G -d a=1 --data-urlencode 'b=c d'", {"method": "GET", "path": "/x?a=1&b=c+d"}),
        ("--url-query a=1", {"method": "GET", "path": "/x?a=1"}),
        ("--json '{\"a\": 1}'", {"body": {"a": 1}, "headers": {"Accept": "application/json"}}),
        ("-H 'Content-Type: text/plain' --data-raw '@a ${b}'", {"body": "@a ${b}"}),
        ("-F a=1 -F 'b=2;type=text/plain'", {"method": "POST", "multipart": {"a": "1", "b": "2"}}),
        ("--form-string 'a=@b;c'", {"multipart": {"a": "@b;c"}}),
        ("-m 2.5", {"timeout": "2500ms"}),
        (
            "-A agent/1 -e https://a.test/",
            {"headers": {"User-Agent": "agent/1", "Referer": "https://a.test/"}},
        ),
        ("-H 'X-Empty;' -H 'Accept:' -H 'X-A: ${1}'", {"headers": {"X-Empty": "", "X-A": "$${1}"}}),
        ("-r 0-9", {"headers": {"Range": "bytes=0-9"}}),
        ("-sSLkv --fail -o out.json --retry 3", {"method": "GET"}),
    ],
)
def test_options(options: str, expected: dict[str, Any]) -> None:
    made = endpoint(f"curl {options} https://api.test/x")
    assert {name: made.get(name) for name in expected} == expected


def test_options_that_are_not_taken_over_are_named() -> None:
    found = read("curl -k -x http://proxy:3128 --strange https://api.test/a")
    assert [one.name for one in found.left_out] == ["-k", "-x", "--strange"]


@pytest.mark.parametrize(
    ("options", "mode", "fields"),
    [
        ("-u 'ada:recorded-secret'", "basic", {}),
        ("-H 'Authorization: Bearer recorded-secret'", "bearer", {}),
        ("--oauth2-bearer recorded-secret", "bearer", {}),
        ("-H 'X-Api-Key: recorded-secret'", "api_key", {"api_key_header": "X-Api-Key"}),
    ],
)
def test_secrets_become_the_authentication_of_the_run(
    options: str, mode: str, fields: dict[str, str]
) -> None:
    found = read(f"curl {options} https://api.test/a")
    assert found.auth is not None
    assert (found.auth.mode, found.auth.fields) == (mode, fields)
    assert "headers" not in found.candidates[0].endpoint
    assert "recorded-secret" not in repr(found)


def test_cookies_and_secret_fields_are_asked_for() -> None:
    found = read(
        "curl -b 'id=recorded-secret' -d 'user=a&password=recorded-secret' https://ada:recorded-secret@api.test/a"
    )
    made = found.candidates[0].endpoint
    assert made["headers"] == {"Cookie": "${env.COOKIE}"}
    assert made["form"] == {"user": "a", "password": "${env.PASSWORD}"}
    assert {one.name: one.is_secret for one in found.requested_values} == {"COOKIE": True, "PASSWORD": True}
    assert "recorded-secret" not in repr(found)


def test_files_are_asked_for() -> None:
    text = "curl -H 'Content-Type: application/json' -d @data/order.json https://api.test/a"
    assert endpoint(text)["body_template"] == "${env.FILE_ORDER_JSON}"
    assert [one.name for one in read(text).requested_values] == ["FILE_ORDER_JSON"]
    assert endpoint(text, {"FILE_ORDER_JSON": '{"a":\n 1}'})["body"] == {"a": 1}


def test_files_of_forms_are_asked_for() -> None:
    made = endpoint("curl -F 'photo=@/tmp/cat.png;type=image/png' -F 'text=<note.txt' https://api.test/a")
    assert made["multipart"] == {
        "photo": {"content": "${env.FILE_CAT_PNG}", "filename": "cat.png", "content_type": "image/png"},
        "text": "${env.FILE_NOTE_TXT}",
    }


def test_shell_variables_are_asked_for() -> None:
    text = 'curl "$BASE_URL/users/${USER_ID}?page=$PAGE" -H "X-Tenant: $TENANT" --json \'{"a": "$LITERAL"}\''
    found = read(text)
    made = found.candidates[0].endpoint
    assert made["path"] == "/users/${env.USER_ID}?page=${env.PAGE}"
    assert made["headers"]["X-Tenant"] == "${env.TENANT}"
    assert made["body"] == {"a": "$LITERAL"}
    assert found.base_urls == ()
    assert [one.name for one in found.requested_values] == ["USER_ID", "PAGE", "TENANT"]
    answered = endpoint(text, {"USER_ID": "7", "PAGE": "2", "TENANT": "acme", "BASE_URL": "https://a.test"})
    assert answered["path"] == "/users/7?page=2"


def test_equal_commands_are_one_endpoint_and_names_are_unique() -> None:
    found = read("curl https://a.test/x?a=1\n" * 3 + "curl https://a.test/x?a=2")
    assert [one.endpoint["name"] for one in found.candidates] == ["GET /x", "GET /x (2)"]


@pytest.mark.parametrize(("options", "count"), [("", 1), ("-g ", 0)])
def test_brackets_in_a_path_are_marked(options: str, count: int) -> None:
    assert len(read(f"curl {options}'https://a.test/users/[1-9]'").candidates[0].remarks) == count


def test_destructive_commands_are_not_selected() -> None:
    found = read("curl https://a.test/x\ncurl -X DELETE https://a.test/x/1")
    assert [one.is_selected for one in found.candidates] == [True, False]


@pytest.mark.parametrize(
    "text", ["curl", "curl --version", "curl ftp://a.test/x", "wget https://a.test", "curl 'http://[x'"]
)
def test_commands_without_a_request_are_refused(text: str) -> None:
    with pytest.raises(UnreadableDocument, match="No curl command"):
        read_curl(text, ImportOptions())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("curl https://a.test", True),
        ("\n  $ /usr/bin/curl -s a.test", True),
        ("C:\\tools\\curl.exe a.test", True),
        ("run curl a.test", False),
        ('{"curl ": 1}', False),
    ],
)
def test_commands_are_recognized(text: str, expected: bool) -> None:
    assert is_curl(text) is expected


@pytest.mark.parametrize("part", ["'", "\\", "$a ", "${", "$'\\x41", ' -F "a=b;type', " -H a:b", "^\n"])
@pytest.mark.serial
def test_long_commands_are_read_in_seconds(part: str) -> None:
    started = time.process_time()
    found = read_curl(f"curl https://a.test/x {part * 50_000}", ImportOptions())
    assert len(found.candidates) <= 1_000
    assert time.process_time() - started < 5
