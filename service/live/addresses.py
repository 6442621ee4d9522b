"""Where a webhook may go: out into the world, and not, unless the operator allows it, to machines around the server."""

import ipaddress
import socket

import httpx


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
    if not url.host or url.userinfo or url.fragment:
        raise AddressError(f"{text[:80]!r} needs a host, and neither a user nor a # in it")
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
    inner = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (inner or address).is_global and not (inner or address).is_multicast
