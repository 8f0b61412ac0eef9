"""Which host a client is sent to, and which domain its cookies get.

The service has one family of hosts per account; the login host says nothing about
it. Any host outside the known families plays every role itself.
"""

from __future__ import annotations

from ipaddress import ip_address

from .asked import Asked
from .options import Options

__all__ = ["base_origin", "cookie_domains", "is_loopback"]

_BASES = {
    "wx2.qq.com": "wx2.qq.com",
    "wx8.qq.com": "wx8.qq.com",
    "qq.com": "wx.qq.com",
    "web2.wechat.com": "web2.wechat.com",
    "wechat.com": "web.wechat.com",
}


def base_origin(asked: Asked, options: Options) -> str:
    """Return the origin (scheme and host) an account goes to after the login."""
    if "://" in options.base:
        return options.base.rstrip("/")
    if options.base:
        return f"{_scheme(asked, options.base)}://{options.base}"
    host = asked.hostname
    for ending, base in _BASES.items():
        if host == ending or host.endswith("." + ending):
            return f"https://{base}"
    return f"{asked.scheme}://{asked.host}"


def cookie_domains(host: str) -> tuple[str, str]:
    """Return the Domain of host cookies and of parent cookies; "" for hosts without one."""
    for parent in ("qq.com", "wechat.com"):
        if host.endswith("." + parent):
            return host, "." + parent
    return "", ""


def is_loopback(host: str) -> bool:
    """Tell whether a host name means this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _scheme(asked: Asked, host: str) -> str:
    known = any(host.endswith(ending) for ending in _BASES)
    return "https" if known else asked.scheme
