"""Where a webhook may go: out into the world, and not, unless the operator allows it, to machines around the server."""

import ipaddress
import socket

import httpx

NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""RFC 6052: the last 32 bits are an IPv4 address."""
UNICAST = ipaddress.IPv6Network("2000::/3")
"""RFC 4291, section 2.4: all of IPv6 that was ever given out; ``is_global`` takes much else for it."""


LAST_PORT = 65_535


class AddressError(Exception):
    """Raised when an address may not be called, or cannot be found."""


def check_url(text: str, *, private: bool) -> str:
    """A webhook's address as it is kept.

    Args:
        text: as it was given.
        private: whether private addresses, and addresses without TLS, are allowed.

    Raises:
        AddressError: if it cannot be called; says why, and the way out.
    """
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError) as error:
        raise AddressError(f"{text[:80]!r} is no address: {error}") from None
    if url.scheme != "https" and not (private and url.scheme == "http"):
        raise AddressError(f"{text[:80]!r} does not begin with https://")
    if not url.host or " " in text or url.userinfo or url.fragment:
        raise AddressError(f"{text[:80]!r} needs a host, and neither a user nor a space nor a # in it")
    if url.port is not None and not 0 < url.port <= LAST_PORT:
        raise AddressError(f"{text[:80]!r} has the port {url.port}; ports are 1 to {LAST_PORT}")
    try:
        literal = ipaddress.ip_address(url.host)
    except ValueError:
        return str(url)
    if not private and not _is_public(literal):
        raise AddressError(f"{url.host} is a private address; SWIFTLEAF_WEBHOOK_PRIVATE=true allows them")
    return str(url)


def resolve(url: httpx.URL, *, private: bool) -> str:
    """The IP address to call for a URL; calling just this one leaves a name no time to change its mind.

    Raises:
        AddressError: if the name is not known, or leads to a private address that is not allowed.
    """
    try:
        found = socket.getaddrinfo(url.host, url.port or None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AddressError(f"{url.host} is not found: {error}") from None
    addresses = [str(item[4][0]) for item in found]
    for address in addresses:
        if private or _is_public(ipaddress.ip_address(address)):
            return address
    raise AddressError(f"{url.host} leads to a private address; SWIFTLEAF_WEBHOOK_PRIVATE=true allows them")


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address is out in the world; one that a translator leads to IPv4 is what it leads to."""
    if isinstance(address, ipaddress.IPv6Address):
        translated = ipaddress.IPv4Address(address.packed[-4:]) if address in NAT64 else None
        inner = address.ipv4_mapped or address.sixtofour or translated
        if inner is None:
            return address.is_global and address in UNICAST
        address = inner
    return address.is_global and not address.is_multicast
