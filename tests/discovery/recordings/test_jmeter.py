"""A JMeter plan becomes a scenario for each thread group. What is left out is named."""

from collections.abc import Mapping
from typing import Any

import pytest

from dashboard.discovery.discovered import Discovered, ImportOptions, UnreadableDocument
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


def read(text: str, values: Mapping[str, str] | None = None) -> Discovered:
    found = read_jmeter(text, ImportOptions(values=values or {}))
    if any(one.is_selected for one in found.candidates):
        valid_document(found)
    return found


def read_group(*below: str, values: Mapping[str, str] | None = None, **variables: str) -> Discovered:
    return read(plan(thread_group(*below), variables=variables), values)


def endpoint(*below: str, **variables: str) -> dict[str, Any]:
    return read(plan(thread_group(*below), variables=variables)).candidates[0].endpoint


def left_out(found: Discovered) -> list[str]:
    return [one.name for one in found.left_out]


def test_a_thread_group_becomes_a_scenario() -> None:
    found = read_group(sampler("List"), sampler("Create", method="POST", body='{"name": "Ada"}'))
    assert (found.title, found.base_urls) == ("Shop plan", ("https://api.test",))
    assert found.scenarios == ({"name": "Users", "weight": 5, "steps": [{"ref": "List"}, {"ref": "Create"}]},)
    assert found.candidates[1].endpoint == {
        "name": "Create",
        "group": "users",
        "type": "rest",
        "method": "POST",
        "path": "/users",
        "body": {"name": "Ada"},
        "weight": 3,
    }


def test_parameters_become_the_query_or_a_form() -> None:
    parameters = {"q": "a b", "page": "${page}"}
    assert endpoint(sampler(parameters=parameters), page="2")["path"] == "/users?q=a+b&page=2"
    form = endpoint(sampler(method="POST", parameters={"q": "a b", "n": "${__UUID}"}))["form"]
    assert form == {"q": "a b", "n": "${uuid}"}


def test_files_become_a_multipart_body() -> None:
    files = collection(
        "HTTPFileArgs.files",
        item(
            "HTTPFileArg",
            prop("File.path", "/tmp/cat.png"),
            prop("File.paramname", "photo"),
            prop("File.mimetype", "image/png"),
        ),
    )
    found = read_group(
        sampler(
            method="POST",
            parameters={"a": "1"},
            more=f'<elementProp name="HTTPsampler.Files">{files}</elementProp>',
        )
    )
    assert found.candidates[0].endpoint["multipart"] == {
        "a": "1",
        "photo": {"content": "", "filename": "cat.png", "content_type": "image/png"},
    }
    assert "does not contain the file" in found.candidates[0].remarks[0].message


def test_defaults_and_headers_apply_below_them() -> None:
    defaults = element(
        "ConfigTestElement",
        "Defaults",
        prop("HTTPSampler.domain", "${host}")
        + prop("HTTPSampler.protocol", "http")
        + prop("HTTPSampler.port", "8080"),
        gui="HttpDefaultsGui",
    )
    found = read(
        plan(
            thread_group(
                sampler("One", headers(X_B="own", Content_Length="1"), domain=""),
                headers(X_A="a", X_B="group"),
            ),
            defaults,
            variables={"host": "shop.test"},
        )
    )
    assert found.base_urls == ("http://shop.test:8080",)
    assert found.candidates[0].endpoint["headers"] == {"X-A": "a", "X-B": "own"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${__UUID}", "${uuid}"),
        ("${__UUID()}", "${uuid}"),
        ("${__time}", "${timestamp}"),
        ("${__time(,)}", "${timestamp}"),
        ("${__Random(1, 9)}", "${randomInt(1,9)}"),
        ("a-${__Random(1,9,x)}-${b}", "a-${randomInt(1,9)}-B"),
        ("${nested}", "B-B"),
        ("${missing}", "${env.missing}"),
        ("${__P(size,7)}", "7"),
        ("${__P(size)}", "${env.size}"),
        ("$ {b} $$", "$ {b} $$"),
    ],
)
def test_variables_and_functions(text: str, expected: str) -> None:
    made = endpoint(sampler("A", headers(X_A=text)), b="B", nested="${b}-${b}")
    assert made["headers"] == {"X-A": expected}


def test_numbers_of_json_bodies_can_be_variables() -> None:
    made = endpoint(sampler(method="POST", body='{"a": "${__UUID}", "b": "$ {x}"}'))
    assert made["body_template"] == {"a": "${uuid}", "b": "$ {x}"}
    text = endpoint(
        sampler("A", headers(Content_Type="application/json"), method="POST", body='{"a": ${__Random(1,9)}}')
    )
    assert text["body_template"] == '{"a": ${randomInt(1,9)}}'


def test_missing_values_are_asked_for() -> None:
    text = plan(thread_group(sampler(path="/users/${user_id}?token=${api_token}")))
    found = read(text)
    assert {one.name: one.is_secret for one in found.requested_values} == {
        "user_id": False,
        "api_token": True,
    }
    answered = read(text, {"user_id": "7", "api_token": "recorded-secret"}).candidates[0].endpoint
    assert answered["path"] == "/users/7?token=${env.api_token}"


def test_a_function_without_counterpart_is_marked() -> None:
    found = read_group(sampler("Ok"), sampler("A", headers(X_A="${__groovy(1+1)}")))
    assert not found.candidates[1].is_selected
    assert "${__groovy(1+1)} has no counterpart" in found.candidates[1].remarks[0].message
    assert found.candidates[1].endpoint["headers"] == {"X-A": "$${__groovy(1+1)}"}


def csv_data_set(**settings: str) -> str:
    values = {"filename": "data/my users.csv", "variableNames": "user,city", "recycle": "true", **settings}
    return element("CSVDataSet", "Users", "".join(prop(name, value) for name, value in values.items()))


def test_a_csv_data_set_becomes_a_data_file() -> None:
    found = read_group(csv_data_set(), sampler(path="/users/${user}"), sampler("Other"))
    made = found.candidates[0].endpoint
    assert (made["path"], made["data_file"], made["data_rows"]) == ("/users/${row.user}", "my-users", "order")
    assert 'Upload data/my users.csv as the data file "my-users" with the columns user, city.' in (
        found.candidates[0].remarks[0].message
    )
    assert "data_file" not in found.candidates[1].endpoint


@pytest.mark.parametrize(
    ("mode", "rows"),
    [
        ("shareMode.all", "order"),
        ("All threads", "order"),
        ("shareMode.group", "order"),
        ("shareMode.thread", "vu"),
    ],
)
def test_rows_that_threads_share_are_assigned_in_order(mode: str, rows: str) -> None:
    assert endpoint(csv_data_set(shareMode=mode), sampler(path="/users/${user}"))["data_rows"] == rows


def test_a_csv_data_set_that_ends_the_threads_ends_the_run() -> None:
    made = endpoint(csv_data_set(recycle="false", stopThread="true"), sampler(path="/users/${user}"))
    assert made["data_end"] == "stop"


def json_extractor(names: str, paths: str) -> str:
    settings = {"referenceNames": names, "jsonPathExprs": paths, "match_numbers": "1"}
    return element(
        "JSONPostProcessor",
        "Extract",
        "".join(prop(f"JSONPostProcessor.{k}", v) for k, v in settings.items()),
    )


def regex_extractor(name: str, regex: str, in_headers: str = "false") -> str:
    settings = {"refname": name, "regex": regex, "useHeaders": in_headers, "template": "$1$"}
    return element(
        "RegexExtractor", "Extract", "".join(prop(f"RegexExtractor.{k}", v) for k, v in settings.items())
    )


def test_extracted_values_are_used_by_later_requests() -> None:
    found = read_group(
        sampler(
            "Create", json_extractor("orderId;first", "$.data['id'];$.items[*].id"), method="POST", body="{}"
        ),
        sampler("Get", path="/orders/${orderId}/${first}"),
        sampler("Delete", path="/orders/${orderId}", method="DELETE"),
    )
    create, get, delete = (one.endpoint for one in found.candidates)
    assert create["extract"] == {"orderId": {"body_path": "data.id"}, "first": {"body_path": "items[0].id"}}
    assert (get["path"], delete["path"]) == (
        "/orders/${data.orderId}/${data.first}",
        "/orders/${data.orderId}",
    )
    assert len(found.scenarios[0]["steps"]) == 3


@pytest.mark.parametrize(
    ("regex", "in_headers", "source"),
    [
        ('"access_token":"(.+?)"', "false", {"body_path": "access_token", "secret": True}),
        (r'"access_token"\s*:\s*"([^"]+)"', "false", {"body_path": "access_token", "secret": True}),
        ("X-Token: (.+)", "true", {"header": "X-Token", "secret": True}),
        ("sid=([^;]+)", "true", {"cookie": "sid", "secret": True}),
    ],
)
def test_simple_regular_expressions_become_sources(
    regex: str, in_headers: str, source: dict[str, Any]
) -> None:
    login = sampler("Login", regex_extractor("token", regex, in_headers), method="POST", body="{}")
    found = read_group(login, sampler("Me", headers(Authorization="Bearer ${token}")))
    assert found.candidates[0].endpoint["extract"] == {"token": source}
    assert found.candidates[1].endpoint["headers"] == {"Authorization": "Bearer ${data.token}"}
    assert "is a guess" in found.candidates[0].remarks[0].message
    assert found.auth is None


def test_a_header_of_the_group_is_sent_once_its_value_is_known() -> None:
    found = read_group(
        headers(Authorization="Bearer ${token}", X_A="a"),
        sampler("Login", json_extractor("token", "$.token"), method="POST", body="{}"),
        sampler("Me"),
    )
    assert [one.endpoint["headers"] for one in found.candidates] == [
        {"X-A": "a"},
        {"Authorization": "Bearer ${data.token}", "X-A": "a"},
    ]
    assert found.requested_values == ()


def test_extractors_without_counterpart_are_named() -> None:
    found = read_group(
        sampler(
            "A",
            json_extractor("a", "$..id"),
            regex_extractor("b", "id=(\\d+) of <(.*)>"),
            element("BoundaryExtractor", "Bounds"),
        )
    )
    assert left_out(found) == [
        "JSONPostProcessor Extract",
        "RegexExtractor Extract",
        "BoundaryExtractor Bounds",
    ]


def test_a_value_of_another_thread_group_is_asked_for() -> None:
    text = plan(
        thread_group(sampler("Login", json_extractor("id", "$.id")), name="One"),
        thread_group(sampler("Get", path="/users/${id}"), name="Two"),
    )
    found = read(text)
    assert found.candidates[1].endpoint["path"] == "/users/${env.id}"
    assert [scenario["name"] for scenario in found.scenarios] == ["One", "Two"]


def assertion(text: str, field: str = "response_data", kind: int = 16) -> str:
    properties = collection("Asserion.test_strings", prop("1", text))
    return element(
        "ResponseAssertion",
        "Assert",
        properties
        + prop("Assertion.test_field", f"Assertion.{field}")
        + f'<intProp name="Assertion.test_type">{kind}</intProp>',
    )


def test_assertions_become_checks() -> None:
    made = endpoint(
        assertion("201", "response_code", 8),
        sampler(
            "A",
            assertion('"name"'),
            element("DurationAssertion", "Fast", prop("DurationAssertion.duration", 500)),
            element("JSONPathAssertion", "Path", prop("JSON_PATH", "$.user.id")),
            method="POST",
        ),
    )
    assert made["checks"] == {
        "status": 201,
        "body_contains": '"name"',
        "max_duration_ms": 500,
        "body_path": "user.id",
    }


@pytest.mark.parametrize(
    "below",
    [
        assertion("a", kind=20),
        assertion("a.*b", kind=2),
        assertion("a", "response_message"),
        element("SizeAssertion", "Assert"),
    ],
)
def test_assertions_without_counterpart_are_named(below: str) -> None:
    found = read_group(sampler("A", below))
    assert "checks" not in found.candidates[0].endpoint
    assert left_out(found) in (["ResponseAssertion Assert"], ["SizeAssertion Assert"])


def timer(tag: str, delay: object, spread: object = "") -> str:
    return element(tag, "Pause", prop("ConstantTimer.delay", delay) + prop("RandomTimer.range", spread))


def test_timers_become_think_times() -> None:
    found = read_group(
        timer("ConstantTimer", "${pause}"),
        sampler("A"),
        sampler("B", timer("UniformRandomTimer", 100, 400)),
        element(
            "TestAction", "Wait", prop("ActionProcessor.action", 1) + prop("ActionProcessor.duration", 2000)
        ),
        sampler("C"),
        pause="500",
    )
    assert found.scenarios[0]["steps"] == [
        {"ref": "A", "think_time": "800ms"},
        {"ref": "B", "think_time": "2500ms"},
        {"ref": "C", "think_time": "500ms"},
    ]


def test_transactions_become_groups_and_other_controllers_are_named() -> None:
    found = read_group(
        element(
            "TransactionController",
            "Check out",
            "",
            sampler("A"),
            element("GenericController", "Plain", "", sampler("B")),
        ),
        element("LoopController", "Three times", "", sampler("C")),
        element("IfController", "Maybe", "", sampler("D")),
        element("JDBCSampler", "Query"),
        element("JSR223PreProcessor", "Script"),
        element("ResultCollector", "Tree"),
    )
    assert [one.endpoint["group"] for one in found.candidates] == ["Check out", "Check out", "users", "users"]
    assert left_out(found) == [
        *(
            "LoopController Three times",
            "IfController Maybe",
            "JDBCSampler Query",
            "JSR223PreProcessor Script",
            "Listeners",
        ),
    ]


def test_disabled_elements_are_left_out() -> None:
    found = read_group(
        sampler("A"),
        sampler("B", enabled=False),
        element("LoopController", "Off", "", sampler("C"), enabled=False),
    )
    assert [one.endpoint["name"] for one in found.candidates] == ["A"]
    assert [(one.name, one.count) for one in found.left_out] == [("Disabled elements", 2)]


def test_secrets_are_masked_and_asked_for() -> None:
    found = read_group(
        sampler(
            "A",
            headers(Authorization="Bearer recorded-secret"),
            method="POST",
            body='{"password": "recorded-secret"}',
        ),
        element("AuthManager", "Auth"),
    )
    assert found.auth is not None
    assert found.auth.mode == "bearer"
    assert found.candidates[0].endpoint["body_template"] == {"password": "${env.PASSWORD}"}
    assert "recorded-secret" not in repr(found)


def test_secret_variables_are_not_filled_in() -> None:
    found = read_group(sampler(path="/a?q=${db_password}"), db_password="recorded-secret")
    assert found.candidates[0].endpoint["path"] == "/a?q=${env.db_password}"
    assert "recorded-secret" not in repr(found)


def test_settings_of_a_request() -> None:
    more = (
        prop("HTTPSampler.response_timeout", 5000)
        + '<boolProp name="HTTPSampler.follow_redirects">false</boolProp>'
    )
    made = endpoint(sampler(more=more))
    assert (made["timeout"], made["redirects"]) == ("5000ms", 0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<a/>", "no JMeter plan"),
        ("<jmeterTestPlan>", "The XML is damaged: no element found: line 1"),
        ("<jmeterTestPlan/>", "no JMeter plan"),
        (plan(), "no HTTP request"),
        (plan(thread_group(sampler(enabled=False))), "no HTTP request"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><jmeterTestPlan>&b;</jmeterTestPlan>', "DTD or entities"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><jmeterTestPlan/>', "DTD or entities"),
        (plan("<a/><hashTree>" * 200 + "</hashTree>" * 200), "more than 100 levels"),
    ],
)
def test_other_documents_are_refused(text: str, message: str) -> None:
    with pytest.raises(UnreadableDocument, match=message):
        read_jmeter(text, ImportOptions())
