"""Jinja2 environments for texts. Templates for SVG (`.svg.j2`) and HTML (`.html.j2`, `.html`) escape values."""

from collections.abc import Callable, Mapping
from functools import cache, wraps
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.model.json_text import json_text

if TYPE_CHECKING:
    from jinja2 import Environment, nodes
    from jinja2.sandbox import SandboxedEnvironment
    from markupsafe import Markup

MAX_UNTRUSTED_BYTES = 64 * 1024
MAX_LOOP_DEPTH = 2
# A template of a user may choose, repeat and format values. Whatever could compute without bound is left out:
# assignments, macros, calls, multiplication, ranges, and filters that multiply text.
_NODES = frozenset(
    {
        *(
            "Template",
            "Output",
            "TemplateData",
            "Name",
            "Const",
            "Getattr",
            "Getitem",
            "Slice",
            "Filter",
            "Test",
        ),
        *(
            "If",
            "For",
            "CondExpr",
            "Compare",
            "Operand",
            "And",
            "Or",
            "Not",
            "Neg",
            "Add",
            "Sub",
            "Div",
            "Concat",
        ),
        *("List", "Dict", "Pair", "Tuple"),
    }
)
_FILTERS = frozenset(
    {
        *(
            "d",
            "default",
            "first",
            "float",
            "int",
            "join",
            "last",
            "length",
            "lower",
            "round",
            "title",
            "tojson",
        ),
        *("trim", "upper"),
    }
)
_LINE_SEPARATORS = {0x2028: "\\u2028", 0x2029: "\\u2029"}


def render(folder: Path, name: str, **values: object) -> str:
    """Render the template `name` in `folder` with `values` as text."""
    return _text_environment(folder).get_template(name).render(**values)


def render_page(folder: Path, name: str, **values: object) -> str:
    """Render the built page `name` in `folder` with `values`. Raises FileNotFoundError."""
    from jinja2 import TemplateNotFound

    try:
        template = _page_environment(folder).get_template(name)
    except TemplateNotFound:
        raise FileNotFoundError(folder / name) from None
    return template.render(**values)


class TemplateProblem(ValueError):
    """A template of a user cannot be used. The message names the reason."""


def check_untrusted(template: str) -> None:
    """Check a template of a user without rendering it. Raises TemplateProblem."""
    from jinja2 import TemplateSyntaxError

    try:
        _check_nodes(_untrusted_environment().parse(template), 0)
    except TemplateSyntaxError as error:
        raise TemplateProblem(f"line {error.lineno}: {error.message}") from None
    except RecursionError:
        raise TemplateProblem("is nested too deeply") from None


def render_untrusted(template: str, values: Mapping[str, object]) -> str:
    """Render a template of a user in a sandbox. Raises TemplateProblem."""
    from jinja2 import TemplateError

    check_untrusted(template)
    parts: list[str] = []
    size = 0
    try:
        for part in _untrusted_environment().from_string(template).generate(values):
            size += len(part)
            if size > MAX_UNTRUSTED_BYTES:
                raise TemplateProblem(f"renders more than {MAX_UNTRUSTED_BYTES} characters")
            parts.append(part)
    except TemplateError as error:
        raise TemplateProblem(str(error)) from None
    except (ArithmeticError, TypeError, ValueError, RecursionError) as error:
        raise TemplateProblem(f"cannot be rendered: {error}") from None
    return "".join(parts)


def _check_nodes(node: "nodes.Node", loops: int) -> None:
    from jinja2 import nodes

    kind = type(node).__name__
    lineno = getattr(node, "lineno", 1)
    if kind not in _NODES:
        raise TemplateProblem(f"line {lineno}: {kind} is not supported")
    if isinstance(node, nodes.Filter) and node.name not in _FILTERS:
        raise TemplateProblem(
            f"line {lineno}: the filter {node.name} is not supported. Use one of {', '.join(sorted(_FILTERS))}"
        )
    if isinstance(node, nodes.For):
        loops += 1
        if loops > MAX_LOOP_DEPTH or node.recursive:
            raise TemplateProblem(f"line {lineno}: loops can be nested {MAX_LOOP_DEPTH} deep")
    for child in node.iter_child_nodes():
        _check_nodes(child, loops)


@cache
def _untrusted_environment() -> "SandboxedEnvironment":
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    environment.globals.clear()
    environment.filters = {name: _limited(environment.filters[name]) for name in _FILTERS}
    environment.policies["json.dumps_function"] = lambda data, **_: json_text(data)
    return environment


def _limited(apply: Callable[..., object]) -> Callable[..., object]:
    """Return a filter that refuses a long result: `tojson | tojson | …` doubles its text every time."""

    @wraps(apply)
    def limited(*arguments: object, **options: object) -> object:
        result = apply(*arguments, **options)
        if not isinstance(result, str):
            return result
        if len(result) > MAX_UNTRUSTED_BYTES:
            raise TemplateProblem(f"renders more than {MAX_UNTRUSTED_BYTES} characters")
        return str(result)  # plain text: the markup of `tojson` would escape what it is combined with

    return limited


def trusted_html(rendered: str) -> "Markup":
    """Mark the output of a template that escapes its values, so that another template does not escape it again."""
    from markupsafe import Markup

    return Markup(rendered)  # noqa: S704 - see above


@cache
def _text_environment(folder: Path) -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=select_autoescape(("svg.j2", "html.j2")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@cache
def _page_environment(folder: Path) -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    # The default delimiters `{{` and `{#` occur in the minified JavaScript of a built page.
    environment = Environment(
        variable_start_string="%{{",
        variable_end_string="}}%",
        block_start_string="%{%",
        block_end_string="%}%",
        comment_start_string="%{#",
        comment_end_string="#}%",
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    # U+2028 and U+2029 end a line in JavaScript, so they are escaped although the data is not executed.
    environment.policies["json.dumps_function"] = lambda data, **_: json_text(data).translate(
        _LINE_SEPARATORS
    )
    return environment
