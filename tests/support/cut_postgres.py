"""A PostgreSQL whose connections break at a chosen message: a proxy in front of the real one."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

# before the server reads the message; after it has, with its answer lost; the same, told as an administrator's command
Fault = Literal["request", "answer", "terminated"]
FAULTS: tuple[Fault, ...] = ("request", "answer", "terminated")
_SOCKET = ".s.PGSQL.5432"


def _error_response(sqlstate: str, message: str) -> bytes:
    fields = b"".join(
        kind + value.encode() + b"\0"
        for kind, value in ((b"S", "FATAL"), (b"V", "FATAL"), (b"C", sqlstate), (b"M", message))
    )
    return b"E" + (len(fields) + 5).to_bytes(4, "big") + fields + b"\0"


SHUTDOWN = _error_response("57P01", "terminating connection due to administrator command")


class CutPostgres:
    """`host` takes the real one's place in an address. `cut_at(n, fault)`: the n-th message from now (0 is the first).

    A message is what a client sends at once. The connection that says it ends, and the next ones are whole."""

    def __init__(self, host: str, real_host: str) -> None:
        self.host = host
        self._real = f"{real_host}/{_SOCKET}"
        self._left: int | None = None
        self._fault: Fault = "request"
        self.has_cut = False

    def cut_at(self, message: int, fault: Fault) -> None:
        """Break the connection at this message."""
        self._left, self._fault, self.has_cut = message, fault, False

    def is_due(self) -> bool:
        """Count a client's message; return whether it is the one to be cut."""
        if self._left is None:
            return False
        self._left -= 1
        if self._left >= 0:
            return False
        self._left, self.has_cut = None, True
        return True

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass everything on in both directions until one side ends, or the message comes."""
        real_reader, real_writer = await asyncio.open_unix_connection(self._real)
        answers = asyncio.create_task(_pass_on(real_reader, writer))
        try:
            while data := await reader.read(65536):
                due = self.is_due()
                if due and self._fault == "request":
                    break
                if due:
                    # the server does all of it, and the client hears nothing of that
                    answers.cancel()
                    real_writer.write(data)
                    await asyncio.wait_for(real_reader.read(65536), 5)
                    if self._fault == "terminated":
                        writer.write(SHUTDOWN)
                        await writer.drain()
                    break
                real_writer.write(data)
        except ConnectionError:
            pass
        finally:
            answers.cancel()
            await asyncio.gather(answers, return_exceptions=True)
            for end in (real_writer, writer):
                end.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


@asynccontextmanager
async def cut_postgres(real_host: str) -> AsyncIterator[CutPostgres]:
    """Serve the proxy on a socket in a directory of its own."""
    directory = Path(tempfile.mkdtemp(prefix="slotgate-cut-"))
    proxy = CutPostgres(str(directory), real_host)
    server = await asyncio.start_unix_server(proxy.serve, directory / _SOCKET)
    try:
        yield proxy
    finally:
        server.close()
        shutil.rmtree(directory, ignore_errors=True)
