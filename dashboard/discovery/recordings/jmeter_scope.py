"""What applies to the requests below an element of a JMeter plan: defaults, headers, variables, timers, assertions."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from dashboard.discovery.recordings.jmeter_tree import PlanElement
from dashboard.discovery.recordings.jmeter_variables import PlanVariables

HTTP_DEFAULTS: Final = "HttpDefaultsGui"
TIMERS: Final = ("ConstantTimer", "UniformRandomTimer", "GaussianRandomTimer", "PoissonRandomTimer")
CONFIG_TAGS: Final = frozenset(
    {"ConfigTestElement", "HeaderManager", "Arguments", "CSVDataSet", "CookieManager", "AuthManager"}
)
_DATA_NAME: Final = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class CsvFile:
    """The data file that a CSV Data Set reads. `columns` is empty when the file's first line names them."""

    name: str
    path: str
    columns: tuple[str, ...]
    is_shared: bool
    stops: bool


@dataclass(slots=True)
class PlanScope:
    """The configuration that applies at one place of a plan."""

    defaults: tuple[PlanElement, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    variables: PlanVariables = field(default_factory=PlanVariables)
    data_files: tuple[CsvFile, ...] = ()
    timers: tuple[PlanElement, ...] = ()
    assertions: tuple[PlanElement, ...] = ()
    group: str | None = None

    def extended(self, elements: Iterable[PlanElement]) -> "PlanScope":
        """Return the scope below an element that has these children. Their order does not matter."""
        scope = replace(self, headers=dict(self.headers), variables=self.variables)
        for element in elements:
            _add(scope, element)
        return scope


def _add(scope: PlanScope, element: PlanElement) -> None:
    if element.tag == "ConfigTestElement" and element.source.get("guiclass", "") == HTTP_DEFAULTS:
        scope.defaults = (element, *scope.defaults)
    elif element.tag == "HeaderManager":
        scope.headers |= headers_of(element)
    elif element.tag == "Arguments":
        scope.variables = replace(scope.variables, values=scope.variables.values | arguments_of(element))
    elif element.tag == "CSVDataSet" and (csv_file := _csv_file(element)) is not None:
        scope.data_files = (*scope.data_files, csv_file)
        columns = {column: column for column in csv_file.columns}
        scope.variables = replace(scope.variables, columns=scope.variables.columns | columns)
    elif element.tag in TIMERS:
        scope.timers = (*scope.timers, element)
    elif element.tag.endswith("Assertion"):
        scope.assertions = (*scope.assertions, element)


def headers_of(element: PlanElement) -> dict[str, str]:
    """Return the headers of a header manager."""
    items = element.items("HeaderManager.headers")
    pairs = [(item.text("Header.name").strip(), item.text("Header.value")) for item in items]
    return {name: value for name, value in pairs if name}


def arguments_of(element: PlanElement) -> dict[str, str]:
    """Return the user defined variables of an element."""
    items = element.items("Arguments.arguments")
    pairs = [(item.text("Argument.name").strip(), item.text("Argument.value")) for item in items]
    return {name: value for name, value in pairs if name}


def _csv_file(element: PlanElement) -> CsvFile | None:
    path = element.text("filename").strip()
    stem = re.split(r"[/\\]", path)[-1].rpartition(".")[0] or re.split(r"[/\\]", path)[-1]
    name = _DATA_NAME.sub("-", stem).strip("-_")[:60]
    if not name:
        return None
    columns = [column.strip().strip('"') for column in element.text("variableNames").split(",")]
    return CsvFile(
        name=name if name[0].isalpha() else f"data-{name}",
        path=path,
        columns=tuple(column for column in columns if column and "}" not in column),
        is_shared=not element.text("shareMode").lower().endswith("thread"),  # "Current thread" in old plans
        stops=element.is_true("stopThread") and element.text("recycle", "true") == "false",
    )
