"""Small JMeter plans for tests."""

from collections.abc import Mapping
from html import escape


def plan(*elements: str, variables: Mapping[str, str] | None = None) -> str:
    """Return a plan with these elements below the test plan."""
    test_plan = element(
        "TestPlan", "Shop plan", arguments(variables or {}, "TestPlan.user_defined_variables")
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<jmeterTestPlan version="1.2" properties="5.0" jmeter="5.6.3">'
        f"<hashTree>{test_plan}<hashTree>{''.join(elements)}</hashTree></hashTree></jmeterTestPlan>"
    )


def element(
    tag: str, name: str, properties: str = "", *below: str, enabled: bool = True, gui: str = ""
) -> str:
    """Return an element with its hash tree. Elements below a test plan are added by `plan`."""
    attributes = f'guiclass="{gui}" testname="{escape(name)}" enabled="{str(enabled).lower()}"'
    tree = "" if tag == "TestPlan" else f"<hashTree>{''.join(below)}</hashTree>"
    return f"<{tag} {attributes}>{properties}</{tag}>{tree}"


def prop(name: str, value: object) -> str:
    """Return a property."""
    return f'<stringProp name="{name}">{escape(str(value))}</stringProp>'


def collection(name: str, *items: str) -> str:
    """Return a property that is a list."""
    return f'<collectionProp name="{name}">{"".join(items)}</collectionProp>'


def item(kind: str, *properties: str) -> str:
    """Return an item of a list."""
    return f'<elementProp name="" elementType="{kind}">{"".join(properties)}</elementProp>'


def arguments(values: Mapping[str, str], name: str = "HTTPsampler.Arguments") -> str:
    """Return arguments, such as parameters of a request or user defined variables."""
    items = [
        item("HTTPArgument", prop("Argument.name", key), prop("Argument.value", value))
        for key, value in values.items()
    ]
    listed = collection("Arguments.arguments", *items)
    return f'<elementProp name="{name}" elementType="Arguments">{listed}</elementProp>'


def sampler(
    name: str = "List users",
    *below: str,
    method: str = "GET",
    path: str = "/users",
    parameters: Mapping[str, str] | None = None,
    body: str | None = None,
    more: str = "",
    domain: str = "api.test",
    enabled: bool = True,
) -> str:
    """Return an HTTP request. `body` is its raw body."""
    sent = arguments({"": body} if body is not None else parameters or {})
    raw = f'<boolProp name="HTTPSampler.postBodyRaw">{str(body is not None).lower()}</boolProp>'
    settings = {"domain": domain, "protocol": "https" if domain else "", "path": path, "method": method}
    properties = "".join(prop(f"HTTPSampler.{key}", value) for key, value in settings.items())
    return element("HTTPSamplerProxy", name, sent + raw + properties + more, *below, enabled=enabled)


def headers(**values: str) -> str:
    """Return a header manager. An underscore in a name stands for a hyphen."""
    items = [
        item("Header", prop("Header.name", key.replace("_", "-")), prop("Header.value", value))
        for key, value in values.items()
    ]
    return element("HeaderManager", "Headers", collection("HeaderManager.headers", *items))


def thread_group(
    *below: str, name: str = "Users", threads: object = 5, ramp_s: object = 10, duration_s: object = 60
) -> str:
    """Return a thread group. Without a duration it has no scheduler."""
    scheduler = f'<boolProp name="ThreadGroup.scheduler">{str(bool(duration_s)).lower()}</boolProp>'
    settings = {"num_threads": threads, "ramp_time": ramp_s, "duration": duration_s}
    properties = "".join(prop(f"ThreadGroup.{key}", value) for key, value in settings.items())
    return element("ThreadGroup", name, properties + scheduler, *below)
