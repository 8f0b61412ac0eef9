"""Which host answers which question, and where a login may send us. Pure.

The service has a family of hosts per account: login, base, file and push. Where an account lives is only learnt from
the login's redirect (official page script). An origin outside the table plays every role itself: a simulator, a
recorder, a reverse proxy.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from ruleswx.errors import RemoteProtocolError
from ruleswx.protocol.wire import Hosts

__all__ = ["hosts_for", "is_loopback", "link_of", "moved", "origin_of", "related"]

# The five known hosts are wx, wx2, wx8 .qq.com and web, web2 .wechat.com; the sisters are prefixes (openwechat),
# which gives the official script's table for all five. A number we have not met follows the same rule.
_BASE = re.compile(r"(?:wx\d{0,2}\.qq\.com|web\d{0,2}\.wechat\.com)")
_PREFIX = re.compile(r"^(?:login|file|webpush)\.(?=(?:wx|web)\d{0,2}\.)")
_HOME = "wx.qq.com"
_LOOPBACK = re.compile(r"(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|localhost|\[::1\])")


def origin_of(url: str) -> str:
    """Scheme, host and port of an http(s) URL, normalised; raises RemoteProtocolError for anything else."""
    if re.search(r"[\x00-\x20\x7f]", url):
        # urlsplit drops some of these silently; whoever uses the address afterwards would not.
        raise RemoteProtocolError("an address with blanks or control characters in it")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise RemoteProtocolError("an address that cannot be read") from error
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in {"http", "https"} or not re.fullmatch(r"[\w.-]{1,253}|[0-9a-f:.]{2,45}", host, re.ASCII):
        raise RemoteProtocolError("an address that is no http address")
    if parts.username is not None or parts.password is not None:
        raise RemoteProtocolError("an address with a password in it")
    if ":" in host:
        host = f"[{host}]"
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" if port in {None, usual} else f"{parts.scheme}://{host}:{port}"


def hosts_for(endpoint: str) -> Hosts:
    """The hosts to start from: sisters for a Tencent host, the origin itself in every role for any other."""
    origin = origin_of(endpoint)
    base = _tencent(origin)
    if not base:
        return Hosts(origin, origin, origin, origin)
    return Hosts(f"https://login.{base}", f"https://{base}", f"https://file.{base}", f"https://webpush.{base}")


def moved(hosts: Hosts, url: str) -> Hosts:
    """The hosts after the login said `url`; raises RemoteProtocolError when that leaves the known families.

    Any of the known families may follow (it is the account that decides, not where we knocked). An origin of our own
    may send us to itself or into the table, never to a third place.
    """
    origin = origin_of(url)
    if _tencent(origin):
        return hosts_for(origin)
    if origin in {hosts.base, hosts.login} and not _tencent(hosts.base):
        return hosts
    raise RemoteProtocolError("the login leads to a host that is not WeChat's")


def related(endpoint: str, hosts: Hosts) -> bool:
    """Whether a stored session's hosts belong to this endpoint; a real account must not wake up under a simulator."""
    home = hosts_for(endpoint)
    return home.base == hosts.base or bool(_tencent(home.base) and _tencent(hosts.base))


def link_of(hosts: Hosts, uuid: str) -> str:
    """What the QR code says. For every Tencent host it names login.weixin.qq.com."""
    home = "https://login.weixin.qq.com" if _tencent(hosts.login) else hosts.login
    return f"{home}/l/{uuid}"


def is_loopback(origin: str) -> bool:
    """Whether an origin can only be this machine."""
    host = origin.partition("://")[2]
    return bool(_LOOPBACK.fullmatch(re.sub(r":\d+$", "", host)))


def _tencent(origin: str) -> str:
    """The base host of a Tencent origin, "" for any other; plain http is never Tencent."""
    scheme, _, host = origin.partition("://")
    if scheme != "https":
        return ""
    host = _PREFIX.sub("", host)
    if host in {"login.weixin.qq.com", "weixin.qq.com"}:
        return _HOME
    return host if _BASE.fullmatch(host) else ""
