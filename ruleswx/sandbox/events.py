"""What else can happen to an account: recalls, friend requests, notices of the phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import groups, talk
from .appbodies import friend_request_draft
from .cast import Account, Contact, Group, Person
from .drafts import Draft, notify_draft, recall_draft, text_draft
from .errors import SandboxError
from .making import make_draft
from .phrases import phrase
from .session import Session, hexes

if TYPE_CHECKING:
    from .arguments import Arguments
    from .world import World

__all__ = ["accept_us", "ask_friend", "forget_friend", "notice", "recall", "send"]

_FOREIGN = ("system", "redpacket")


def send(world: World, given: Arguments, *, at: float | None = None) -> str:
    """Let anybody send a message of any kind and return its MsgId; raises SandboxError."""
    who, into, name = str(given.get("as", "")), given.get("in"), given.get("account")
    if not who:
        raise SandboxError("`as` is missing: who sends it?")
    if given.get("type") == "friend_request":
        greeting = str(given.get("text") or "我是" + who)
        return ask_friend(world, world.directory.person(who), world.account(name), greeting)
    sender, chat = talk.where(world, who, into, name)
    draft = make_draft(world, given, sender)
    owner = world.account(name)
    if draft.kind == "system":
        place = sender.key if chat == owner.key else chat
        only = None if place in world.directory.groups else owner
        return talk.post(world, "", place, draft, at=at, origin="service", only=only).msg_id
    return talk.post(world, sender.key, chat, draft, at=at).msg_id


def recall(world: World, msg_id: str, *, form: str = "msgid") -> str:
    """Take a message back, whoever said it; returns the MsgId of the notice."""
    said = world.messages.get(msg_id)
    if said is None:
        raise SandboxError(f"there is no message {msg_id!r} (any more).")
    if form not in ("msgid", "newmsgid", "zero"):
        raise SandboxError("`form` is msgid, newmsgid or zero: which element names the message.")
    said.recalled = True
    for entry in world.sent_log:
        if entry["MsgId"] == msg_id:
            entry["recalled"] = True
    notice_id = ""
    for account in world.directory.accounts.values():
        draft = _recall_for(world, account, said, form)
        if draft is not None:
            notice_id = talk.post(world, said.sender, said.chat, draft, origin="service", only=account).msg_id
    return notice_id


def _recall_for(world: World, account: Account, said: talk.Said, form: str) -> Draft | None:
    group = world.directory.groups.get(said.chat)
    if account.key not in (group.members if group else (said.sender, said.chat)):
        return None
    mine = said.sender == account.key
    name = world.directory.people[said.sender].nick
    words = phrase("you_recalled" if mine else "recalled", world.options.language, name=name)
    old = {"msgid": said.msg_id, "newmsgid": world.next_msg_id(), "zero": "0"}[form]
    return recall_draft(said.chat, old, words, said.msg_id if form == "newmsgid" else "")


def ask_friend(world: World, person: Person, account: Account, greeting: str) -> str:
    """Let somebody ask for friendship; returns the MsgId of the request."""
    known = account.contact(person.key)
    if known is not None and known.friend:
        raise SandboxError(f"{person.nick!r} is a friend of {account.person.nick!r} already.")
    ticket = f"v2_{hexes(world.rng, 64)}@stranger"
    world.tickets[ticket] = (account.key, person.key)
    draft = friend_request_draft(person, greeting, ticket)
    return talk.post(world, "fmessage", account.key, draft, origin="service", only=account).msg_id


def accept_us(world: World, person: Person, account: Account) -> str:
    """Let somebody accept our request: a new friend, and the text the service writes for them."""
    account.book.setdefault(person.key, Contact())
    groups.befriend(world, account, person)
    english = world.options.language == "en"
    words = (
        "I've accepted your friend request. Now let's chat!"
        if english
        else "我通过了你的朋友验证请求，现在我们可以开始聊天了"
    )
    return talk.post(world, person.key, account.key, text_draft(words)).msg_id


def forget_friend(world: World, person: Person, account: Account, how: str) -> None:
    """End a friendship: `we` delete them, or they delete or block us and say nothing."""
    contact = account.contact(person.key)
    if contact is None:
        raise SandboxError(f"{person.nick!r} is no contact of {account.person.nick!r}.")
    if how == "we":
        del account.book[person.key]
        groups.drop(world, account, person)
    elif how in ("deleted", "blocked"):
        contact.refuses = how
    else:
        raise SandboxError("`how` is we, deleted or blocked.")


def notice(world: World, account: Account, code: int, chat: Group | Person) -> str:
    """Let the phone say that a chat was read (1), opened (2) or left (5)."""

    def ids(session: Session) -> tuple[list[str], list[str]]:
        return [session.user_name(chat)], [chat.key]

    draft = notify_draft(code, ids, real_ids=world.options.real_ids)
    return talk.post(world, account.key, account.key, draft, origin="service", only=account).msg_id
