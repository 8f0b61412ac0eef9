"""The rule engine: from YAML text to decisions. Pure: no I/O, no clock, no runtime."""

from __future__ import annotations
