"""Where the service is, and whether a token may be sent there."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from batch_scheduler.errors import UsageError

# No more than what a resolver, a proxy and a server all read alike.
_NAME = re.compile(r"(?!.{254})[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
_PATH = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)*")
_USUAL_PORTS = {"https": 443, "http": 80}


def checked_base_url(url: str) -> str:
    """The base URL in one canonical form: it names the service in the ledger.

    Raises UsageError for what is no address of a service, and for plain http to another machine.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").removesuffix("."), parts.port
    except ValueError:
        raise _wrong("it is not the address of a service") from None
    if "@" in parts.netloc:
        raise _wrong("it has a user or a password in it, and the token alone says who you are")
    if parts.query or parts.fragment:
        raise _wrong("it has a ? or a # in it")
    place, path = as_written(host), parts.path.rstrip("/")
    if parts.scheme not in _USUAL_PORTS or not place or port == 0 or not _PATH.fullmatch(path):
        raise _wrong("it is not the address of a service")
    if parts.scheme == "http" and not is_this_machine(host):
        raise _wrong(f"a token is never sent in the clear, and {host} is not this machine")
    place += f":{port}" if port not in (None, _USUAL_PORTS[parts.scheme]) else ""
    return f"{parts.scheme}://{place}{path}"


def is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def as_written(host: str) -> str:
    """As it stands in a URL; "" if it can't."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host if _NAME.fullmatch(host) else ""
    if address.version == 4:
        return str(address)
    return "" if "%" in host else f"[{address}]"


def _wrong(why: str) -> UsageError:
    # The URL itself is not shown: a password, or the token in the wrong variable, may be in it.
    return UsageError(
        f"the base URL can't be used: {why}",
        "write it as https://api.octospark.ai, in OCTOSPARK_BASE_URL or --base-url",
    )
