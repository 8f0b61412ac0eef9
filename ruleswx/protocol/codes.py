"""What a return code means for us: one table (reliability of the service's replies, official script, four clients).

`classify` answers for `Ret` of any JSON reply, for `<ret>` of the login page and for `retcode` of synccheck. What
happened below HTTP is the carrier's story; `classify_status` only covers statuses that did arrive.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

__all__ = ["Progress", "ReplyClass", "classify", "classify_send", "classify_status"]

ReplyClass = Literal["ok", "ended", "refused", "throttled", "rejected", "transport", "suspect"]
"""ok · ended: log in again, keep the queue · refused: stop, exit 4 · throttled: freeze that kind of action ·
rejected: final for this one item · transport: back off 1-60 s, without end · suspect: as transport, three alarm."""

_CLASSES: dict[int, ReplyClass] = {
    0: "ok",
    -1: "transport",
    -2: "transport",
    -14: "ended",
    1: "rejected",
    1100: "ended",
    1101: "ended",
    1102: "ended",
    1200: "rejected",
    1201: "rejected",
    1203: "refused",
    1204: "rejected",
    1205: "throttled",
}


def classify(ret: int) -> ReplyClass:
    """The class of a return code. A number nobody documented is suspect: never "all is well", never the end."""
    return _CLASSES.get(ret, "suspect")


def classify_send(ret: int) -> ReplyClass:
    """The class of the code a send was answered with: what is not known is final for that one item, never repeated."""
    found = classify(ret)
    return "rejected" if found == "suspect" or ret == -2 else found


def classify_status(status: int) -> ReplyClass:
    """The class of an HTTP status: 2xx ok, 429 and 5xx transport, anything else suspect (a portal, a moved host)."""
    if 200 <= status < 300:
        return "ok"
    return "transport" if status == 429 or status >= 500 else "suspect"


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress rule of the receive loop: news that brings nothing must slow down, or it becomes a storm.

    After three syncs in a row with a selector but neither messages nor a moved key, `pause` is 1 s, doubling to 30 s;
    `stuck` says that the keys should be fetched anew (webwxinit) and the operator told.
    """

    empty: int = 0

    def after(self, *, moved: bool) -> Progress:
        """What the rule says once another sync came back."""
        return Progress() if moved else replace(self, empty=self.empty + 1)

    @property
    def pause(self) -> float:
        """Seconds to wait before the next synccheck."""
        return 0.0 if self.empty < 3 else min(30.0, 2.0 ** min(self.empty - 3, 5))

    @property
    def stuck(self) -> bool:
        """Whether it has gone on so long that pausing alone will not help."""
        return self.empty >= 9
