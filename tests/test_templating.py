"""Templates of users: what they may do, and that none computes without bound."""

import pytest

from dashboard.templating import TemplateProblem, check_untrusted, render_untrusted

VALUES = {"text": 'a "b" <c>', "rows": [{"n": 1}, {"n": 2}], "missing": None}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ text | tojson }}", '"a \\"b\\" \\u003cc\\u003e"'),
        ("{% for r in rows %}{{ r.n }}{% if not loop.last %},{% endif %}{% endfor %}", "1,2"),
        ("{{ (missing or 0) | round(1) }} {{ rows | length }} {{ rows[0].n + 1 }}", "0 2 2"),
        ("{{ '<' ~ (rows[0].n | tojson) }}", "<1"),
        ("{{ 'yes' if rows[1].n > 1 else 'no' }}", "yes"),
    ],
)
def test_a_template_chooses_repeats_and_formats(template: str, expected: str) -> None:
    assert render_untrusted(template, VALUES) == expected


@pytest.mark.parametrize(
    "template",
    [
        "{% set a = text ~ text %}",
        "{% with a = text %}{% endwith %}",
        "{% macro m() %}{% endmacro %}",
        "{% include 'x' %}",
        "{{ 'x' * 9999999999 }}",
        "{{ 9 ** 9999999 }}",
        "{{ '%9999999999d' % 1 }}",
        "{{ range(999999999) }}",
        "{{ ''.join(text) }}",
        "{{ text | center(999999999) }}",
        "{{ text | attr('x') }}",
        "{% for a in text %}{% for b in text %}{% for c in text %}{% endfor %}{% endfor %}{% endfor %}",
        "{% for a in rows recursive %}{% endfor %}",
        "{{ text",
        "{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}",
    ],
)
def test_a_template_that_could_compute_without_bound_is_refused(template: str) -> None:
    with pytest.raises(TemplateProblem):
        check_untrusted(template)


@pytest.mark.parametrize(
    "template",
    [
        "{{ text.__class__.__mro__ }}",
        "{{ text['__class__'] }}",
        "{{ nothing }}",
        "{{ 1 / 0 }}",
        "{{ text + 1 }}",
        "{{ text" + " | tojson" * 40 + " }}",
        "{% for a in text %}{% for b in text %}" + "x" * 1_000 + "{% endfor %}{% endfor %}",
    ],
)
def test_a_template_that_fails_names_the_problem(template: str) -> None:
    with pytest.raises(TemplateProblem):
        render_untrusted(template, VALUES)
