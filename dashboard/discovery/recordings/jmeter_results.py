"""What a JMeter plan reads from responses: extractors become `extract`, assertions become `checks`."""

import re
from collections.abc import Iterator
from typing import Final

from dashboard.discovery.discovered import Json
from dashboard.discovery.recordings.jmeter_tree import PlanElement
from dashboard.model.k6_config import DOCUMENT_LIMITS

_NOT: Final = 4
_OR: Final = 32
_REGEX_TYPES: Final = (1, 2)
_JSON_STEP: Final = re.compile(r"""\.([^.[\]*?()@'"\s]+)|\[['"]([^.[\]'"]+)['"]\]|\[(\d+)\]|\[\*\]""")
_KEY_REGEX: Final = re.compile(
    r"""\\?["']?([A-Za-z_][\w-]*)\\?["']?(?:\\s\*|\s)*:(?:\\s[*+?]|\s)*\\?["']?\(.{1,20}\)\\?["']?,?"""
)
_HEADER_REGEX: Final = re.compile(
    r"\^?([A-Za-z][A-Za-z0-9-]*):(?:\\s[*+]?| )*\((?:\.[*+]\??|\[\^[^\]]{1,10}\][*+]\??|\\S\+)\)\$?"
)
_COOKIE_REGEX: Final = re.compile(
    r"(?:Set-Cookie:.*?)?\b([\w.-]+)=\((?:\[\^;[^\]]*\][*+]|\.[*+]\?)\);?", re.IGNORECASE
)
_PLAIN: Final = re.compile(r"[^\\.*+?()\[\]{}|^$]+")
EXTRACTORS: Final = ("JSONPostProcessor", "JMESPathExtractor", "RegexExtractor")


def extracted_by(element: PlanElement) -> Iterator[tuple[str, Json | None, bool]]:
    """Yield each variable that an extractor sets, its source or None, and whether the source is a guess."""
    if element.tag == "JSONPostProcessor":
        names = element.text("JSONPostProcessor.referenceNames").split(";")
        paths = element.text("JSONPostProcessor.jsonPathExprs").split(";")
        for name, path in zip(names, paths, strict=False):
            yield name.strip(), _body_source(body_path_of(path)), "[*]" in path
    elif element.tag == "JMESPathExtractor":
        name, path = element.text("JMESExtractor.referenceName"), element.text("JMESExtractor.jmesPathExpr")
        yield name.strip(), _body_source(body_path_of(f"$.{path}" if path[:1] != "[" else f"${path}")), False
    else:
        yield element.text("RegexExtractor.refname").strip(), _regex_source(element), True


def body_path_of(json_path: str) -> str | None:
    """Return the path of a simple JSONPath: `$.items[*].id` is the first item. None for filters and the like."""
    text = json_path.strip()
    if not text.startswith("$") or len(text) > DOCUMENT_LIMITS["max_dot_path_characters"]:
        return None
    out, position = "", 1
    while position < len(text):
        step = _JSON_STEP.match(text, position)
        if step is None:
            return None
        key = step[1] or step[2]
        out += f".{key}" if key else f"[{step[3] or 0}]"
        position = step.end()
    return out.removeprefix(".") or None


def _body_source(path: str | None) -> Json | None:
    return {"body_path": path} if path else None


def _regex_source(element: PlanElement) -> Json | None:
    """Return the source that equals a regular expression: `"token":"(.+?)"` is the field token of the body."""
    regex = element.text("RegexExtractor.regex").strip()
    in_headers = element.text("RegexExtractor.useHeaders") == "true"
    if in_headers:
        cookie, header = _COOKIE_REGEX.fullmatch(regex), _HEADER_REGEX.fullmatch(regex)
        if header and header[1].lower() != "set-cookie":
            return {"header": header[1]}
        return {"cookie": cookie[1]} if cookie else None
    key = _KEY_REGEX.fullmatch(regex)
    return {"body_path": key[1]} if key else None


def checks_of(element: PlanElement) -> Json | None:
    """Return the check that equals an assertion; None if there is none."""
    if element.tag == "DurationAssertion":
        text = element.text("DurationAssertion.duration")
        is_number = text.isdecimal() and len(text) < 9
        return {"max_duration_ms": int(text)} if is_number else None
    if element.tag == "JSONPathAssertion":
        path = body_path_of(element.text("JSON_PATH"))
        is_inverted = element.is_true("INVERT") or element.is_true("EXPECT_NULL")
        return {"body_path": path} if path and not is_inverted else None
    return _response_check(element)


def _response_check(element: PlanElement) -> Json | None:
    texts = element.texts("Asserion.test_strings") or element.texts("Assertion.test_strings")
    kind = element.text("Assertion.test_type", "2")
    number = int(kind) if kind.isdecimal() and len(kind) < 4 else _NOT
    if len(texts) != 1 or number & (_NOT | _OR) or "${" in texts[0]:
        return None
    text, field = texts[0], element.text("Assertion.test_field", "Assertion.response_data")
    if field == "Assertion.response_code":
        return {"status": int(text)} if re.fullmatch("[1-5][0-9]{2}", text) else None
    is_plain = number not in _REGEX_TYPES or _PLAIN.fullmatch(text)
    is_text = 0 < len(text) <= DOCUMENT_LIMITS["max_check_text_characters"] and number in (2, 16)
    is_body = field == "Assertion.response_data"
    return {"body_contains": text} if is_body and is_plain and is_text else None
