"""The session as bytes for the store, and back: JSON with a schema version, cookies with domain, path and expiry.

Losing domains would send every cookie everywhere (ItChat). Nothing is pickled; bytes that are not ours, or of a schema
from the future, give ValueError, and the caller starts a fresh login.
"""

from __future__ import annotations

import msgspec

from ruleswx.errors import RemoteProtocolError
from ruleswx.protocol.hosts import origin_of
from ruleswx.protocol.wire import Cookie, Hosts, Mode, Session, SyncKey
from ruleswx.redact import Secret

__all__ = ["SCHEMA", "dump_session", "load_session"]

SCHEMA = 1


class _Cookie(msgspec.Struct, frozen=True):
    name: str
    value: str
    domain: str
    path: str
    secure: bool
    host_only: bool
    expires: float | None


class _Saved(msgspec.Struct, frozen=True):
    schema: int
    login: str
    base: str
    file: str
    push: str
    mode: Mode
    uin: int
    sid: str
    skey: str
    pass_ticket: str
    cookies: list[_Cookie]
    user_name: str
    nick_name: str
    sync_key: SyncKey
    sync_check_key: SyncKey
    invite_start_count: int


class _Version(msgspec.Struct, frozen=True):
    schema: int


def dump_session(session: Session) -> bytes:
    """The session with its secrets in the clear; only the store, 0600, may hold it."""
    hosts = session.hosts
    return msgspec.json.encode(
        _Saved(
            schema=SCHEMA,
            login=hosts.login,
            base=hosts.base,
            file=hosts.file,
            push=hosts.push,
            mode=session.mode,
            uin=session.uin,
            sid=session.sid.reveal(),
            skey=session.skey.reveal(),
            pass_ticket=session.pass_ticket.reveal(),
            cookies=[
                _Cookie(c.name, c.value.reveal(), c.domain, c.path, c.secure, c.host_only, c.expires)
                for c in session.cookies
            ],
            user_name=session.user_name,
            nick_name=session.nick_name,
            sync_key=session.sync_key,
            sync_check_key=session.sync_check_key,
            invite_start_count=session.invite_start_count,
        )
    )


def load_session(blob: bytes) -> Session:
    """The session of `dump_session`; raises ValueError, whose text holds no secret, for anything else."""
    try:
        version = msgspec.json.decode(blob, type=_Version).schema
        if version != SCHEMA:
            raise ValueError(f"a session of schema {version}; this version reads {SCHEMA}")
        saved = msgspec.json.decode(blob, type=_Saved)
        hosts = Hosts(*(origin_of(url) for url in (saved.login, saved.base, saved.file, saved.push)))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, RemoteProtocolError) as error:
        raise ValueError("the stored session cannot be read") from error
    return Session(
        hosts=hosts,
        mode=saved.mode,
        uin=saved.uin,
        sid=Secret(saved.sid),
        skey=Secret(saved.skey),
        pass_ticket=Secret(saved.pass_ticket),
        cookies=tuple(
            Cookie(c.name, Secret(c.value), c.domain, c.path, c.secure, c.host_only, c.expires) for c in saved.cookies
        ),
        user_name=saved.user_name,
        nick_name=saved.nick_name,
        sync_key=saved.sync_key,
        sync_check_key=saved.sync_check_key,
        invite_start_count=saved.invite_start_count,
    )
