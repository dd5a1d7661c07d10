"""Where a token may be sent."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from octospark_wire import TOKEN, answering, reply, schedule, serving

from batch_scheduler.errors import UsageError
from batch_scheduler.octospark import OctosparkClient, checked_base_url

GOOD = {
    "https://api.octospark.ai": "https://api.octospark.ai",
    "https://api.octospark.ai/": "https://api.octospark.ai",
    " HTTPS://API.Octospark.AI:443// \n": "https://api.octospark.ai",
    "https://api.octospark.ai.": "https://api.octospark.ai",
    "https://api.octospark.ai:8443": "https://api.octospark.ai:8443",
    "https://proxy.example.com/octospark/": "https://proxy.example.com/octospark",
    "https://proxy.example.com/Team_1/v2.0": "https://proxy.example.com/Team_1/v2.0",
    "https://my_service/~a": "https://my_service/~a",
    "https://192.0.2.7": "https://192.0.2.7",
    "https://[2001:DB8:0::1]:8443": "https://[2001:db8::1]:8443",
    "http://localhost:8080": "http://localhost:8080",
    "http://LOCALHOST": "http://localhost",
    "http://localhost.": "http://localhost",
    "http://127.0.0.1:80": "http://127.0.0.1",
    "http://127.1.2.3:5000/": "http://127.1.2.3:5000",
    "http://[::1]:5000": "http://[::1]:5000",
    "http://[0:0:0:0:0:0:0:1]:5000": "http://[::1]:5000",
}


@pytest.mark.parametrize(("url", "canonical"), GOOD.items())
def test_one_service_has_one_name(url: str, canonical: str) -> None:
    assert checked_base_url(url) == canonical


IN_THE_CLEAR = [
    "http://api.octospark.ai",
    "http://localhost.evil.com",
    "http://127.0.0.1.evil.com",
    "http://127.0.0.1.nip.io",
    "http://evil-localhost",
    "http://localhosts",
    "http://0.0.0.0:8080",
    "http://128.0.0.1",
    "http://10.0.0.1",
    "http://[::]",
    "http://[::2]",
    "http://[2001:db8::1]",
    "http://127.1",
    "http://2130706433",
    "http://0x7f000001",
    "http://127.0.0.01",
]


@pytest.mark.parametrize("url", IN_THE_CLEAR)
def test_a_token_is_never_sent_in_the_clear(url: str) -> None:
    with pytest.raises(UsageError, match="never sent in the clear") as met:
        OctosparkClient(TOKEN, url)
    assert met.value.exit_code == 2


WITH_A_USER = [
    "http://127.0.0.1@evil.com",
    "http://localhost:80@evil.com",
    "https://user:hunter2@api.octospark.ai",
    "https://@api.octospark.ai",
    "https://:hunter2@api.octospark.ai",
    "http://hunter2@localhost",
    "http://localhost\\@evil.com",
]


@pytest.mark.parametrize("url", WITH_A_USER)
def test_a_user_in_the_address_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(UsageError, match="user or a password") as met:
        checked_base_url(url)
    assert "hunter2" not in f"{met.value.message} {met.value.hint}"


NO_ADDRESS = [
    "",
    "api.octospark.ai",
    "localhost:8080",
    "//api.octospark.ai",
    "https://",
    "https:///v1",
    "https:api.octospark.ai",
    "https://:8443",
    "https://[",
    "https://[::1",
    "https://[fe80::1%25eth0]",
    "https://[::1%lo]",
    "https://api.octospark.ai:port",
    "https://api.octospark.ai:0",
    "https://api.octospark.ai:65536",
    "https://api octospark.ai",
    "https://api..octospark.ai",
    "https://.octospark.ai",
    f"https://{'a' * 64}.octospark.ai",
    f"https://{'a.' * 127}com",
    "https://api.octospark.ai%2f.evil.com",
    "https://api.octospark.ai\\.evil.com",
    "https://api.octospark.aı",
    "https://\u2100.example",  # becomes a/c, by one reading
    "https://api.octospark.ai/../x",
    "https://api.octospark.ai/%2e%2e/x",
    "https://api.octospark.ai/a//b",
    "https://api.octospark.ai/a b",
    "https://api.octospark.ai/é",
    "https://api.octospark.ai?x=1",
    "https://api.octospark.ai/#x",
    "http://localhost#@evil.com",
    "http://localhost?@evil.com",
    "ftp://localhost",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "ws://localhost",
]


@pytest.mark.parametrize("url", NO_ADDRESS)
def test_what_is_no_address_of_a_service_is_refused(url: str) -> None:
    with pytest.raises(UsageError) as met:
        checked_base_url(url)
    assert "OCTOSPARK_BASE_URL" in met.value.hint


def test_a_token_in_the_wrong_variable_is_not_shown() -> None:
    with pytest.raises(UsageError) as met:
        checked_base_url(TOKEN)
    assert TOKEN not in f"{met.value!r} {met.value.hint}"


@given(st.text() | st.from_regex(r"https?://[\x00-\x7f]*", fullmatch=True))
@example("https://[v1.a]")
@example("https://a\u3002b")
def test_any_text_is_an_address_with_one_name_or_wrong_usage(text: str) -> None:
    try:
        name = checked_base_url(text)
    except UsageError:
        return
    assert checked_base_url(name) == name
    assert name.isascii()
    assert name.isprintable()
    assert " " not in name


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "::1"])
def test_this_machine_is_reached_under_each_of_its_names(host: str) -> None:
    async def run() -> tuple[str, list[str]]:
        async with serving(answering(reply({"data": []})), host=host) as wire:
            async with OctosparkClient(TOKEN, wire.url) as client:
                await schedule(client)
            return wire.url, wire.header("host")

    try:
        url, named = asyncio.run(run())
    except OSError as error:
        pytest.skip(f"this system has no {host}: {error}")
    assert named == [url.removeprefix("http://")]
