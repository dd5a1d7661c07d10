"""JSON objects from cells, and the canonical texts by which they are compared and kept."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from batch_scheduler.planning.problem import Problem, shortened

_DEEPEST = 64
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
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


def parse_object(text: str) -> dict[str, Any] | Problem | None:
    """A JSON object; None for a blank cell."""
    if not text or text.isspace():
        return None
    if text.count("{") + text.count("[") > _DEEPEST and _depth(text) > _DEEPEST:
        return _bad_json(f"it is nested more than {_DEEPEST} deep", "Write it flatter.")
    try:
        value = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_finite
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


def parse_scalar(text: str) -> object | Problem | None:
    """A cell below a dotted header: a JSON number, true or false is that; else it is text."""
    bare = text.strip()
    if bare in _WORDS:
        return _WORDS[bare]
    if not _NUMBER.fullmatch(bare):
        return text if bare else None
    try:
        value = json.loads(bare, parse_float=_finite)
    except ValueError as error:
        return _bad_json(str(error), "Write a smaller number.")
    return value  # type: ignore[no-any-return]


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


def _depth(text: str) -> int:
    """The most brackets open at once; those in strings are not told apart, so: an upper bound."""
    depth = deepest = 0
    for bracket in re.findall(r"[{}\[\]]", text):
        depth += 1 if bracket in "{[" else -1
        deepest = max(deepest, depth)
    return deepest


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key stands in it twice")
    return value


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"the number {shortened(text, 20)} is too large")
    return value


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
