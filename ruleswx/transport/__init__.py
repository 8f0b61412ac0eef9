"""The door to the network: Request -> Response, and where the names of httpx end.

`transport` carries one request whole and says honestly how far it got; `pool` keeps connections and speaks HTTP on
them; `connect` makes one, through a proxy if need be.
"""

from __future__ import annotations

from ruleswx.transport.transport import Transport, open_transport

__all__ = ["Transport", "open_transport"]
