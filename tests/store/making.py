"""Short words for what the tests store."""

from ruleswx.model import Chat, SendText
from ruleswx.store import Incoming

GROUP = Chat("g:1", "group", ("同学群",), user_name="@@one", owned=True)
FRIEND = Chat("p:1", "person", ("小李",))


def incoming(*ids: str) -> list[Incoming]:
    return [Incoming(msg_id, b'{"id":"%s"}' % msg_id.encode()) for msg_id in ids]


def say(text: str, to: Chat = FRIEND, rule: str = "问候") -> SendText:
    return SendText(to, text, rule)
