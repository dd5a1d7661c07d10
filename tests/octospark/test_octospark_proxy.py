"""A proxy that the environment names: used for the service, never for this machine."""

from __future__ import annotations

import asyncio
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from octospark_wire import (
    ACCEPTED,
    CERTIFICATE,
    TOKEN,
    Caller,
    Talk,
    Wire,
    answering,
    failure,
    free_port,
    reply,
    schedule,
    serving,
)

from batch_scheduler.errors import UsageError
from batch_scheduler.octospark import CallFailed, NoAnswer, NotConnected, OctosparkClient, Timeouts

SERVICE = "https://octospark.test"
SOON = Timeouts(connect=0.15, write=0.1, read=0.1)


@pytest.fixture(autouse=True)
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))


def _tunnel_to(service: Wire) -> Talk:
    """What a proxy does: asks nothing, and passes bytes on."""

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while part := await reader.read(4096):
            writer.write(part)
        writer.close()

    async def talk(caller: Caller) -> None:
        await caller.request()
        reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
        await caller.say(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(pump(caller.reader, writer), pump(reader, caller.writer))

    return talk


@asynccontextmanager
async def service_behind_a_proxy(talk: Talk) -> AsyncIterator[tuple[Wire, Wire]]:
    """Yields the proxy and the service."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(CERTIFICATE)
    async with serving(talk, tls) as service, serving(_tunnel_to(service)) as proxy:
        yield proxy, service


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize("form", ["http://127.0.0.1:{}", "http://127.0.0.1:{}/", "127.0.0.1:{}"])
def test_the_service_is_reached_through_the_proxy(
    monkeypatch: pytest.MonkeyPatch, name: str, form: str
) -> None:
    async def run() -> tuple[Wire, Wire, str | None]:
        async with service_behind_a_proxy(answering(reply(ACCEPTED))) as (proxy, service):
            monkeypatch.setenv(name, form.format(proxy.port))
            async with OctosparkClient(TOKEN, SERVICE) as client:
                await schedule(client)
                scheduled = (await schedule(client)).value.data[0].scheduled_post
            return proxy, service, scheduled.id if scheduled else None

    proxy, service, scheduled_id = asyncio.run(run())
    assert scheduled_id == "s1"
    assert proxy.lines == ["CONNECT octospark.test:443 HTTP/1.1"]
    assert TOKEN.encode() not in proxy.heads[0]
    assert service.header("authorization") == [f"Bearer {TOKEN}"]
    assert len(service.heads) == 2


def test_the_proxy_has_a_password_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> tuple[Wire, Wire]:
        async with service_behind_a_proxy(answering(reply(ACCEPTED))) as (proxy, service):
            monkeypatch.setenv("HTTPS_PROXY", f"http://me:p%40ss@127.0.0.1:{proxy.port}")
            async with OctosparkClient(TOKEN, SERVICE) as client:
                await schedule(client)
            return proxy, service

    proxy, service = asyncio.run(run())
    assert proxy.header("proxy-authorization") == [f"Basic {b64encode(b'me:p@ss').decode()}"]
    assert service.header("proxy-authorization") == []


def test_a_reset_behind_the_proxy_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    async def reset(caller: Caller) -> None:
        await caller.request()
        caller.reset()

    async def run() -> CallFailed:
        async with service_behind_a_proxy(reset) as (proxy, _):
            monkeypatch.setenv("HTTPS_PROXY", proxy.url)
            async with OctosparkClient(TOKEN, SERVICE) as client:
                return await failure(client)

    assert type(asyncio.run(run())) is NoAnswer


def test_this_machine_is_never_reached_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> int:
        async with serving(answering(reply(ACCEPTED))) as wire, serving(answering(b"")) as proxy:
            for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
                monkeypatch.setenv(name, proxy.url)
            async with OctosparkClient(TOKEN, wire.url) as client:
                await schedule(client)
            return proxy.opened

    assert asyncio.run(run()) == 0


@pytest.mark.parametrize("excepted", ["octospark.test", ".test", "octospark.test:443", "*"])
def test_what_the_environment_excepts_is_reached_without_it(
    monkeypatch: pytest.MonkeyPatch, excepted: str
) -> None:
    async def run() -> int:
        async with serving(answering(b"")) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", proxy.url)
            monkeypatch.setenv("NO_PROXY", excepted)
            async with OctosparkClient(TOKEN, f"{SERVICE}:443", timeouts=SOON) as client:
                assert type(await failure(client)) is NotConnected  # its name is nowhere
            return proxy.opened

    assert asyncio.run(run()) == 0


# A proxy that does not let us through: nothing was sent.


async def _hang(caller: Caller) -> None:
    await caller.request()
    await asyncio.Event().wait()


async def _hang_up(caller: Caller) -> None:
    await caller.request()


async def _reset(caller: Caller) -> None:
    await caller.request()
    caller.reset()


async def _hang_up_after_yes(caller: Caller) -> None:
    await caller.request()
    await caller.say(b"HTTP/1.1 200 OK\r\n\r\n")


async def _hang_after_yes(caller: Caller) -> None:
    await _hang_up_after_yes(caller)
    await asyncio.Event().wait()


async def _no_tls_after_yes(caller: Caller) -> None:
    await _hang_up_after_yes(caller)
    await caller.say(b"HTTP/1.1 200 OK\r\n\r\n")
    await caller.reader.read()


CLOSED: dict[str, tuple[Talk, str]] = {
    "forbidden": (answering(reply("Go away", "403 Forbidden")), "the proxy answers 403 Forbidden"),
    "who are you": (answering(reply(b"", "407 Proxy Authentication Required")), "answers 407"),
    "bad gateway": (answering(reply(b"", "502 Bad Gateway")), "the proxy answers 502 Bad Gateway"),
    "elsewhere": (answering(reply(b"", "302 Found", Location="http://127.0.0.1/")), "answers 302"),
    "no HTTP": (answering(b"\x05\x00what is this?\r\n\r\n"), "no connection"),
    "a reset": (_reset, "no connection"),
    "a hang-up": (_hang_up, "no connection"),
    "silence": (_hang, "in time"),
    "a hang-up after a yes": (_hang_up_after_yes, "no connection"),
    "silence after a yes": (_hang_after_yes, "in time"),
    "no TLS after a yes": (_no_tls_after_yes, "no connection"),
}


@pytest.mark.parametrize(("talk", "said"), CLOSED.values(), ids=CLOSED)
def test_a_proxy_that_refuses_is_no_connection(
    monkeypatch: pytest.MonkeyPatch, talk: Talk, said: str
) -> None:
    async def run() -> tuple[CallFailed, Wire]:
        async with serving(talk) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", f"http://me:hunter2@127.0.0.1:{proxy.port}")
            async with OctosparkClient(TOKEN, SERVICE, timeouts=SOON) as client:
                return await failure(client), proxy

    failed, proxy = asyncio.run(run())
    assert type(failed) is NotConnected
    assert said in failed.message
    assert "hunter2" not in failed.message
    assert TOKEN.encode() not in b"".join(proxy.heads + proxy.bodies)


def test_a_proxy_that_is_not_there_is_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> CallFailed:
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:hunter2@127.0.0.1:{free_port()}")
        async with OctosparkClient(TOKEN, SERVICE, timeouts=SOON) as client:
            return await failure(client)

    failed = asyncio.run(run())
    assert type(failed) is NotConnected
    assert "the proxy can't be reached" in failed.message
    assert "hunter2" not in failed.message


@pytest.mark.parametrize(
    "proxy",
    [
        "socks5://me:hunter2@127.0.0.1:1080",
        "http://",
        "http://me:hunter2@:3128",
        "http://me:hunter2@proxy.test:port",
        "http://me:hunter2@[::1",
        "http://me:hunter2@proxy test:3128",
        "http://me:hunter2@proxy..test",
    ],
)
def test_a_proxy_that_can_not_be_used_is_wrong_usage(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(UsageError, match="proxy") as met:
        OctosparkClient(TOKEN, SERVICE)
    assert "hunter2" not in f"{met.value!r} {met.value.hint}"


def test_an_empty_proxy_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> CallFailed:
        monkeypatch.setenv("HTTPS_PROXY", "")
        async with OctosparkClient(TOKEN, SERVICE, timeouts=SOON) as client:
            return await failure(client)

    assert "proxy" not in asyncio.run(run()).message
