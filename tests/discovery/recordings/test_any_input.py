"""Whatever a document contains, the result is either a valid document or an error with a reason."""

import json
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.discovery.discovered import Discovered, ImportOptions, UnreadableDocument
from dashboard.discovery.recordings.access_log import read_log
from dashboard.discovery.recordings.curl import read_curl
from dashboard.discovery.recordings.har import read_har
from dashboard.discovery.recordings.jmeter import read_jmeter
from tests.discovery.documents import valid_document
from tests.discovery.recordings.jmeter_plans import (
    collection,
    element,
    headers,
    item,
    plan,
    prop,
    sampler,
    thread_group,
)

FUZZING = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SPECIAL = [
    *(
        "",
        "$",
        "${",
        "${a}",
        "${__Random(2,1)}",
        "${__P(x)}",
        "a b",
        "é\0\n",
        "\ud800",
        "//x",
        "x://y",
        "%zz",
        "token",
        "id",
    ),
    *(
        "7",
        "12345678901234567890",
        "abc12345-6789",
        "{",
        '{"a": [1.50, NaN]}',
        "a=b&c",
        "http://[",
        "https://a.test:99999/",
    ),
    *(
        "https://u:p@api.test/users/7?api_key=x#f",
        "http://api.test//a",
        "GET",
        "POST",
        "logout",
        "\ue0000\ue001",
        "delete",
    ),
]
texts = st.one_of(st.sampled_from(SPECIAL), st.text(st.characters(exclude_categories=()), max_size=30))
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(), texts),
    lambda children: st.one_of(st.lists(children, max_size=4), st.dictionaries(texts, children, max_size=4)),
    max_leaves=12,
)


def is_valid_or_refused(read: Callable[[], Discovered]) -> None:
    try:
        found = read()
    except UnreadableDocument:
        return
    if any(one.is_selected for one in found.candidates):
        valid_document(found)


@FUZZING
@given(values)
def test_any_json_as_a_har_file(value: Any) -> None:
    is_valid_or_refused(lambda: read_har(value, ImportOptions()))
    is_valid_or_refused(
        lambda: read_har({"log": {"entries": [value, value], "pages": value}}, ImportOptions())
    )


pairs = st.lists(st.fixed_dictionaries({"name": texts, "value": texts}) | values, max_size=4)
types = st.sampled_from(
    ["application/json", "multipart/form-data; boundary=b", "application/x-www-form-urlencoded", "text/html"]
)
urls = (
    st.sampled_from(["https://api.test/users", "https://api.test/users/7", "https://api.test/a?id=7&q=$%7B"])
    | texts
)
entries = st.fixed_dictionaries(
    {
        "startedDateTime": st.sampled_from(["2026-01-01T10:00:00Z", "2026-01-01T11:00:00", "0001-01-01"])
        | values,
        "time": values,
        "request": st.fixed_dictionaries(
            {
                "method": st.sampled_from(["GET", "POST", "put", "DELETE"]) | texts,
                "url": urls,
                "headers": pairs,
                "postData": st.fixed_dictionaries(
                    {"mimeType": types, "text": texts | values.map(repr), "params": pairs}
                )
                | values,
            }
        ),
        "response": st.fixed_dictionaries(
            {
                "status": st.sampled_from([200, 201, 304, 404, 500, 0]) | values,
                "headers": pairs,
                "content": st.fixed_dictionaries(
                    {
                        "mimeType": types,
                        "text": values.map(lambda value: json.dumps(value)),
                        "encoding": texts,
                    }
                ),
            }
        ),
    }
)


@FUZZING
@given(st.lists(entries, min_size=1, max_size=6))
def test_any_entries_of_a_har_file(recorded: list[Any]) -> None:
    is_valid_or_refused(lambda: read_har({"log": {"entries": recorded}}, ImportOptions()))


words = st.sampled_from(
    [
        "-H",
        "-d",
        "--data-urlencode",
        "-F",
        "-u",
        "-X",
        "-G",
        "-m",
        "-T",
        "--json",
        "--next",
        "'",
        '"',
        "\\\n",
        "^\n",
        "`\n",
        "$'",
        '^"',
    ]
)


@FUZZING
@given(st.lists(words | texts, max_size=12), texts)
def test_any_curl_command(parts: list[str], name: str) -> None:
    command = f"curl https://api.test/a {' '.join(parts)}"
    is_valid_or_refused(lambda: read_curl(command, ImportOptions()))
    is_valid_or_refused(
        lambda: read_curl(f"curl.exe {name!r} `\n {command}", ImportOptions(values={"A": name}))
    )


plain = texts.map(
    lambda text: "".join(char for char in text if char >= " " and not "\ud800" <= char <= "\udfff")
)


@FUZZING
@given(st.lists(plain, min_size=12, max_size=12))
def test_any_texts_in_a_jmeter_plan(given_texts: list[str]) -> None:
    name, path, body, header, variable, value, regex, check, number, domain, method, column = given_texts
    extractor = prop("RegexExtractor.refname", variable) + prop("RegexExtractor.regex", regex)
    asserted = collection("Asserion.test_strings", prop("1", check)) + prop("Assertion.test_type", number)
    data_set = prop("filename", value) + prop("variableNames", f"{column},{variable}")
    group = thread_group(
        element("CSVDataSet", name, data_set),
        element("ConstantTimer", name, prop("ConstantTimer.delay", number)),
        sampler(
            name,
            headers(**{"X-A": header}),
            element("RegexExtractor", name, extractor),
            path=path,
            domain=domain,
        ),
        sampler(
            name, element("ResponseAssertion", name, asserted), path=f"/{path}", body=body, method="POST"
        ),
        sampler(name, path="/${" + variable + "}", method=method, parameters={variable: value, "a": column}),
        name=name,
        threads=number,
        ramp_s=number,
        duration_s=number,
    )
    other = element(
        "Arguments",
        name,
        collection("Arguments.arguments", item("Argument", prop("Argument.name", variable))),
    )
    text = plan(group, other, variables={variable: value, column: "${" + variable + "}"})
    is_valid_or_refused(lambda: read_jmeter(text, ImportOptions()))


@FUZZING
@given(st.text(max_size=200))
def test_any_text_as_a_jmeter_plan(text: str) -> None:
    is_valid_or_refused(
        lambda: read_jmeter(f"<jmeterTestPlan><hashTree>{text}</hashTree></jmeterTestPlan>", ImportOptions())
    )
    is_valid_or_refused(lambda: read_jmeter(text, ImportOptions()))


lines = st.one_of(
    st.binary(max_size=60),
    st.tuples(texts, texts, st.integers(0, 999)).map(
        lambda parts: (
            f'1.1.1.1 - - [30/Nov/2026:10:05:07 +0000] "{parts[0]} /{parts[1]} HTTP/1.1" {parts[2]} 1'.encode(
                "utf-8", "replace"
            )
        )
    ),
    st.tuples(texts, values, values, values).map(
        lambda parts: json.dumps(
            {"method": "GET", "path": parts[0], "status": parts[1], "time": parts[2], "host": parts[3]}
        ).encode()
    ),
)


@FUZZING
@given(st.lists(lines, max_size=12))
def test_any_lines_of_a_log(written: list[bytes]) -> None:
    is_valid_or_refused(lambda: read_log(written, ImportOptions()))
    is_valid_or_refused(
        lambda: read_log(
            [b'1 - - [30/Nov/2026:10:05:07 +0000] "GET / HTTP/1.1" 200 1'] * 15 + written, ImportOptions()
        )
    )
