"""The texts of text-vectors.json with the real k6: what it refuses, and the bytes that the target receives."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.k6.conftest import K6, ONCE, CannedResponse, K6Run, ReceivedRequest, Recorder
from tests.text_vectors import ACCEPTED, REFUSED, VECTORS, expanded, file_of, name_of

pytestmark = pytest.mark.k6

ENV = {"ENDPOINTS_ENV": "PERCENT", "PERCENT": "100%"}


def run_file(k6: K6, recorder: Recorder, content: bytes, *arguments: str, **env: str) -> K6Run:
    file = k6.folder / "endpoints.json"
    file.write_bytes(content)
    return k6.run({"BASE_URL": recorder.url, "ENDPOINTS_FILE": str(file), **ENV, **env}, *(arguments or ONCE))


def assert_sent(sent: dict[str, Any], received: ReceivedRequest) -> None:
    path, _, query = received.path.partition("?")
    actual = {"path": received.path, "query": query, "body": received.body.decode()}
    for key in ("path", "query", "body"):
        if key in sent:
            assert actual[key] == expanded(sent[key])
    for name, value in sent.get("headers", {}).items():
        assert received.headers[name] == value
    assert "%" not in path.replace("%25", "") or "path" in sent


@pytest.mark.parametrize("vector", ACCEPTED, ids=name_of)
def test_document_is_sent_as_written(k6: K6, recorder: Recorder, vector: dict[str, Any]) -> None:
    recorder.responses["/"] = CannedResponse(body="::")
    run = run_file(k6, recorder, file_of(vector))
    assert run.exit_code == 0, run.log
    [received] = recorder.received
    assert_sent(vector["sent"], received)
    [request] = run.samples_of("http_reqs")
    endpoint = json.loads(file_of(vector))["endpoints"][0]
    assert (request["op"], request["group"]) == (endpoint["name"], endpoint["group"])
    assert run.summary["metrics"]["iterations"]["count"] == 1


@pytest.mark.parametrize("vector", REFUSED, ids=name_of)
def test_refusal_of_a_document_names_the_field(k6: K6, recorder: Recorder, vector: dict[str, Any]) -> None:
    path, message = vector["error"]
    run = run_file(k6, recorder, file_of(vector))
    assert run.exit_code == 107
    assert message in run.log
    assert (f"{path}: " if path else "the endpoints file is ") in run.log
    assert recorder.received == []


def scenario_of(endpoints: list[dict[str, Any]], **more: object) -> bytes:
    """Return a document whose endpoints are sent once in this order."""
    named = [
        {"name": f"E{n}", "group": "g", "method": "POST", **endpoint} for n, endpoint in enumerate(endpoints)
    ]
    steps = [{"ref": endpoint["name"]} for endpoint in named]
    return json.dumps({**more, "endpoints": named, "scenarios": [{"name": "s", "steps": steps}]}).encode()


def bodies_at(recorder: Recorder, prefix: str) -> list[str]:
    return [received.body.decode() for received in recorder.received if received.path.startswith(prefix)]


def test_extracted_values_keep_their_digits(k6: K6, recorder: Recorder) -> None:
    endpoints: list[dict[str, Any]] = []
    for n, vector in enumerate(VECTORS["values"]):
        recorder.responses[f"/from/{n}"] = CannedResponse(body=vector["body"])
        extract = {f"v{n}": {"body_path": vector["path"]}}
        endpoints += [
            {"path": f"/from/{n}", "extract": extract},
            {"path": f"/to/{n}", "body_template": {"v": f"${{data.v{n}}}"}},
        ]
    run_file(k6, recorder, scenario_of(endpoints))
    assert bodies_at(recorder, "/to/") == [f'{{"v":{vector["sent"]}}}' for vector in VECTORS["values"]]


@pytest.mark.parametrize("is_sealed", [False, True])
def test_results_of_the_setup_keep_their_digits(k6: K6, recorder: Recorder, is_sealed: bool) -> None:
    setup: list[dict[str, Any]] = []
    endpoints: list[dict[str, Any]] = []
    for n, vector in enumerate(VECTORS["values"]):
        recorder.responses[f"/from/{n}"] = CannedResponse(body=vector["body"])
        setup.append(
            {"name": str(n), "path": f"/from/{n}", "result_key": f"v{n}", "result_path": vector["path"]}
        )
        endpoints.append({"path": f"/to/{n}", "variables_from_data": {"v": f"v{n}"}})
    teardown = [{"name": "last", "method": "DELETE", "path": "/last/${data.v0}"}]
    content = scenario_of(endpoints, setup=setup, teardown=teardown)
    if is_sealed:
        source = k6.folder / "secrets.env"
        source.write_text(f"SETUP_KEY={'0f' * 32}\n")
        run_file(k6, recorder, content, *ONCE, f"--secret-source=file={source}", SECRETS="SETUP_KEY")
    else:
        run_file(k6, recorder, content)
    assert bodies_at(recorder, "/to/") == [f'{{"v":{vector["sent"]}}}' for vector in VECTORS["values"]]
    assert recorder.received[-1].path == "/last/9007199254740993"


def test_cells_keep_their_digits(k6: K6, recorder: Recorder, tmp_path: Path) -> None:
    cells = [vector["cell"] for vector in VECTORS["cells"]]
    quoted = "".join(f'x,"{cell}"\n' for cell in cells)
    (tmp_path / "cells.csv").write_text(f"a,cell\n{quoted}")
    endpoint: dict[str, Any] = {"name": "A", "group": "g", "method": "POST", "path": "/"}
    endpoint |= {"data_file": "cells", "data_rows": "order"}
    endpoint |= {"body_template": {"v": "${number(row.cell)}"}}
    content = json.dumps({"endpoints": [endpoint]}).encode()
    load = ("--vus", "1", "--iterations", str(len(cells)))
    run_file(k6, recorder, content, *load, DATA_FILES=str(tmp_path))
    assert bodies_at(recorder, "/") == [f'{{"v":{vector["sent"]}}}' for vector in VECTORS["cells"]]


def test_cookies_are_sent_as_browsers_send_them(k6: K6, recorder: Recorder) -> None:
    endpoints: list[dict[str, Any]] = []
    for n, vector in enumerate(VECTORS["cookies"]):
        header = vector["set"].encode().decode("latin-1")
        recorder.responses[f"/c{n}/set"] = CannedResponse(headers={"Set-Cookie": header})
        endpoints += [
            {"path": f"/c{n}/set", "extract": {f"v{n}": {"cookie": "c"}} if vector["extracted"] else {}},
            {"path": f"/c{n}/get", "headers": {"X-Value": f"${{data.v{n}}}"} if vector["extracted"] else {}},
            {"path": f"/c{n}/own", "headers": {"Cookie": "own=1"}},
        ]
    run_file(k6, recorder, scenario_of(endpoints), "--vus", "1", "--iterations", "2")
    got = {received.path: received.headers for received in recorder.received}
    for n, vector in enumerate(VECTORS["cookies"]):
        own = ["own=1", *([vector["sent"]] if vector["sent"] is not None else [])]
        assert cookies(got[f"/c{n}/get"]) == vector["sent"]
        assert cookies(got[f"/c{n}/own"]) == "; ".join(own)
        if vector["extracted"]:
            assert got[f"/c{n}/get"]["X-Value"].encode("latin-1").decode() == vector["extracted"]
    first_of_second = recorder.received[len(endpoints)]
    assert cookies(first_of_second.headers) is None


def cookies(headers: Any) -> str | None:
    value = headers.get("Cookie")
    return None if value is None else value.encode("latin-1").decode()


@pytest.mark.parametrize("change", ['c="new"', "c=plain", 'c=""; Max-Age=0'])
def test_later_cookie_replaces_an_earlier_one(k6: K6, recorder: Recorder, change: str) -> None:
    recorder.responses["/a/1"] = CannedResponse(headers={"Set-Cookie": 'c="x y"'})
    recorder.responses["/a/2"] = CannedResponse(headers={"Set-Cookie": change})
    run_file(k6, recorder, scenario_of([{"path": f"/a/{n}"} for n in (1, 2, 3)]))
    expected = None if "Max-Age" in change else change
    assert [cookies(received.headers) for received in recorder.received] == [None, 'c="x y"', expected]


@pytest.mark.parametrize("vector", VECTORS["targets"], ids=name_of)
def test_k6_accepts_the_same_hosts_as_the_dashboard(k6: K6, vector: dict[str, Any]) -> None:
    file = k6.write_endpoints({})
    env = {"BASE_URL": expanded(vector["url"]), "ENDPOINTS_FILE": file}
    if vector["host"] is None:
        run = k6.run(env, *ONCE)
        assert run.exit_code == 107
        assert "BASE_URL: " in run.log
        return
    assert k6.inspect(env)["maxVUs"] == 2


@pytest.mark.parametrize(
    ("host", "received"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("müller.localhost", "xn--mller-kva.localhost"),
        ("LOCALHOST", "LOCALHOST"),
    ],
)
def test_host_of_the_target_is_received_in_ascii(
    k6: K6, recorder: Recorder, host: str, received: str
) -> None:
    port = recorder.url.rpartition(":")[2]
    hosts = {"xn--mller-kva.localhost": "127.0.0.1"}
    document = {"network": {"hosts": hosts}, "endpoints": [{"name": "A", "path": "/ä%"}]}
    env = {"BASE_URL": f"http://{host}:{port}/b%/ü/", "ENDPOINTS_FILE": k6.write_document(document)}
    run = k6.run(env, *ONCE)
    assert len(recorder.received) == 1, run.log
    [request] = recorder.received
    assert request.headers["Host"] == f"{received}:{port}"
    assert request.path == "/b%25/%C3%BC/%C3%A4%25"


def test_plain_k6_separates_two_colons_in_check_names(k6: K6, recorder: Recorder) -> None:
    recorder.responses["/"] = CannedResponse(body="std::vector")
    endpoint = {"name": "a::b", "group": "c::d", "checks": {"body_contains": "std::vector"}}
    run = k6.run({"BASE_URL": recorder.url, "ENDPOINTS_FILE": k6.write_endpoints(endpoint)}, *ONCE)
    assert [check["check"] for check in run.samples_of("checks")] == ["body contains std: :vector"]
    assert [check["check"] for check in run.samples_of("op_checks")] == ["body contains std::vector"]
    assert [(sample["op"], sample["group"]) for sample in run.samples_of("http_reqs")] == [("a::b", "c::d")]


@pytest.mark.parametrize(
    ("body", "passes"),
    [
        ('\ufeff{"a": 1}', 1),
        ('{"a": 1}', 1),
        ('\ufeff\ufeff{"a": 1}', 0),
        ("\ufeff", 0),
        ('{"a": 1}\ufeff', 0),
        ('{\0"\0a\0"\0:\0001\0}\0', 0),
    ],
)
def test_body_with_a_byte_order_mark_is_json(k6: K6, recorder: Recorder, body: str, passes: int) -> None:
    recorder.responses["/"] = CannedResponse(body=body)
    file = k6.write_endpoints({"checks": {"body_path": "a"}})
    run = k6.run({"BASE_URL": recorder.url, "ENDPOINTS_FILE": file}, *ONCE)
    assert [check["value"] for check in run.samples_of("op_checks")] == [passes]


@pytest.mark.parametrize(
    ("variable", "text", "message"),
    [
        ("NETWORK", '{"redirects": 1, "redirects": 2}', "NETWORK.redirects: occurs twice"),
        ("NETWORK", '{"hosts": {"a": "10.0.0.1", "a": "10.0.0.2"}}', "NETWORK.hosts.a: occurs twice"),
        ("SCENARIOS", '{"a": {"vus": 1, "vus": 2}}', "SCENARIOS.a.vus: occurs twice"),
        ("SCENARIOS", '{"a": NaN}', "SCENARIOS: not valid JSON"),
    ],
)
def test_refusal_of_a_json_variable_names_the_field(k6: K6, variable: str, text: str, message: str) -> None:
    env = {"BASE_URL": "http://127.0.0.1:9", "ENDPOINTS_FILE": k6.write_endpoints({}), variable: text}
    run = k6.run({**env, "LOAD_PROFILE": "custom"}, *ONCE)
    assert run.exit_code == 107
    assert message in run.log


def test_cookie_of_a_redirect_is_sent_to_its_own_origin_only(k6: K6, recorder: Recorder) -> None:
    port = recorder.url.rpartition(":")[2]
    elsewhere = {"Location": f"http://localhost:{port}/elsewhere"}
    home = {"Location": "/home?q=50%", "Set-Cookie": 'c={"a": 1}'}
    recorder.responses["/login"] = CannedResponse(status=302, headers=home)
    recorder.responses["/away"] = CannedResponse(status=307, headers=elsewhere)
    run_file(k6, recorder, scenario_of([{"path": "/login", "method": "GET"}, {"path": "/away"}]))
    assert [(received.path, cookies(received.headers)) for received in recorder.received] == [
        ("/login", None),
        ("/home?q=50%25", 'c={"a": 1}'),
        ("/away", 'c={"a": 1}'),
        ("/elsewhere", None),
    ]
