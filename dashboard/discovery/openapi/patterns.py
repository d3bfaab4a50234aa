"""Makes texts that match a regular expression of a schema, in the dialect of JavaScript."""

import re
from dataclasses import dataclass, field

_CLASSES = {
    "d": "0123456789",
    "w": "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_",
    "s": " ",
}
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
# Kinds of characters alternate, so that a text also passes rules for passwords such as (?=.*[A-Z])(?=.*[0-9]).
_PREFERRED = "aA1-bB2_cC3.dD4~eE5fF6gG7hH8iI9jJ0kKlLmMnNoOpPqQrRsStTuUvVwWxXyYzZ"
_SUFFIX = "aA1!"
_CONTROL = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v", "0": "\0"}
_QUANTIFIER = re.compile(r"\{(\d+)(,?)(\d*)\}")
_MAX_PATTERN = 2_000
_MAX_REPEATS = 10_000
_PROPERTIES = {
    "L": "a-zA-Z",
    "Ll": "a-z",
    "Lu": "A-Z",
    "N": "0-9",
    "Nd": "0-9",
    "P": "!-/",
    "Alphabetic": "a-zA-Z",
}


@dataclass(slots=True)
class _PatternNode:
    """A part of a pattern: characters to choose from, or alternatives of sequences, repeated."""

    characters: str = ""
    alternatives: list[list["_PatternNode"]] = field(default_factory=list)
    minimum: int = 1
    maximum: int | None = 1


def to_python(pattern: str) -> str:
    """Return the pattern in the dialect of Python."""
    if re.fullmatch(r"/(\^.*|.*\$)/[a-z]*", pattern, re.DOTALL):  # written with the delimiters of JavaScript
        pattern = pattern[1 : pattern.rindex("/")]
    text = re.sub(r"\(\?<(?=[A-Za-z_])", "(?P<", pattern)
    text = re.sub(r"\\p\{(\w+)\}", _characters_of, text)
    text = re.sub(r"\\u\{([0-9A-Fa-f]+)\}", lambda match: f"\\U{match[1]:0>8}", text)
    return re.sub(r"\\x\{([0-9A-Fa-f]{1,8})\}", lambda match: f"\\U{match[1]:0>8}", text)


def _characters_of(match: re.Match[str]) -> str:
    """Return the characters of a property such as `\\p{L}`, in brackets if it is not part of a class."""
    characters = _PROPERTIES.get(match[1], "a-zA-Z0-9")
    before = re.sub(r"\\.", "", match.string[: match.start()])
    return characters if before.rfind("[") > before.rfind("]") else f"[{characters}]"


def texts_for(pattern: str, min_length: int, max_length: int | None) -> list[str]:
    """Return texts that probably match, the shortest first; none if the pattern cannot be read.

    The caller checks them: look-arounds and back-references are ignored.
    """
    if len(pattern) > _MAX_PATTERN:
        return []
    try:
        root = _Parser(to_python(pattern)).parse()
    except (ValueError, IndexError, RecursionError):
        return []
    extras = [0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, max(0, min_length)]
    texts = [_text_of(root, extra, variant) for variant in (0, 1, 2) for extra in extras]
    texts += [text + _SUFFIX for text in texts[:2]]
    limit = _MAX_REPEATS if max_length is None else max_length
    fitting = [text for text in dict.fromkeys(texts) if min_length <= len(text) <= limit]
    return fitting or list(dict.fromkeys(texts))


def _text_of(node: _PatternNode, extra: int, variant: int) -> str:
    maximum = _MAX_REPEATS if node.maximum is None else node.maximum
    count = min(maximum, node.minimum + extra, _MAX_REPEATS)
    if node.characters:
        return _repeated(node.characters, count)
    if not node.alternatives:
        return ""
    chosen = node.alternatives[variant % len(node.alternatives)]
    once = "".join(_text_of(part, extra, variant) for part in chosen)
    return once * count if len(once) * count <= 4 * _MAX_REPEATS else once * node.minimum


def _repeated(characters: str, count: int) -> str:
    return (characters * (count // len(characters) + 1))[:count]


class _Parser:
    """A parser of one pattern."""

    def __init__(self, pattern: str) -> None:
        self.text = pattern
        self.at = 0

    def parse(self) -> _PatternNode:
        node = self._alternatives()
        if self.at < len(self.text):
            raise ValueError("unbalanced parenthesis")
        return node

    def _alternatives(self) -> _PatternNode:
        node = _PatternNode(alternatives=[[]])
        while self.at < len(self.text) and self.text[self.at] != ")":
            if self.text[self.at] == "|":
                self.at += 1
                node.alternatives.append([])
            else:
                node.alternatives[-1].append(self._quantified(self._atom()))
        return node

    def _atom(self) -> _PatternNode:
        character = self.text[self.at]
        self.at += 1
        if character == "(":
            return self._group()
        if character == "[":
            return _PatternNode(characters=self._class())
        if character == "\\":
            return self._escaped()
        if character in "^$":
            return _PatternNode()
        return _PatternNode(characters=_preferred(_PRINTABLE) if character == "." else character)

    def _group(self) -> _PatternNode:
        is_ignored = False
        if self.text.startswith("?", self.at):
            prefix = re.compile(r"\?(P<\w+>|<=|<!|[:=!]|[a-z-]+:?)").match(self.text, self.at)
            if prefix is None:
                raise ValueError("unknown group")
            is_ignored = prefix[1] in ("=", "!", "<=", "<!")
            self.at = prefix.end()
        node = self._alternatives()
        self.at += 1  # the closing parenthesis
        return _PatternNode() if is_ignored else node

    def _escaped(self) -> _PatternNode:
        character = self.text[self.at]
        if character in "bBAzZ":
            self.at += 1
            return _PatternNode()
        return _PatternNode(characters=self._escape())

    def _escape(self) -> str:
        """Return the characters that an escape stands for, after its backslash."""
        character = self.text[self.at]
        self.at += 1
        if character in _CLASSES:
            return _CLASSES[character]
        if character.lower() in _CLASSES:
            return _preferred(set(_PRINTABLE) - set(_CLASSES[character.lower()]))
        digits = {"x": 2, "u": 4, "U": 8}.get(character)
        if digits:
            self.at += digits
            return chr(int(self.text[self.at - digits : self.at], 16))
        return _CONTROL.get(character, character)

    def _class(self) -> str:
        is_negated = self.text[self.at] == "^"
        self.at += is_negated
        found: list[str] = []
        start = self.at
        while self.text[self.at] != "]" or (self.at == start and "]" in self.text[self.at + 1 :]):
            found.append(self._class_part())
        self.at += 1
        characters = set("".join(found))
        return _preferred(set(_PRINTABLE) - characters if is_negated else characters)

    def _class_part(self) -> str:
        first = self._class_character()
        if len(first) != 1 or self.text[self.at] != "-" or self.text[self.at + 1] == "]":
            return first
        self.at += 1
        last = self._class_character()
        if len(last) != 1:
            return first + last
        return "".join(map(chr, range(ord(first), min(ord(last), ord(first) + 300) + 1)))

    def _class_character(self) -> str:
        character = self.text[self.at]
        self.at += 1
        if character != "\\":
            return character
        if self.text[self.at] == "b":
            self.at += 1
            return "\b"
        return self._escape()

    def _quantified(self, node: _PatternNode) -> _PatternNode:
        character = self.text[self.at] if self.at < len(self.text) else ""
        match = _QUANTIFIER.match(self.text, self.at)
        if character and character in "*+?":
            self.at += 1
            node.minimum, node.maximum = int(character == "+"), 1 if character == "?" else None
        elif match:
            self.at = match.end()
            node.minimum = min(int(match[1]), _MAX_REPEATS)
            node.maximum = node.minimum if not match[2] else int(match[3]) if match[3] else None
        else:
            return node
        if self.at < len(self.text) and self.text[self.at] in "?+":
            self.at += 1
        return node


def _preferred(characters: str | set[str]) -> str:
    """Return the characters in an order in which those without a special meaning in URLs come first."""
    ordered = sorted(
        set(characters), key=lambda one: (_PREFERRED.find(one) if one in _PREFERRED else 999, one)
    )
    return "".join(ordered)
