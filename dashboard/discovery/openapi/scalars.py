"""Makes texts and numbers that fit the rules of a schema."""

from collections.abc import Iterator
from typing import Any

from dashboard.discovery.discovered import Json
from dashboard.discovery.openapi.formats import EXAMPLES
from dashboard.discovery.openapi.patterns import texts_for
from dashboard.discovery.openapi.validation import is_number

_MAX_LENGTH = 10_000
_FILLER = "text"


def texts_for_schema(schema: Json) -> Iterator[str]:
    """Yield texts that probably fit, best first."""
    minimum, maximum = _length(schema.get("minLength"), 0), schema.get("maxLength")
    longest = _length(maximum, _MAX_LENGTH) if is_number(maximum) else None
    pattern, name = schema.get("pattern"), schema.get("format")
    if isinstance(name, str) and name in EXAMPLES:
        yield _fitted(EXAMPLES[name], minimum, longest) if name in ("password", "binary") else EXAMPLES[name]
    if isinstance(pattern, str):
        texts = texts_for(pattern, max(minimum, 1), longest)
        yield from texts
        yield from texts_for(pattern, minimum, longest)[:1]
    yield _fitted(_FILLER, minimum, longest)
    if isinstance(name, str) and name in EXAMPLES:
        yield _fitted(EXAMPLES[name], minimum, longest)


def numbers_for(schema: Json, *, is_integer: bool) -> Iterator[int | float]:
    """Yield numbers that probably fit, best first."""
    step = schema.get("multipleOf")
    step = step if is_number(step) and step > 0 else (1 if is_integer else None)
    lower, upper = _bounds(schema)
    for number in (1, 0, lower, upper, *_inside(lower, upper, step)):
        if number is None:
            continue
        rounded = _multiple(number, step, lower)
        yield int(rounded) if is_integer or float(rounded).is_integer() else rounded


def _bounds(schema: Json) -> tuple[Any, Any]:
    """Return the smallest and the largest number, exclusive bounds included."""
    lower = [value for name in ("minimum", "exclusiveMinimum") if is_number(value := schema.get(name))]
    upper = [value for name in ("maximum", "exclusiveMaximum") if is_number(value := schema.get(name))]
    return max(lower, default=None), min(upper, default=None)


def _inside(lower: Any, upper: Any, step: Any) -> list[Any]:
    by = step or 1
    inner = [lower + by, lower + by / 2] if lower is not None else []
    inner += [upper - by, upper - by / 2] if upper is not None else []
    return inner + ([(lower + upper) / 2] if lower is not None and upper is not None else [])


def _multiple(number: Any, step: Any, lower: Any) -> Any:
    """Return the nearest multiple of `step`: the next larger one for the lower bound."""
    if step is None:
        return number
    count = number // step
    if count * step < number and (lower is None or count * step < lower):
        count += 1
    result = count * step
    return round(result, 12) if isinstance(result, float) else result


def _length(value: Any, default: int) -> int:
    return min(int(value), _MAX_LENGTH) if is_number(value) and value >= 0 else default


def _fitted(text: str, minimum: int, maximum: int | None) -> str:
    long_enough = text if len(text) >= minimum else (text * (minimum // len(text) + 1))[:minimum]
    return long_enough if maximum is None else long_enough[:maximum]
