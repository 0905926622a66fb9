"""An HTTP proxy (CONNECT) and a SOCKS5 proxy on this machine, which note where they were asked to lead."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class RunningProxy:
    """A proxy that listens. `asked` has each `host:port` that was asked for; `places` where a name leads."""

    def __init__(self, places: dict[str, tuple[str, int]], user: str, password: str) -> None:
        self.places = places
        self.user = user
        self.password = password
        self.asked: list[str] = []
        self.port = 0
        self.refuses = False  # to lead anywhere, though the credentials are right

    async def lead(self, place: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass bytes on, both ways, until one side ends."""
        host, port = self.places[place]
        there_reader, there_writer = await asyncio.open_connection(host, port)
        await asyncio.gather(_pump(reader, there_writer), _pump(there_reader, writer), return_exceptions=True)

    async def answer_http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one CONNECT (RFC 9110, 9.3.6)."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, place, _ = head.split("\r\n")[0].split(" ")
        wanted = "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
        if self.user and headers.get("Proxy-Authorization") != wanted:
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
        elif self.refuses or method != "CONNECT" or place not in self.places:
            self.asked.append(place)
            writer.write(b"HTTP/1.1 403 Forbidden\r\n\r\n")
        else:
            self.asked.append(place)
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            return await self.lead(place, reader, writer)
        writer.close()
        return None

    async def answer_socks(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one CONNECT to a name (RFC 1928), after a user and a password where there are some (RFC 1929)."""
        _, count = await reader.readexactly(2)
        methods = await reader.readexactly(count)
        method = 2 if self.user else 0
        writer.write(bytes((5, method if method in methods else 255)))
        if self.user:
            _, length = await reader.readexactly(2)
            user = await reader.readexactly(length)
            password = await reader.readexactly((await reader.readexactly(1))[0])
            right = (user.decode(), password.decode()) == (self.user, self.password)
            writer.write(bytes((1, 0 if right else 1)))
            if not right:
                return writer.close()
        _, _, _, kind = await reader.readexactly(4)
        assert kind == 3, "a name, which the proxy looks up"
        name = await reader.readexactly((await reader.readexactly(1))[0])
        place = f"{name.decode()}:{int.from_bytes(await reader.readexactly(2), 'big')}"
        self.asked.append(place)
        known = place in self.places and not self.refuses
        writer.write(bytes((5, 0 if known else 2, 0, 1, 0, 0, 0, 0, 0, 0)))
        if known:
            return await self.lead(place, reader, writer)
        return writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()


@asynccontextmanager
async def run_proxy(
    kind: str, places: dict[str, tuple[str, int]], user: str = "", password: str = ""
) -> AsyncIterator[RunningProxy]:
    """Run a proxy of a kind, `http` or `socks5`."""
    proxy = RunningProxy(places, user, password)
    answer = proxy.answer_http if kind == "http" else proxy.answer_socks
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
