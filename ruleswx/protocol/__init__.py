"""The web WeChat protocol as values: requests to send, replies read. Pure: no I/O, no clock, no runtime."""

from __future__ import annotations
