"""Redirects: every hop is counted as k6 counts it, passes the gate, and carries no secret to another origin."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.k6.conftest import K6, ONCE, CannedResponse, K6Run, Recorder

pytestmark = pytest.mark.k6

REFUSED_HOSTS = json.loads((ROOT / "tests" / "addresses.json").read_bytes())["refused"]
ADDRESS_REFUSED = "1110"  # k6's error code
TAGS = ("op", "group", "name", "status", "method", "expected_response", "error_code")
# In this script k6 follows the redirects, for comparison with the hops that the project's script sends.
FOLLOWED_BY_K6 = """
import http from 'k6/http';
export default () => {
  http.request('%s', '%s/start', 'data', { tags: { name: 'a', op: 'a', group: 'g' }, headers: %s });
};
"""


def redirect(location: str, status: int = 302, cookie: str | None = None) -> CannedResponse:
    headers = {"Location": location} | ({"Set-Cookie": cookie} if cookie else {})
    return CannedResponse(status=status, headers=headers)


def run(k6: K6, url: str, *endpoints: dict[str, Any], **env: str) -> K6Run:
    file = k6.write_document(
        {"endpoints": [{"name": "a", "path": "/start", **one} for one in endpoints or ({},)]}
    )
    result = k6.run({"BASE_URL": url, "ENDPOINTS_FILE": file, **env}, *ONCE)
    assert result.exit_code == 0, result.log
    return result


def hops(result: K6Run) -> list[dict[str, str | None]]:
    return [{tag: sample.get(tag) for tag in TAGS} for sample in result.samples_of("http_reqs")]


def as_foreign(recorder: Recorder) -> str:
    """The URL of the target under another host name."""
    return recorder.url.replace("127.0.0.1", "localhost")


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_hops_are_sent_and_counted_as_k6_does_it(
    k6: K6, recorder: Recorder, tmp_path: Path, method: str, status: int
) -> None:
    recorder.responses.update(
        {"/start": redirect("b/../next?x=1#y", status), "/next": redirect("/end", status)}
    )
    script = tmp_path / "followed.js"
    script.write_text(FOLLOWED_BY_K6 % (method, recorder.url, "{ 'X-A': '1' }"))
    expected = k6.run({}, *ONCE, script=script)
    received_before = [(one.method, one.path, one.body) for one in recorder.received]
    recorder.received.clear()

    result = run(k6, recorder.url, {"method": method, "body": "data", "headers": {"X-A": "1"}})
    assert [(one.method, one.path, one.body) for one in recorder.received] == received_before
    assert hops(result) == hops(expected)
    assert len(result.samples_of("http_req_duration")) == len(expected.samples_of("http_req_duration")) == 3
    assert [sample["value"] for sample in result.samples_of("http_req_failed")] == [0, 0, 0]


@pytest.mark.parametrize("checks", [{}, {"status": 200}, {"status": 200, "max_duration_ms": 5_000}])
def test_checks_see_the_last_response_once(k6: K6, recorder: Recorder, checks: dict[str, Any]) -> None:
    recorder.responses["/start"] = redirect("/end")
    result = run(k6, recorder.url, {"checks": checks}, CHECKS="trend")
    assert [sample["value"] for sample in result.samples_of("op_checks")] == ([1] if checks else [])
    assert [sample["status"] for sample in result.samples_of("http_reqs")] == ["302", "200"]


@pytest.mark.parametrize(
    ("gate", "problem"),
    [
        ({"allowed": ["127.0.0.1"]}, "localhost is not in ALLOWED_TARGETS"),
        ({"token_targets": ["127.0.0.1"]}, "localhost is not in the targets of the token"),
        ({"allowed": ["127.*"], "token_targets": ["*"]}, "localhost is not in ALLOWED_TARGETS"),
        ({"allowed": ["*"], "token_targets": ["127.*"]}, "localhost is not in the targets of the token"),
    ],
)
def test_a_redirect_is_not_followed_to_a_host_that_is_not_allowed(
    k6: K6, recorder: Recorder, foreign: Recorder, gate: dict[str, list[str]], problem: str
) -> None:
    recorder.responses["/start"] = redirect(f"{as_foreign(foreign)}/collect")
    result = run(k6, recorder.url, GATE=json.dumps(gate), SAMPLES="failures")
    assert foreign.received == []
    assert [(sample["status"], sample.get("error_code")) for sample in result.samples_of("http_reqs")] == [
        ("302", None),
        ("0", ADDRESS_REFUSED),
    ]
    assert [sample["value"] for sample in result.samples_of("http_req_failed")] == [0, 1]
    marked = next(line for line in result.log.splitlines() if "k6-dashboard-exchange:" in line)
    exchange = json.loads(base64.b64decode(marked.partition("k6-dashboard-exchange:")[2]))
    assert problem in exchange["response"]["error"]


def test_a_redirect_is_followed_to_an_allowed_host(k6: K6, recorder: Recorder, foreign: Recorder) -> None:
    recorder.responses["/start"] = redirect(f"{as_foreign(foreign)}/collect")
    run(k6, recorder.url, GATE=json.dumps({"allowed": ["127.0.0.1", "local*"], "token_targets": ["*"]}))
    assert [one.path for one in foreign.received] == ["/collect"]


@pytest.mark.parametrize("dry", [{}, {"DRY_RUN": "true"}])
def test_a_redirect_does_not_lead_to_the_dashboard(
    k6: K6, recorder: Recorder, foreign: Recorder, dry: dict[str, str]
) -> None:
    recorder.responses["/start"] = redirect(f"{as_foreign(foreign)}/settings")
    port = int(foreign.url.rpartition(":")[2])
    run(k6, recorder.url, GATE=json.dumps({"own_ports": [port]}), **dry)
    assert foreign.received == []


@pytest.mark.parametrize(
    ("auth", "name"),
    [
        ({"AUTH_TOKEN": "canary"}, "Authorization"),
        ({"AUTH_BASIC_USER": "u", "AUTH_BASIC_PASS": "canary"}, "Authorization"),
        ({"AUTH_API_KEY": "canary"}, "X-Api-Key"),
        ({"AUTH_API_KEY": "canary", "AUTH_API_KEY_HEADER": "X-Tenant"}, "X-Tenant"),
    ],
)
@pytest.mark.parametrize("status", [302, 307])
def test_the_authentication_stays_with_its_origin(
    k6: K6, recorder: Recorder, foreign: Recorder, auth: dict[str, str], name: str, status: int
) -> None:
    recorder.responses.update(
        {
            "/start": redirect("/near", status),
            "/near": redirect(f"{foreign.url}/far", status),
        }
    )
    foreign.responses["/far"] = redirect(f"{recorder.url}/back", status)
    run(k6, recorder.url, **auth)
    assert [(one.path, name in one.headers) for one in recorder.received] == [
        ("/start", True),
        ("/near", True),
        ("/back", False),
    ]
    assert [name in one.headers for one in foreign.received] == [False]


def test_secret_headers_of_an_endpoint_stay_with_their_origin(
    k6: K6, recorder: Recorder, foreign: Recorder
) -> None:
    recorder.responses["/start"] = redirect(f"{foreign.url}/far?x=1")
    secret = {"X-Auth": "a", "X-Signature": "b", "Cookie": "c=d", "X-Session-Id": "e"}
    run(k6, recorder.url, {"headers": {**secret, "Accept-Language": "de"}})
    (sent,) = foreign.received
    assert not secret.keys() & sent.headers.keys()
    assert sent.headers["Accept-Language"] == "de"
    assert sent.headers["Referer"] == f"{recorder.url}/"


def test_k6_itself_sends_headers_to_another_host(
    k6: K6, recorder: Recorder, foreign: Recorder, tmp_path: Path
) -> None:
    """This is why the script, not k6, follows redirects."""
    recorder.responses["/start"] = redirect(f"{as_foreign(foreign)}/far", cookie="sid=canary; Path=/")
    script = tmp_path / "followed.js"
    script.write_text(FOLLOWED_BY_K6 % ("GET", recorder.url, "{ 'X-Api-Key': 'canary' }"))
    k6.run({}, *ONCE, script=script)
    assert foreign.received[0].headers["X-Api-Key"] == "canary"


@pytest.mark.parametrize("cookie", ["sid=canary", "sid=canary; Path=/", "sid=canary; Path=/far"])
def test_cookies_stay_with_their_host(k6: K6, recorder: Recorder, foreign: Recorder, cookie: str) -> None:
    far = f"{as_foreign(foreign)}/far/away"
    recorder.responses.update(
        {
            "/login": redirect("/page", cookie="own=1; Path=/"),
            "/start": redirect(far, cookie=cookie),
        }
    )
    foreign.responses["/far/away"] = redirect("/far/end", cookie="theirs=2; Path=/")
    file = k6.write_document(
        {
            "endpoints": [{"name": "login", "path": "/login"}, {"name": "start", "path": "/start"}],
            "scenarios": [{"name": "s", "steps": [{"ref": "login"}, {"ref": "start"}]}],
        }
    )
    assert k6.run({"BASE_URL": recorder.url, "ENDPOINTS_FILE": file}, *ONCE).exit_code == 0
    assert [one.headers.get("Cookie") for one in recorder.received] == [None, "own=1", "own=1"]
    assert [one.headers.get("Cookie") for one in foreign.received] == [None, "theirs=2"]


@pytest.mark.parametrize("dry", [{}, {"DRY_RUN": "true"}])
def test_a_redirect_does_not_lead_to_a_refused_address(
    k6: K6, recorder: Recorder, dry: dict[str, str]
) -> None:
    locations = [f"http://{f'[{host}]' if ':' in host else host}/" for host in REFUSED_HOSTS]
    recorder.responses.update({f"/{index}": redirect(location) for index, location in enumerate(locations)})
    endpoints = [{"name": f"{index}", "path": f"/{index}"} for index in range(len(locations))]
    steps = [{"ref": endpoint["name"]} for endpoint in endpoints]
    file = k6.write_document({"endpoints": endpoints, "scenarios": [{"name": "s", "steps": steps}]})
    result = k6.run({"BASE_URL": recorder.url, "ENDPOINTS_FILE": file, **dry}, *ONCE)
    for endpoint, location in zip(endpoints, locations, strict=True):
        samples = [sample for sample in result.samples_of("http_reqs") if sample["op"] == endpoint["name"]]
        found = [(sample["status"], sample.get("error_code")) for sample in samples]
        assert set(found) == {("302", None), ("0", ADDRESS_REFUSED)}, location


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "100.100.100.200", "fd00:ec2::254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1"],
)
def test_k6_refuses_an_address_after_it_has_resolved_the_name(k6: K6, address: str) -> None:
    network = {"network": {"hosts": {"rebound.test": address}}}
    file = k6.write_document({"endpoints": [{"name": "a"}], **network})
    result = k6.run({"BASE_URL": "http://rebound.test", "ENDPOINTS_FILE": file}, *ONCE)
    assert [(sample["status"], sample["error_code"]) for sample in result.samples_of("http_reqs")] == [
        ("0", ADDRESS_REFUSED)
    ]


@pytest.mark.parametrize(
    ("env", "message"),
    [
        ({"BASE_URL": "http://169.254.169.254"}, "BASE_URL: 169.254.169.254 is a refused address"),
        ({"BASE_URL": "http://evil.test"}, "BASE_URL: evil.test is not in ALLOWED_TARGETS"),
        (
            {"AUTH_REFRESH_ENDPOINT": "http://evil.test/token"},
            "AUTH_REFRESH_ENDPOINT: evil.test is not in ALLOWED_TARGETS",
        ),
        (
            {
                "AUTH_HOST": "http://evil.test",
                "AUTH_REALM": "r",
                "AUTH_CLIENT_ID": "c",
                "AUTH_CLIENT_SECRET": "s",
            },
            "AUTH_HOST: evil.test is not in ALLOWED_TARGETS",
        ),
    ],
)
def test_the_target_and_the_token_server_pass_the_gate(
    k6: K6, recorder: Recorder, env: dict[str, str], message: str
) -> None:
    gate = json.dumps({"allowed": ["127.0.0.1", "169.254.*"]})
    file = k6.write_endpoints({"name": "a"})
    result = k6.run({"BASE_URL": recorder.url, "ENDPOINTS_FILE": file, "GATE": gate, **env}, *ONCE)
    assert (result.exit_code, recorder.received) == (107, [])
    assert message in result.log


@pytest.mark.parametrize(
    "value", ["@evil.test/", "//evil.test", ":81/", ".evil.test", "\\\\evil.test", "#@evil.test"]
)
def test_a_value_in_a_path_cannot_change_the_host(
    k6: K6, recorder: Recorder, foreign: Recorder, value: str
) -> None:
    recorder.responses["/start"] = CannedResponse(body=json.dumps({"next": value}))
    file = k6.write_document(
        {
            "endpoints": [
                {"name": "first", "path": "/start", "extract": {"next": {"body_path": "next"}}},
                {"name": "second", "path": "${data.next}"},
            ],
            "scenarios": [{"name": "s", "steps": [{"ref": "first"}, {"ref": "second"}]}],
        }
    )
    result = k6.run({"BASE_URL": recorder.url, "ENDPOINTS_FILE": file}, *ONCE)
    assert recorder.received[0].path == "/start"
    assert len(recorder.received) == 2, result.log
