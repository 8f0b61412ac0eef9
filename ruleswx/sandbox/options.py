"""The switches of a world: how this simulated service behaves.

The defaults are the ones real accounts report most. Everything here may be
changed while the world runs, by `World.options` or by the verb `options`.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from .errors import SandboxError, did_you_mean

__all__ = ["Options", "change_options"]


@dataclass(slots=True, kw_only=True)
class Options:
    """One simulated service's behaviour."""

    hold: float = 25.0  # seconds a long poll waits for news
    strict: bool = False  # treat the known oddities of other clients as violations
    auto: bool = False  # the phone scans and confirms every code by itself
    login: str = "open"  # open | desktop (1203 without the desktop headers) | web (1203 with) | refused
    refuse_ret: int = 1203  # the code of a refusal
    push: bool = True  # webwxpushloginurl may be used
    qr_life: float = 240.0  # seconds a QR code lives without being confirmed
    base: str = ""  # host (or origin) accounts are sent to after login; "" = the one asked
    redirecturl: str = ""  # newloginpage answers once with this <redirecturl>
    login_301: bool | None = None  # None: 301 only when fun=new and version=v2 are both absent
    page_size: int = 0  # contacts per page of webwxgetcontact; 0 = all at once
    sync_limit: int = 0  # messages per webwxsync before ContinueFlag=1; 0 = no limit
    sync_check_key: bool = True  # webwxsync answers SyncCheckKey
    renew_skey: bool = False  # webwxinit and webwxsync bring a fresh SKey each time
    echo_sent: bool = False  # messages sent from the web come back by webwxsync
    real_ids: bool = True  # message 51 carries the stable ids
    backlog: bool = True  # what was said while nobody was logged in arrives at the next login
    limits: bool = False  # answer 1205 beyond the rates of real accounts
    invite_from: int = 40  # InviteStartCount
    group_ops: str = "work"  # work | nothing (Ret 0, no effect) | refused (1205) | gone (no Ret)
    invite_pending: bool = False  # an invitation is answered -2013, which means it was sent
    remark_works: bool = False  # since 2018 a changed remark answers 0 and stays as it was
    remark_in_groups: bool = False  # a friend's remark stands as NickName in member lists
    language: str = "zh"  # of the phone, and so of the grey lines: zh | en
    mix_up_faces: bool = True  # the service sends nine emoji as the wrong picture


_CHOICES = {
    "login": ("open", "desktop", "web", "refused"),
    "group_ops": ("work", "nothing", "refused", "gone"),
    "language": ("zh", "en"),
}


def change_options(options: Options, changes: dict[str, Any]) -> None:
    """Set the given switches; raises SandboxError for an unknown one or a wrong type."""
    known = {field.name: field for field in dataclasses.fields(Options)}
    for name, value in changes.items():
        if name not in known:
            hint = did_you_mean(name, known)
            raise SandboxError(f"unknown option {name!r}.{hint}")
        now = getattr(options, name)
        fits = isinstance(value, (int, float)) if isinstance(now, float) else True
        if isinstance(now, (bool, str)) and type(value) is not type(now):
            fits = False
        if not fits:
            raise SandboxError(f"option {name!r} wants a {type(now).__name__}, got {value!r}")
        if name in _CHOICES and value not in _CHOICES[name]:
            raise SandboxError(f"option {name!r} is one of {', '.join(_CHOICES[name])}; got {value!r}.")
        setattr(options, name, value)
