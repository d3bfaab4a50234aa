"""About 500 texts that attempt injection (HTML, Markdown, formulas) or break fragile code."""

from itertools import product

CALL = "window.pwned=1"
_OPENERS = (
    *(
        "",
        '"',
        "'",
        "`",
        ">",
        '">',
        "'>",
        "-->",
        "*/",
        "]]>",
        "</title>",
        "</script>",
        "</style>",
        "</textarea>",
    ),
    *("</svg>", "</text>", "</pre>", "</code>", "\n\n", "|", "](", "```\n"),
)
_SCRIPTS = (
    f"<script>{CALL}</script>",
    f"<img src=x onerror={CALL}>",
    f"<svg onload={CALL}>",
    f"<svg><script>{CALL}</script></svg>",
    "<iframe srcdoc='<script>parent.pwned=1</script>'>",
    f"<a href=javascript:{CALL}>x</a>",
    f"<details open ontoggle={CALL}>",
    f"<body onload={CALL}>",
    f"<style>@import 'javascript:{CALL}'</style>",
    f"<math><mi xlink:href=javascript:{CALL}>x",
    f" onmouseover={CALL} ",
    f"[x](javascript:{CALL})",
    f"![x](x onerror={CALL})",
    f"<!--<script>{CALL}</script>-->",
    f"<![CDATA[<script>{CALL}</script>]]>",
    f"<scr<script>ipt>{CALL}</scr</script>ipt>",
    f"&lt;script&gt;{CALL}&lt;/script&gt;",
    f"<link rel=stylesheet href=data:,*{{x:expression({CALL})}}>",
    f"<meta http-equiv=refresh content=0;url=javascript:{CALL}>",
    f"<object data=javascript:{CALL}>",
    f"<input autofocus onfocus={CALL}>",
)
_FORMULAS = tuple(
    f"{start}{rest}"
    for start, rest in product(
        "=+-@\t＝＋－＠", ("1+1", "cmd|' /C calc'!A0", 'HYPERLINK("http://evil.example")', "SUM(A1:A9)")
    )
)
_ODD = (
    *(
        "${7*7}",
        "{{7*7}}",
        "<%= 7*7 %>",
        "%s%n%x",
        "../../etc/passwd",
        "@everyone",
        "#1",
        "www.evil.example",
        "~~x~~",
    ),
    *(
        "a|b|c",
        "\\|",
        "a\\",
        "`",
        "``",
        "``` x",
        "<b>",
        "&amp;",
        "&#x3c;script&#x3e;",
        "null",
        "undefined",
        "NaN",
        "__proto__",
    ),
    *(
        "constructor",
        "\u202eevil",
        "\u200bx",
        "\ufeffx",
        "日本語",
        "🦊",
        "e\u0301",
        "﷽",
        "İ",
        "\u2028x",
        "\u2029x",
        "\x85x",
    ),
    *(
        "\\u003cscript\\u003e",
        "</script\n>",
        "<\u2028script>",
        "<!--",
        "-->",
        "]]>",
        "%3Cscript%3E",
        "'; DROP TABLE runs; --",
    ),
)


def hostile_texts() -> list[str]:
    """Return all texts without duplicates. None contains NUL or a lone surrogate, which the API rejects."""
    injections = [opener + script for opener, script in product(_OPENERS, _SCRIPTS)]
    return list(dict.fromkeys([*injections, *_FORMULAS, *_ODD]))
