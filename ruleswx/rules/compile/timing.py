"""From what an author wrote under `schedule` to a Spec. It must not know what the rule does."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from ruleswx.rules.schema import Timed
from ruleswx.schedule import DEFAULT_MISSED, Spec

__all__ = ["spec_of"]


def spec_of(written: Timed, zone: ZoneInfo) -> Spec:
    """When the rule is due. Raises ValueError (CronError for `cron`) for what only looked right."""
    return Spec(
        zone=ZoneInfo(str(written.tz)) if written.tz else zone,
        at=written.at or (),
        every=written.every,
        cron=written.cron or "",
        once=written.once,
        days=frozenset(written.days or ()),
        dates=tuple((span.first, span.last) for span in written.dates or ()),
        jitter=written.jitter or timedelta(0),
        missed=DEFAULT_MISSED if written.missed is None else written.missed.within,
    )
