"""What a server says, fit for a terminal, a log and a ledger."""

from __future__ import annotations

import re

from pydantic import SecretStr

_LIKE_ONE = re.compile(r"octo_(?:live|test)_[^\s\"'<>]*", re.IGNORECASE)


def one_line(text: str) -> str:
    """Without control codes, lone surrogates and whatever else can't be shown, and without what
    looks like a token, or the beginning of one.
    """
    plain = "".join(c if c.isprintable() else " " for c in _LIKE_ONE.sub("[token]", text))
    return " ".join(plain.split())


def without_secret(text: str, token: SecretStr) -> str:
    """On one line, and without the token should a server echo it, or the beginning of it."""
    return one_line(text.replace(token.get_secret_value(), "[token]"))
