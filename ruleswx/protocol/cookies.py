"""One small cookie jar with real domain rules, as values.

Session cookies name the base host, so they also go to `file.` and `webpush.` of it but never to another family; `wxuin`
exists for two domains at once. The carrier keeps no cookies of its own: requests leave with the header ready made.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from ruleswx.protocol.hosts import is_loopback, origin_of
from ruleswx.protocol.wire import Cookie, Response, Session
from ruleswx.redact import Secret

__all__ = ["cookie_header", "cookie_value", "header_of", "merge", "merge_cookies"]

_MOST = 64
_NAME = re.compile(r"[!#$%&'*+.^_`|~\w-]{1,128}", re.ASCII)
_VALUE = re.compile(r"[\x20\x21\x23-\x3a\x3c-\x7e\"]{0,4096}")


def merge_cookies(session: Session, response: Response, now: float) -> Session:
    """The session with what this response set and without what it expired."""
    if not response.set_cookies:
        return session
    return replace(session, cookies=merge(session.cookies, response, now))


def cookie_header(session: Session, url: str, now: float) -> str:
    """The Cookie header for a URL, "" when nothing applies."""
    return header_of(session.cookies, url, now)


def merge(jar: tuple[Cookie, ...], response: Response, now: float) -> tuple[Cookie, ...]:
    """The jar after a response; cookies for foreign domains, broken or huge ones are left out."""
    kept = {(c.name, c.domain, c.path, c.host_only): c for c in jar if c.expires is None or c.expires > now}
    for line in response.set_cookies[:_MOST]:
        cookie = _parse(line, response.url, now)
        if cookie is None:
            continue
        key = (cookie.name, cookie.domain, cookie.path, cookie.host_only)
        if cookie.expires is not None and cookie.expires <= now:
            kept.pop(key, None)
        else:
            kept[key] = cookie
    return tuple(kept.values())[-_MOST:]


def header_of(jar: tuple[Cookie, ...], url: str, now: float) -> str:
    """The Cookie header of a jar for a URL, longer paths first, then the order they came in."""
    parts = urlsplit(url)
    host, path = parts.hostname or "", parts.path or "/"
    safe = parts.scheme == "https" or is_loopback(origin_of(url))
    fits = [
        cookie
        for cookie in jar
        if (cookie.expires is None or cookie.expires > now)
        and (safe or not cookie.secure)
        and (host == cookie.domain if cookie.host_only else _within(host, cookie.domain))
        and _under(path, cookie.path)
    ]
    fits.sort(key=lambda cookie: -len(cookie.path))
    return "; ".join(f"{cookie.name}={cookie.value.reveal()}" for cookie in fits)


def cookie_value(jar: tuple[Cookie, ...], name: str) -> Secret:
    """The newest cookie of that name, whatever its domain; an empty secret when there is none."""
    return next((cookie.value for cookie in reversed(jar) if cookie.name == name), Secret())


def _parse(line: str, url: str, now: float) -> Cookie | None:
    first, *rest = line[:8192].split(";")
    name, equals, value = first.partition("=")
    name, value = name.strip(), value.strip()
    if not equals or not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
        return None
    told = {key.strip().lower(): text.strip() for key, _, text in (part.partition("=") for part in rest)}
    host = urlsplit(url).hostname or ""
    domain = told.get("domain", "").lstrip(".").lower()
    if domain and domain != host and not ("." in domain and _within(host, domain)):
        return None
    path = told.get("path", "")
    return Cookie(
        name=name,
        value=Secret(value),
        domain=domain or host,
        path=path if path.startswith("/") else "/",
        secure="secure" in told,
        host_only=not domain,
        expires=_expiry(told, now),
    )


def _expiry(told: dict[str, str], now: float) -> float | None:
    """Max-Age wins over Expires; a date nobody can read makes a session cookie."""
    age = told.get("max-age", "")
    if re.fullmatch(r"-?\d{1,10}", age):
        return now + int(age)
    try:
        moment = parsedate_to_datetime(told["expires"])
    except (KeyError, ValueError, IndexError, TypeError, OverflowError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _within(host: str, domain: str) -> bool:
    return host == domain or (host.endswith("." + domain) and not re.fullmatch(r"[\d.]+|.*:.*", host))


def _under(path: str, base: str) -> bool:
    return path == base or path.startswith(base if base.endswith("/") else base + "/")
