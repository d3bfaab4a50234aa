"""Messages for the validation errors of pydantic."""

from pydantic_core import ErrorDetails

_MESSAGES = {
    "missing": "is missing",
    "extra_forbidden": "is not a known field",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "string_type": "must be text",
    "string_unicode": "must be text",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "list_type": "must be a list",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have at least {min_length} entry",
    "too_long": "must have at most {max_length} entries",
    "literal_error": "must be one of {expected}",
    "string_pattern_mismatch": "must match the pattern {pattern}",
    "value_error": "{error}",
}


def message_of(entry: ErrorDetails) -> str:
    """Return the message of one error. It completes a sentence that starts with the name of the field."""
    if entry["type"] == "string_too_short" and (entry.get("ctx") or {}).get("min_length") == 1:
        return "must not be empty"
    template = _MESSAGES.get(entry["type"])
    if template is None:
        return entry["msg"]
    return template.format_map(entry.get("ctx") or {})
