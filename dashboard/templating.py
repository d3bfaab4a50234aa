"""Jinja2 environments for texts. Templates for SVG (`.svg.j2`) and HTML (`.html.j2`, `.html`) escape values."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.model.json_text import json_text

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

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
