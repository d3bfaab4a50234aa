"""Splits pasted commands into words by the rules of bash, cmd or PowerShell. Nothing is run or expanded."""

import re
from collections.abc import Iterator
from typing import Final

from dashboard.discovery.recordings.placeholders import END, START, without_placeholders

_VARIABLE: Final = re.compile(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))")
_ESCAPES: Final = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "0": "\0",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "e": "\x1b",
}
_CODE: Final = re.compile(r"x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3})")
_CMD: Final = re.compile(r'\^[ \t]*\n|\^"')
_POWERSHELL: Final = re.compile(r"`[ \t]*\n|\bcurl\.exe\b")


class _Words:
    """Collects the words of commands, character by character."""

    def __init__(self) -> None:
        self.commands: list[list[str]] = [[]]
        self._word: list[str] | None = None

    def add(self, text: str) -> None:
        """Add to the current word. An empty text makes an empty word, as quotes do."""
        if self._word is None:
            self._word = []
        self._word.append(text)

    @property
    def is_in_word(self) -> bool:
        """Whether the last character belongs to a word."""
        return self._word is not None

    def end_word(self) -> None:
        if self._word is not None:
            self.commands[-1].append("".join(self._word))
            self._word = None

    def end_command(self) -> None:
        self.end_word()
        if self.commands[-1]:
            self.commands.append([])


def split_commands(text: str) -> list[list[str]]:
    """Return the words of each command in `text`, of any shell. A shell variable becomes a placeholder."""
    plain = without_placeholders(text.replace("\r\n", "\n"))
    if _CMD.search(plain):
        commands = _split_cmd(plain)
    elif _POWERSHELL.search(plain):
        commands = _split(plain, escape="`")
    else:
        commands = _split(plain, escape="\\")
    return [words for words in commands if words]


def _split(text: str, escape: str) -> list[list[str]]:
    """Split by the rules of bash (`\\` escapes) or PowerShell (a backtick escapes)."""
    words, position, is_bash = _Words(), 0, escape == "\\"
    while position < len(text):
        char = text[position]
        if char == escape:
            position = _add_escaped(words, text, position + 1)
        elif char == "'" or (is_bash and text.startswith("$'", position)):
            position = _add_single_quoted(words, text, position, is_bash)
        elif char == '"':
            position = _add_double_quoted(words, text, position + 1, escape)
        elif char == "$" and (variable := _VARIABLE.match(text, position)):
            words.add(f"{START}{variable[1] or variable[2]}{END}")
            position = variable.end()
        elif char == "#" and not words.is_in_word:
            position = _end_of_line(text, position)
        else:
            _add_plain(words, char)
            position += 1
    words.end_word()
    return words.commands


def _add_plain(words: _Words, char: str) -> None:
    if char in " \t":
        words.end_word()
    elif char in "\n;|&":
        words.end_command()
    else:
        words.add(char)


def _add_escaped(words: _Words, text: str, position: int) -> int:
    """Add the character after an escape. An escaped line break continues the command."""
    line_break = re.compile(r"[ \t]*\n(?:>[ \t]+)?").match(text, position)
    if line_break:
        words.end_word()
        return line_break.end()
    words.add(text[position : position + 1])
    return position + 1


def _add_single_quoted(words: _Words, text: str, position: int, is_bash: bool) -> int:
    if is_bash and text[position] == "$":
        return _add_ansi_quoted(words, text, position + 2)
    end = text.find("'", position + 1)
    while not is_bash and end != -1 and text.startswith("''", end):
        end = text.find("'", end + 2)
    end = len(text) if end == -1 else end
    content = text[position + 1 : end]
    words.add(content if is_bash else content.replace("''", "'").replace('\\"', '"'))
    return end + 1


def _add_ansi_quoted(words: _Words, text: str, position: int) -> int:
    """Add the content of `$'…'`, as Chrome copies texts with special characters."""
    out: list[str] = []
    while position < len(text) and text[position] != "'":
        if text[position] != "\\":
            out.append(text[position])
            position += 1
        elif code := _CODE.match(text, position + 1):
            digits = code[1] or code[2] or code[3]
            number = int(digits, 16) if digits else int(code[4], 8)
            out.append(chr(number) if number <= 0x10FFFF else "\ufffd")
            position = code.end()
        else:
            char = text[position + 1 : position + 2]
            out.append(_ESCAPES.get(char, char))
            position += 2
    words.add("".join(out).encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    return position + 1


def _add_double_quoted(words: _Words, text: str, position: int, escape: str) -> int:
    out: list[str] = []
    while position < len(text) and text[position] != '"':
        char, following = text[position], text[position + 1 : position + 2]
        if char == "\\" and following == '"':
            out.append('"')
            position += 2
        elif char == escape and (escape == "`" or following in '\\$`\n"'):
            out.append(
                ""
                if following == "\n"
                else _ESCAPES.get(following, following)
                if escape == "`"
                else following
            )
            position += 2
        elif char == "$" and (variable := _VARIABLE.match(text, position)):
            out.append(f"{START}{variable[1] or variable[2]}{END}")
            position = variable.end()
        else:
            out.append(char)
            position += 1
    words.add("".join(out))
    return position + 1


def _end_of_line(text: str, position: int) -> int:
    end = text.find("\n", position)
    return len(text) if end == -1 else end


def _split_cmd(text: str) -> list[list[str]]:
    """Split by the rules of cmd, which removes carets first, and of Windows programs, which split their arguments."""
    commands = [_split_arguments(line) for line in _lines_of_cmd(text)]
    if '^"' not in text:
        return commands
    # Browsers quote with ^" and double every backslash, although Windows programs undo that only before a quote.
    return [[word.replace("\\\\", "\\") for word in words] for words in commands]


def _lines_of_cmd(text: str) -> Iterator[str]:
    """Yield each command without carets. A caret at the end of a line continues it; one before a quote keeps cmd's
    own quoting off. An escaped line break within a text stays.
    """
    out: list[str] = []
    is_quoted, position = False, 0
    while position < len(text):
        char = text[position]
        if char == "^" and not is_quoted:
            line_break = re.compile(r"\^[ \t]*\n(\n?)").match(text, position)
            out.append((line_break[1] or " ") if line_break else text[position + 1 : position + 2])
            position = line_break.end() if line_break else position + 2
            continue
        if char == "\n":
            yield "".join(out)
            out, is_quoted = [], False
        elif char == "&" and not is_quoted:
            yield "".join(out)
            out = []
        else:
            is_quoted ^= char == '"'
            out.append(char)
        position += 1
    yield "".join(out)


def _split_arguments(line: str) -> list[str]:
    words, is_quoted, position = _Words(), False, 0
    while position < len(line):
        backslashes = re.compile(r'(\\+)"').match(line, position)
        if backslashes:
            count = len(backslashes[1])
            words.add("\\" * (count // 2) + ('"' if count % 2 else ""))
            position = backslashes.end() - (count % 2 == 0)
            continue
        char = line[position]
        if char == '"':
            is_quoted = not is_quoted
            words.add("")
        elif char in " \t\n" and not is_quoted:
            words.end_word()
        else:
            words.add(char)
        position += 1
    words.end_word()
    return words.commands[0]
