"""A state with stored messages as the wire brought them, for verbs that look back."""

import json

from ruleswx.addressbook.bindings import Bindings, Row
from ruleswx.rules.trace import Heard, Reason, Trace
from ruleswx.store import Incoming, Store

ME = "@me1"
XIAOLI = Row("p-li", "person", "@li", nick="小李")
WANG = Row("p-wang", "person", "@wang", nick="王五", remark="老王")
GROUP = Row("g-1", "group", "@@g1", nick="产品交流群")


def write_rows(store: Store, *rows: Row) -> None:
    """What the address book remembers."""
    bindings = Bindings()
    bindings.rows = {row.key: row for row in rows or (XIAOLI, WANG, GROUP)}
    store.save_contacts(bindings.dump(bindings.rows))


def put(
    store: Store,
    msg_id: str,
    text: str,
    at: float,
    *,
    by: str = "@li",
    to: str = ME,
    trace: Trace | None = None,
    raw: bytes | None = None,
    **fields: object,
) -> None:
    """One message that came in then and was decided."""
    wire = {"MsgId": msg_id, "FromUserName": by, "ToUserName": to, "MsgType": 1, "Content": text, "CreateTime": int(at)}
    body = json.dumps({**wire, **fields}).encode() if raw is None else raw
    (row,) = store.take([Incoming(msg_id, body)], b"s", at)
    record = b"" if trace is None else json.dumps(trace.to_record()).encode()
    store.commit(row.seq, (), (), record, trace.outcome if trace else "", at)


def heard(chat: str, member: str = "", *, sender: str = "@@", gate: str = "", **more: str) -> Trace:
    """The trace of a message, as far as it names people."""
    person = "" if sender == "@@" else chat
    return Trace(Heard("text", sender, chat, member, person, **more), Reason(gate) if gate else None)
