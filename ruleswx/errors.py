"""Everything ruleswx raises on purpose, by whose fault it is.

RuleswxError
├── UserFileError(diagnostics)          the file is wrong; holds all findings
├── LoginError
│   ├── LoginRefused(ret, message)      this account may not use the web
│   ├── ScanTimedOut                    nobody came to scan in time
│   └── SessionEnded(ret)               log in again
├── ProtocolError
│   ├── LocalProtocolError              we asked for something illegal in this state (a bug)
│   └── RemoteProtocolError(excerpt)    the server said something we cannot read
│       └── AnswerTooLarge              more than was asked for
├── TransportError(retryable)           names of the HTTP library end here
│   ├── ConnectFailed
│   │   ├── HostRefused(host)           a rule's address leads where it must not
│   │   └── Stumbled                    what goes before the request that counts failed
│   ├── TimedOut(phase)
│   └── ConnectionLost(after_write)
├── SendFailed(ret)                     the server refused one send
│   └── CannotSend(reason)              it cannot be sent at all; nothing left this machine
└── StoreError                          newer schema, disk, permissions
    ├── AlreadyDecided                  a message has its decision; a second one is refused
    ├── StoreLocked(holder)             another process holds the state
    └── StoreUnavailable                disk full or unreadable just now: try again later

Lost channels and cancellation stay trio's.
"""

from __future__ import annotations

from typing import Literal

from ruleswx.diagnostics import Diagnostic, sort_diagnostics

__all__ = [
    "AlreadyDecided",
    "AnswerTooLarge",
    "CannotSend",
    "ConnectFailed",
    "ConnectionLost",
    "HostRefused",
    "LocalProtocolError",
    "LoginError",
    "LoginRefused",
    "ProtocolError",
    "RemoteProtocolError",
    "RuleswxError",
    "ScanTimedOut",
    "SendFailed",
    "SessionEnded",
    "StoreError",
    "StoreLocked",
    "StoreUnavailable",
    "Stumbled",
    "TimedOut",
    "TransportError",
    "UserFileError",
]


class RuleswxError(Exception):
    """The root. Never raised itself; catch it at the roof only."""


class UserFileError(RuleswxError):
    """A configuration, rule, template or list file is wrong.

    Raised once all files were read, with every finding. Not raised for warnings alone. Print the diagnostics.
    """

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        self.diagnostics = sort_diagnostics(diagnostics)
        super().__init__(f"{len(self.diagnostics)} finding(s), first: {self.diagnostics[0].code}")


class LoginError(RuleswxError):
    """The account is not logged in; subclasses say what may be done about it."""


class LoginRefused(LoginError):
    """The service does not let this account use the web (Ret 1203 and friends).

    `message` is the server's own sentence. Not raised for an expired code or a lost connection. Do not retry.
    """

    def __init__(self, ret: int, message: str) -> None:
        self.ret = ret
        self.message = message
        super().__init__(f"login refused ({ret}): {message}")


class ScanTimedOut(LoginError):
    """A scan was wanted and nobody came in time. The process ends; run it again when somebody can scan."""


class SessionEnded(LoginError):
    """A well-formed reply said 1100, 1101 or 1102. Not raised for network trouble. Log in again; keep the queue."""

    def __init__(self, ret: int) -> None:
        self.ret = ret
        super().__init__(f"session ended ({ret})")


class ProtocolError(RuleswxError):
    """Somebody broke the protocol; subclasses say who."""


class LocalProtocolError(ProtocolError):
    """We asked for something illegal in this state: a bug of ours. The text names the states."""


class RemoteProtocolError(ProtocolError):
    """The server said something we cannot read. Back off as for a lost connection.

    `what` is our sentence, `excerpt` the server's own words, redacted.
    """

    def __init__(self, what: str, excerpt: str = "") -> None:
        self.what = what
        self.excerpt = excerpt
        super().__init__(f"{what}: {excerpt}" if excerpt else what)


class AnswerTooLarge(RemoteProtocolError):
    """An answer went beyond the size its request allowed, as it came or unpacked. The rest was not read."""


class TransportError(RuleswxError):
    """The network failed. `retryable` says whether repeating an idempotent request makes sense."""

    retryable = True


class ConnectFailed(TransportError):
    """No connection: DNS, refused, TLS. The request never left."""


class Stumbled(ConnectFailed):
    """An upload, or whatever goes before the request that counts, failed: nobody has seen anything. Try this one again
    later; others need not wait for it."""


class HostRefused(ConnectFailed):
    """An address that a rule names leads into a private network, or to this machine under another name.

    Raised before a connection is made. Do not retry: the author of the rule must name another host.
    """

    retryable = False

    def __init__(self, host: str) -> None:
        self.host = host
        super().__init__(f"{host} is no public address")


class TimedOut(TransportError):
    """A deadline passed. `phase` is where; after "read" the request may have been acted upon."""

    def __init__(self, phase: Literal["connect", "write", "read"]) -> None:
        self.phase = phase
        super().__init__(f"timed out ({phase})")


class ConnectionLost(TransportError):
    """The connection broke. With `after_write` the request may have been acted upon: the outcome is unknown."""

    def __init__(self, what: str, *, after_write: bool) -> None:
        self.after_write = after_write
        super().__init__(what)


class SendFailed(RuleswxError):
    """The server answered a send with a non-zero Ret. Final for that item unless the code is 1205 or -1."""

    def __init__(self, ret: int, message: str = "") -> None:
        self.ret = ret
        self.message = message
        super().__init__(f"send refused ({ret}) {message}".rstrip())


class CannotSend(SendFailed):
    """What was to be sent cannot be: an empty or too big file, another kind than asked, a message nobody can forward.

    Raised before the first byte leaves. `reason` and `values` name the sentence that tells people so in their language.
    Do not retry.
    """

    def __init__(self, reason: str, message: str, **values: str) -> None:
        self.reason = reason
        self.values = values
        super().__init__(0, message)


class StoreError(RuleswxError):
    """The state directory cannot be used: newer schema, disk, permissions. Exit 7.

    `event` and `values` name the sentence that tells people so in their language.
    """

    def __init__(self, text: str, *, event: str = "state_unusable", **values: str) -> None:
        self.event = event
        self.values = values or {"why": text}
        super().__init__(text)


class AlreadyDecided(StoreError):
    """A decision was to be stored for a message that is done, set aside or gone. Nothing was written.

    It never happens unless something of ours is wrong; whoever sees it leaves the message alone.
    """


class StoreLocked(StoreError):
    """Another process holds the state. `holder` names it. Exit 6."""

    def __init__(self, holder: str) -> None:
        self.holder = holder
        super().__init__(f"state is held by {holder}", event="state_locked", holder=holder)


class StoreUnavailable(StoreError):
    """The disk does not take or give anything just now (full, unreadable, permission lost).

    Nothing of the transaction was written. While running: hold what was to be done and try again later. At the start
    it is a StoreError like any other.
    """
