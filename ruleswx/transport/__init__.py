"""The door to the network: Request -> Response, and where the names of httpx end.

`transport` carries one request whole and says honestly how far it got; `pool` keeps connections and speaks HTTP on
them; `connect` makes one, through a proxy if need be;
`outdoors` is the door for hosts that rules name.
"""

from __future__ import annotations

from ruleswx.transport.outdoors import Outdoors, open_outdoors
from ruleswx.transport.transport import Transport, open_transport

__all__ = ["Outdoors", "Transport", "open_outdoors", "open_transport"]
