"""The address that a server or a scheduler listens on."""

import errno
import socket

from service.files import UsageError

TRIES = 50
"""How many ports after the wanted one are tried."""


def listen(host: str, port: int, *, next_free: bool = False) -> socket.socket:
    """Bind a socket to the address, or with ``next_free`` to the first free port from there on.

    Raises:
        UsageError: if the port is taken, or the address is not this machine's.
    """
    last = min(port + TRIES, 65_535) if next_free and port else port
    for number in range(port, last + 1):
        try:
            family, _, _, _, address = socket.getaddrinfo(
                host, number, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            # The protocol is named so that asyncio sees TCP and turns Nagle's algorithm off: else the body of an answer
            # would wait 40 ms for the acknowledgement of its head.
            bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
            try:
                bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                bound.bind(address)
            except OSError:
                bound.close()
                raise
        except OSError as error:
            if number == last:
                taken = error.errno in {errno.EADDRINUSE, errno.EACCES}
                way_out = "choose another --port" if taken else "choose another --host"
                raise UsageError(f"cannot listen on {host}:{number} ({error.strerror or error}); {way_out}") from None
        else:
            return bound
    raise AssertionError("the last port either binds or raises")


def url_of(bound: socket.socket) -> str:
    """The address a browser on this machine would open."""
    host, port = bound.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104 - not bound, translated
    return f"http://{host}:{port}/"
