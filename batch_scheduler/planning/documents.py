"""JSON objects from cells, and the canonical texts by which they are compared and kept."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from batch_scheduler.model import Severity
from batch_scheduler.planning.characters import plain
from batch_scheduler.planning.problem import Noted, Problem, shortened

_DEEPEST = 64
_MOST_DIGITS = 1_000
_MOST_WHOLE = 1 << 53
"""To which each whole number is a float of its own."""
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_BRACKET = re.compile(r"[{}\[\]]")
_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
"""One that nothing closes goes to the end, so that no text is looked at twice."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_STRAIGHT = str.maketrans(dict.fromkeys("“”„‟＂", '"'))
_LOST_DIGITS = re.compile(
    r"[+-]?\d(?:[.,]\d+)?[eE]\+?(?:1[1-9]|[2-9]\d)|[+-]?[1-9]\d{14}(?:00+(?:\.0+)?|\d+\.0+)",
    re.ASCII,
)
"""What is left of a long number: the spreadsheet program keeps 15 digits."""
_WORDS = {"true": True, "false": False}


class Documents:
    """Each different object once, by code; 0 is the empty one."""

    def __init__(self) -> None:
        self.texts = ["{}"]
        self._codes = {"{}": 0}

    def code(self, value: Mapping[str, Any]) -> int:
        text = canonical(value)
        code = self._codes.setdefault(text, len(self.texts))
        if code == len(self.texts):
            self.texts.append(text)
        return code


def canonical(value: object) -> str:
    """Equal values have equal texts: sorted keys, compact, not ASCII alone."""
    return json.dumps(
        value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )


def parse_object(text: str) -> dict[str, Any] | Noted[dict[str, Any]] | Problem | None:
    """A JSON object; None for a blank cell."""
    if not plain(text).strip():
        return None
    value = _read(text)
    if not isinstance(value, Problem):
        return value
    mended = _straightened(text)
    again = value if _CONTROL.search(text) else _read(mended, strict=False)
    return value if isinstance(again, Problem) else Noted(again, _as_json(mended))


def _read(text: str, strict: bool = True) -> dict[str, Any] | Problem:
    if text.count("{") + text.count("[") > _DEEPEST and _is_too_deep(text):
        return _bad_json(f"it is nested more than {_DEEPEST} deep", "Write it flatter.")
    try:
        value = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_refuse,
            parse_float=_fraction,
            parse_int=_whole,
            strict=strict,
        )
        canonical(value).encode()
    except json.JSONDecodeError as error:
        return _bad_json(f"{error.msg} at character {error.pos + 1}", _remedy(text))
    except UnicodeEncodeError:
        return _bad_json("it has half of a character (\\ud800 to \\udfff)", "Take it out.")
    except (ValueError, RecursionError) as error:
        return _bad_json(str(error), "Take it out, or write it as text in quotes.")
    if not isinstance(value, dict):
        return _bad_json("it is not an object", _remedy(text))
    return value


def parse_scalar(text: str) -> object | Noted[str] | Problem | None:
    """A cell below a dotted header: a JSON number, true or false is that; else it is text."""
    bare = text.strip()
    if bare in _WORDS:
        return _WORDS[bare]
    if _LOST_DIGITS.fullmatch(bare):
        return LOST_DIGITS
    if not _NUMBER.fullmatch(bare):
        return _text(text) if bare else None
    try:
        value = json.loads(bare, parse_float=_fraction, parse_int=_whole)
    except ValueError as error:
        return _bad_json(str(error), "Write a smaller number, or put it into quotes as JSON.")
    return value  # type: ignore[no-any-return]


def is_whole(text: str) -> bool:
    """Whether it can be sent: it has no half of a character in it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def fields_of(settings: str, options: str) -> dict[str, Any]:
    """What a request says by these two documents."""
    return {"platformSettings": json.loads(settings), **json.loads(options)}


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Which fields differ, with both values: `repostAfter.days: 1 → 2`."""
    was, now = _flat(old), _flat(new)
    names = [name for name in sorted({*was, *now}) if was.get(name) != now.get(name)]
    return "; ".join(f"{name}: {_shown(was, name)} → {_shown(now, name)}" for name in names)


def _flat(fields: Mapping[str, Any]) -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in fields.items():
        if isinstance(value, dict):
            flat |= {f"{name}.{key}": canonical(inner) for key, inner in value.items()}
        else:
            flat[name] = canonical(value)
    return flat


def _shown(flat: Mapping[str, str], name: str) -> str:
    return shortened(flat.get(name, "nothing"), 40)


def _is_too_deep(text: str) -> bool:
    depth = 0
    for bracket in _BRACKET.finditer(_STRING.sub("", text)):
        depth += 1 if bracket[0] in "{[" else -1
        if depth > _DEEPEST:
            return True
    return False


def _text(text: str) -> str | Noted[str] | Problem:
    if not is_whole(text):
        return HALF_CHARACTER
    return Noted(text, _UPPER_CASE) if text.strip() in ("TRUE", "FALSE") else text


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        twice = next(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
        raise ValueError(f'the key "{shortened(twice, 40)}" stands in it twice')
    return value


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _whole(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise ValueError(f"the number {shortened(text, 20)} is too large")
    return int(text)


def _fraction(text: str) -> float:
    """1.0 is 1, as for JSON and for who reads it: a spreadsheet program may write either."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"the number {shortened(text, 20)} is too large")
    if len(text) > _MOST_DIGITS or (value and Decimal(text) != Decimal(repr(value))):
        raise ValueError(f"the number {shortened(text, 40)} has more digits than can be sent")
    if not value and re.search("[1-9]", re.split("[eE]", text)[0]):
        raise ValueError(f"the number {shortened(text, 40)} is too small")
    return int(value) if abs(value) <= _MOST_WHOLE and value.is_integer() else value


def _straightened(text: str) -> str:
    """With curly quotes made straight if there are no others, and plain characters around texts."""
    text = text.strip().removeprefix("'").removesuffix("'")
    if '"' not in text:
        text = text.translate(_STRAIGHT)
    pieces = []
    end = 0
    for string in _STRING.finditer(text):
        pieces += [plain(text[end : string.start()]), string[0]]
        end = string.end()
    return "".join([*pieces, plain(text[end:])])


LOST_DIGITS = Problem(
    "lost-digits",
    "The spreadsheet program made a number of this, and has lost all digits but the first 15.",
    "Format the column as text and paste it again; a number that is meant so can be given in a "
    "JSON object.",
)
HALF_CHARACTER = Problem(
    "bad-text", "There is half of a character in this text.", "Paste the text again."
)
_UPPER_CASE = Problem(
    "text-not-boolean",
    "TRUE and FALSE in capitals are sent as text.",
    "If true or false is meant, write it in lower case, or in a JSON object.",
    Severity.WARNING,
)


def _as_json(text: str) -> Problem:
    return Problem(
        "mended-json",
        f"It is read as {shortened(text, 60)}: what JSON does not have is exchanged or left out.",
        "Nothing, if that is right.",
        Severity.WARNING,
    )


def _bad_json(why: str, hint: str) -> Problem:
    return Problem("bad-json", f"This is not a JSON object that can be sent: {why}.", hint)


def _remedy(text: str) -> str:
    if any(quote in text for quote in "“”„«»\u2018\u2019"):
        return 'Replace the curly quotes by straight ones: ".'
    if re.search(r"[{,]\s*'", text):
        return 'JSON has double quotes: {"key": "value"}.'
    if re.search(r",\s*[}\]]", text):
        return "Take out the comma before the closing bracket."
    return 'Write it as {"key": "value"}, or use columns with a dot: platform_settings.key.'
