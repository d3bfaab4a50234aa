"""Flux without putting texts together: values are bound as a syntax tree, answers are annotated CSV."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dashboard.replica.errors import Away

MOST_QUOTED = 300


def bound(parameters: Mapping[str, str | int | float]) -> dict[str, Any]:
    """`option params = {…}` as a syntax tree: a query reads `params.name`, whatever text the value is."""
    properties = [
        {
            "type": "Property",
            "key": {"type": "Identifier", "name": name},
            "value": _literal(value),
        }
        for name, value in parameters.items()
    ]
    params = {
        "type": "VariableAssignment",
        "id": {"type": "Identifier", "name": "params"},
        "init": {"type": "ObjectExpression", "properties": properties},
    }
    statement = {"type": "OptionStatement", "assignment": params}
    return {"type": "File", "package": None, "imports": None, "body": [statement]}


def rows_of(lines: Iterable[bytes]) -> Iterator[dict[str, str]]:
    """The rows of annotated CSV; a new header begins after each empty line and annotation."""
    header: list[str] | None = None
    for row in csv.reader(_texts(lines)):
        if not row or row[0].startswith("#"):
            header = None
        elif header is None:
            header = row
        elif header[1:2] == ["error"]:
            raise Away(f"the query failed: {row[1][:MOST_QUOTED]}")
        else:
            yield dict(zip(header[1:], row[1:], strict=False))


def _literal(value: str | float) -> dict[str, Any]:
    if isinstance(value, str):
        return {"type": "StringLiteral", "value": value}
    if isinstance(value, int):
        return {"type": "IntegerLiteral", "value": str(value)}
    return {"type": "FloatLiteral", "value": value}


def _texts(lines: Iterable[bytes]) -> Iterator[str]:
    """Decoded lines with their ends, which InfluxDB writes as CR LF within quoted texts too."""
    rest = b""
    for chunk in lines:
        *whole, rest = (rest + chunk).split(b"\n")
        for one in whole:
            yield one.removesuffix(b"\r").decode("utf-8", "replace") + "\n"
    if rest:
        yield rest.decode("utf-8", "replace")
