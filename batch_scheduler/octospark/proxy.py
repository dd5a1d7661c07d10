"""The proxy that the environment names for the service."""

from __future__ import annotations

from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from batch_scheduler.errors import UsageError
from batch_scheduler.octospark.address import as_written, is_this_machine


def proxy_for(base_url: str) -> str | None:
    """None for this machine itself, whatever the environment says.

    Raises UsageError for a proxy that can't be used. Its text is not shown: it may hold a password.
    """
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if is_this_machine(host) or proxy_bypass(f"{as_written(host)}:{parts.port or 443}"):
        return None
    named = getproxies()
    proxy = named.get(parts.scheme) or named.get("all")
    if not proxy:
        return None
    url = proxy if "://" in proxy else f"http://{proxy}"
    if not _is_usable(url):
        raise UsageError(
            "the proxy that the environment names can't be used",
            "HTTPS_PROXY is like http://proxy.example.com:3128; or name the service in NO_PROXY",
        )
    return url


def _is_usable(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, port = as_written(parts.hostname or ""), parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(host) and port != 0
