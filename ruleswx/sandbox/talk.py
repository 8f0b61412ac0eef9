"""Messages on their way through the world: who says what, and who receives it.

A message is stored once and rendered for every account that takes part in the
chat, with the ids of that account's session. What the owner says on the phone
comes to the web as a message from oneself; what was sent from the web does not
come back, unless the option asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .cast import SPECIAL, Account, Group, Person
from .drafts import Draft, blank_message, text_draft
from .errors import SandboxError
from .session import Session
from .streams import MESSAGES, NOTICES

if TYPE_CHECKING:
    from .world import World

__all__ = ["ME", "Said", "arrive", "post", "public", "say", "speaker", "where", "wire_message"]

ME = ("me", "phone")
_BACKLOG = 5_000
_HISTORY = 20_000


@dataclass(slots=True)
class Said:
    """A message that was said. `sender` "" is the service itself."""

    seq: int
    msg_id: str
    sender: str
    chat: str
    draft: Draft
    time: float
    origin: str  # phone | web | service
    recalled: bool = False


def say(
    world: World,
    who: str,
    text: str,
    *,
    into: str | None = None,
    account: str | None = None,
    at: float | None = None,
) -> str:
    """Let `who` say a text and return its MsgId; raises SandboxError for unknown names."""
    if not text:
        raise SandboxError("say wants a non-empty `text`.")
    draft = text_draft(text, mix_up=world.options.mix_up_faces)
    sender, chat = where(world, who, into, account)
    return post(world, sender.key, chat, draft, at=at).msg_id


def speaker(world: World, who: str, account: str | None = None) -> Person:
    """Return who is meant by a name or by `me`; raises SandboxError."""
    if who in ME:
        return world.directory.account(account).person
    return world.directory.person(who)


def where(world: World, who: str, into: str | None, account: str | None = None) -> tuple[Person, str]:
    """Return the sender and the key of the chat; raises SandboxError when they do not fit."""
    sender = speaker(world, who, account)
    owner = world.directory.account(account)
    if into is None:
        if sender.key == owner.key:
            return sender, "filehelper"
        _may_write(world, sender, owner)
        return sender, owner.key
    chat = world.directory.chat(into)
    if isinstance(chat, Group):
        _may_speak(world, sender, chat)
    elif sender.key not in world.directory.accounts and chat.key not in world.directory.accounts:
        raise SandboxError(f"{who!r} cannot write to {into!r}: neither has an account here.")
    return sender, chat.key


def post(
    world: World,
    sender: str,
    chat: str,
    draft: Draft,
    *,
    at: float | None = None,
    origin: str = "phone",
    only: Account | None = None,
) -> Said:
    """Put a message into the world and hand it to everybody concerned (or to `only` one)."""
    moment = world.clock.now() if at is None else at
    said = Said(
        len(world.history) + world.forgotten + 1,
        world.next_msg_id(),
        sender,
        chat,
        draft,
        moment,
        origin,
    )
    world.history.append(said)
    world.messages[said.msg_id] = said
    _forget(world)
    for account in [only] if only else _receivers(world, said):
        arrive(world, account, said)
    world.changed()
    return said


def arrive(world: World, account: Account, said: Said) -> None:
    """Give a message to one account: to its session, or to its backlog while there is none."""
    session = account.session
    if said.draft.msg_type != 51:
        account.touch(_chat_for(account, said))
    if session is None or session.over or not session.started:
        if world.options.backlog and said.draft.msg_type != 51:
            account.backlog.append(said)
            del account.backlog[:-_BACKLOG]
        return
    stream = NOTICES if said.draft.msg_type == 51 else MESSAGES
    session.streams.add(stream, "add", wire_message(world, session, said), world.clock.seconds())


def wire_message(world: World, session: Session, said: Said) -> dict[str, Any]:
    """Return the message object as `session` receives it."""
    draft = said.draft
    message = blank_message() | {
        "MsgId": said.msg_id,
        "NewMsgId": int(said.msg_id),
        "MsgType": draft.msg_type,
        "Content": draft.content,
        "CreateTime": int(said.time),
    }
    message |= dict(draft.fields)
    if draft.per_session is not None:
        message |= dict(draft.per_session(session))
    source, target = _addresses(world, session, said)
    message["FromUserName"], message["ToUserName"] = source, target
    if source.startswith("@@") and draft.prefixed and said.sender:
        author = session.user_name(world.directory.people[said.sender])
        message["Content"] = f"{author}:<br/>{message['Content']}"
    return message


def public(world: World, said: Said) -> dict[str, Any]:
    """Return a message as the control verbs show it, by names."""
    name = world.directory.name_of
    blob = said.draft.blob
    shown: dict[str, Any] = {
        "seq": said.seq,
        "MsgId": said.msg_id,
        "from": name(said.sender) if said.sender else "",
        "in": name(said.chat),
        "group": said.chat in world.directory.groups,
        "type": said.draft.kind,
        "MsgType": said.draft.msg_type,
        "text": said.draft.text,
        "time": said.time,
        "origin": said.origin,
        "recalled": said.recalled,
    }
    if blob is not None:
        shown |= {"name": blob.name, "size": blob.size, "md5": blob.md5, "sha256": blob.sha256}
    return shown


def _may_write(world: World, sender: Person, owner: Account) -> None:
    known = owner.contact(sender.key)
    if sender.key in SPECIAL or sender.key in world.directory.accounts:
        return
    if known is None or not known.friend:
        raise SandboxError(
            f"{sender.nick!r} is no friend of {owner.person.nick!r} and cannot write in private; "
            "let them speak in a group, or send a friend_request."
        )


def _may_speak(world: World, sender: Person, group: Group) -> None:
    if sender.key not in group.members:
        names = ", ".join(world.directory.name_of(key) for key in list(group.members)[:10])
        raise SandboxError(f"{sender.nick!r} is not in {group.nick!r} (members: {names}); use `join` first.")


def _receivers(world: World, said: Said) -> list[Account]:
    group = world.directory.groups.get(said.chat)
    concerned = set(group.members) if group else {said.sender, said.chat}
    quiet = said.origin == "web" and not world.options.echo_sent
    return [
        account
        for key, account in world.directory.accounts.items()
        if key in concerned and not (quiet and key == said.sender)
    ]


def _chat_for(account: Account, said: Said) -> str:
    return said.sender if said.chat == account.key and said.sender else said.chat


def _addresses(world: World, session: Session, said: Said) -> tuple[str, str]:
    me = session.user_name(session.account.person)
    everyone: dict[str, Any] = {**world.directory.people, **world.directory.groups}
    chat = session.user_name(everyone[_chat_for(session.account, said)])
    if said.draft.msg_type == 51:
        return me, chat
    return (me, chat) if said.sender == session.account.key else (chat, me)


def _forget(world: World) -> None:
    extra = len(world.history) - _HISTORY
    if extra > 0:
        for said in world.history[:extra]:
            world.messages.pop(said.msg_id, None)
        del world.history[:extra]
        world.forgotten += extra
