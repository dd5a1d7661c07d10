"""Where the service is, and whether a token may be sent there."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from batch_scheduler.errors import UsageError


def checked_base_url(url: str) -> str:
    """The base URL in one canonical form: it names the service in the ledger.

    Raises UsageError for what is no address of a service, and for plain http to another machine.
    """
    parts = urlsplit(url.strip())
    try:
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        host, port = "", None
    if parts.scheme not in ("https", "http") or not host or not host.isascii():
        raise _wrong(url, "it is not the address of a service")
    if parts.username is not None or parts.password is not None:
        raise UsageError(
            "the base URL has a user or a password in it",
            "take them out: the token alone says who you are",
        )
    if parts.query or parts.fragment:
        raise _wrong(url, "it has a ? or a # in it")
    if parts.scheme == "http" and not is_this_machine(host):
        raise _wrong(url, "a token is never sent in the clear: only https leaves this machine")
    usual = {"https": 443, "http": 80}[parts.scheme]
    place = f"[{host}]" if ":" in host else host
    place += f":{port}" if port not in (None, usual) else ""
    return f"{parts.scheme}://{place}{parts.path.rstrip('/')}"


def is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _wrong(url: str, why: str) -> UsageError:
    return UsageError(
        f"the base URL {url!r} can't be used: {why}",
        "write it as https://api.octospark.ai, in OCTOSPARK_BASE_URL or --base-url",
    )
