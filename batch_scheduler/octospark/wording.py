"""What a server says, fit for a terminal, a log and a ledger."""

from __future__ import annotations

from pydantic import SecretStr


def one_line(text: str) -> str:
    """Without control codes, lone surrogates and whatever else can't be shown."""
    plain = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(plain.split())


def without_secret(text: str, token: SecretStr) -> str:
    """On one line, and without the token should a server echo it."""
    return one_line(text.replace(token.get_secret_value(), "[token]"))
