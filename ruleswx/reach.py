"""Which hosts an address written in a rule may lead to: the public internet, or this very machine when named so.

A rule that calls a service must not become a way into the network the bot stands in: the name of a public host may
point at a router, at the metadata service of a cloud or at this machine. So names are judged by what they are written
as, and addresses by what they are. It must not know how a name is resolved.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

__all__ = ["constant_origin", "is_literal", "is_public", "names_this_machine"]

_ORIGIN = re.compile(r"(https?)://([^/?#\\@\s{}%]+)(?=[/?#]|\Z)", re.IGNORECASE)
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::(\d{1,5}))?")
_TEMPLATE = re.compile(r"\{[{%#]")
_HIGHEST_PORT = 65535
_CARRIES_OLD = (
    (IPv6Network("::/96"), 0),
    (IPv6Network("::ffff:0:0/96"), 0),
    (IPv6Network("64:ff9b::/96"), 0),
    (IPv6Network("2002::/16"), 80),
)
"""IPv6 ranges that stand for an IPv4 address, and how many bits stand behind it."""
_PUBLIC = IPv6Network("2000::/3")
_NOT_PUBLIC = (IPv6Network("2001::/23"), IPv6Network("2001:db8::/32"), IPv6Network("3fff::/20"))


def constant_origin(template: str) -> tuple[str, str] | None:
    """Scheme and host of an address whose first `{{ }}`, if any, comes after them; None when they are not constant.

    None too for what is no http address, for one with a user name in it, and for a port that is none.
    """
    text = template.strip()
    hole = _TEMPLATE.search(text)
    fixed = text[: hole.start()] if hole else text
    found = _ORIGIN.match(fixed)
    if found is None or (hole and found.end() == len(fixed)):
        return None
    parts = _HOST.fullmatch(found[2])
    if parts is None or (parts[2] and not 0 < int(parts[2]) <= _HIGHEST_PORT):
        return None
    return found[1].lower(), parts[1].strip("[]").lower()


def names_this_machine(host: str) -> bool:
    """Whether a host is written as this machine itself: localhost, 127.x.x.x or ::1, in no other spelling."""
    address = _address(host)
    return host.lower() == "localhost" if address is None else address.is_loopback and _old(address) is None


def is_literal(host: str) -> bool:
    """Whether a host is written as an address."""
    return _address(host) is not None


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, whatever it is wrapped in. False for what is no address."""
    found = _address(address)
    if isinstance(found, IPv4Address):
        return found.is_global and not found.is_multicast and not found.is_reserved
    if found is None or found.scope_id:
        return False
    old = _old(found)
    if old is not None:
        return is_public(str(old))
    return found in _PUBLIC and not any(found in net for net in _NOT_PUBLIC)


def _old(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    """The IPv4 address an IPv6 address stands for."""
    if isinstance(address, IPv4Address) or int(address) <= 1:
        return None
    for net, behind in _CARRIES_OLD:
        if address in net:
            return IPv4Address(int(address) >> behind & 0xFFFFFFFF)
    return None


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
