"""The socket that the server listens on."""

import asyncio
import socket
import subprocess
import sys

from service.port import listen


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


def test_a_scheduler_begins_without_what_only_workers_need() -> None:
    """It is begun anew when it dies, and everybody waits for it."""
    begun = "import sys, service.cli, service.fleet, service.port; print({'dispatch', 'fastapi'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", begun], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "set()\n"
