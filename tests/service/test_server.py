"""The socket that the server listens on."""

import asyncio
import socket

from service.server import listen


def test_connections_send_at_once() -> None:
    """With Nagle's algorithm on, every answer on a connection that is kept open comes some 40 ms late."""
    delays: list[int] = []

    async def serve() -> None:
        done = asyncio.Event()

        def connected(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            of = writer.get_extra_info("socket")
            delays.append(of.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()
            done.set()

        bound = listen("127.0.0.1", 0)
        async with await asyncio.start_server(connected, sock=bound):
            _, writer = await asyncio.open_connection(*bound.getsockname())
            await done.wait()
            writer.close()

    asyncio.run(serve())
    assert delays != [0]
    assert len(delays) == 1
