import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ruleswx.errors import CannotSend, ConnectionLost, RemoteProtocolError, SendFailed
from ruleswx.protocol import flows
from ruleswx.protocol.flows import Ask, Means, Pause, Read
from ruleswx.protocol.mediaids import MediaIds
from ruleswx.protocol.upload import CHUNK, plan_upload
from ruleswx.sandbox import World
from tests.protocol.phone import Phone
from tests.protocol.transcripts import answer

DATA = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4096


class Errand:
    """Drives a flow: carries, reads, and counts the pauses instead of sleeping."""

    def __init__(
        self, phone: Phone, flow: Any, *, data: bytes = DATA, before: Callable[[Ask], Any] | None = None
    ) -> None:
        self.phone, self.flow, self.data, self.before = phone, flow, data, before
        self.asked: list[str] = []
        self.final: list[str] = []
        self.paused = 0.0

    def run(self) -> Any:
        try:
            step = next(self.flow)
            while True:
                step = self._step(step)
        except StopIteration as done:
            return done.value

    def _step(self, step: Any) -> Any:
        match step:
            case Ask(request=request, final=final):
                self.asked.append(request.name)
                self.final += [request.name] if final else []
                fault = self.before(step) if self.before else None
                if isinstance(fault, Exception):
                    return self.flow.throw(fault)
                return self.flow.send(fault or self.phone.carry(request))
            case Read(offset=offset, length=length):
                return self.flow.send(self.data[offset : offset + length])
            case Pause(seconds=seconds):
                self.paused += seconds
                self.phone.world.advance(seconds)
                return self.flow.send(None)


@pytest.fixture
def world() -> World:
    return World(auto=True, strict=True)


@pytest.fixture
def phone(world: World) -> Phone:
    return Phone(world).ready()


def means(phone: Phone) -> Means:
    return Means(lambda: phone.session, lambda: phone.now, phone.rng)


def media(
    phone: Phone, known: MediaIds, to: str = "林老师", data: bytes = DATA, kind: Any = "image", **more: Any
) -> Errand:
    target = phone.id_of(to)
    upload = plan_upload(
        kind,
        "封面.png",
        len(data),
        data[:16],
        md5=hashlib.md5(data, usedforsecurity=False).hexdigest(),
        to=target,
        now=phone.now,
    )
    return Errand(phone, flows.send_media(means(phone), upload, target, phone.local_id(), known), data=data, **more)


def test_the_same_picture_travels_once(world: World, phone: Phone) -> None:
    known = MediaIds()
    first = media(phone, known)
    assert first.run().isdigit()
    assert first.asked == ["webwxuploadmedia"] * 3 + ["webwxsendmsgimg"]
    assert first.final == ["webwxsendmsgimg"]
    again = media(phone, known, "小李")
    assert again.run().isdigit()
    assert again.asked == ["webwxsendmsgimg"]
    assert [entry["type"] for entry in world.sent()] == ["image", "image"]


def test_a_big_file_is_announced_and_known_ones_are_not_uploaded(world: World, phone: Phone) -> None:
    data = bytes(25 * 1024 * 1024 + 1)
    errand = media(phone, MediaIds(), data=data, kind="file")
    assert errand.run().isdigit()
    assert errand.asked[0] == "webwxcheckupload"
    assert errand.asked.count("webwxuploadmedia") == 51
    told = answer({"BaseResponse": {"Ret": 0}, "MediaId": "@crypt_known", "AESKey": "k", "Signature": "s"})
    sent = answer({"BaseResponse": {"Ret": 0}, "MsgID": "77"})
    replies = {"webwxcheckupload": told, "webwxsendappmsg": sent}
    known = media(phone, MediaIds(), data=data, kind="file", before=lambda ask: replies[ask.request.name])
    assert known.run() == "77"
    assert known.asked == ["webwxcheckupload", "webwxsendappmsg"]


@pytest.mark.parametrize("fault", [answer("", 502), ConnectionLost("reset", after_write=True)])
def test_a_piece_that_got_lost_is_sent_again(world: World, phone: Phone, fault: Any) -> None:
    faults = iter([None, fault, fault, None, None, None])
    errand = media(phone, MediaIds(), before=lambda _: next(faults))
    assert errand.run().isdigit()
    assert errand.asked == ["webwxuploadmedia"] * 5 + ["webwxsendmsgimg"]
    assert errand.paused == 3.0


def test_three_times_is_enough(phone: Phone) -> None:
    errand = media(phone, MediaIds(), before=lambda _: answer("", 502))
    with pytest.raises(RemoteProtocolError):
        errand.run()
    assert errand.asked == ["webwxuploadmedia"] * 3
    lost = media(phone, MediaIds(), before=lambda _: ConnectionLost("reset", after_write=True))
    with pytest.raises(ConnectionLost):
        lost.run()
    assert lost.final == []


def test_words_and_forwards_are_one_request(world: World, phone: Phone) -> None:
    world.say("小林", "原话")
    phone.news()
    to, wire = phone.id_of("小李"), phone.last
    for flow in (
        flows.send_text(means(phone), to, "你好", phone.local_id()),
        flows.forward(means(phone), wire, to, phone.local_id()),
    ):
        errand = Errand(phone, flow)
        assert errand.run().isdigit()
        assert errand.final == errand.asked
    assert [entry["text"] for entry in world.sent()] == ["你好", "原话"]


def test_words_are_taken_back_in_time_only(world: World, phone: Phone) -> None:
    msg_id, said = phone.say("小李", "oops"), phone.now
    to = phone.id_of("小李")
    Errand(phone, flows.recall(means(phone), to, msg_id, said, phone.local_id())).run()
    assert world.sent()[-1]["recalled"]
    world.advance(121)
    with pytest.raises(CannotSend) as caught:
        Errand(phone, flows.recall(means(phone), to, msg_id, said, phone.local_id())).run()
    assert caught.value.reason == "too_late"


def test_a_file_that_shrinks_is_not_sent(phone: Phone) -> None:
    errand = media(phone, MediaIds())
    errand.data = DATA[: CHUNK + 5]
    with pytest.raises(CannotSend) as caught:
        errand.run()
    assert caught.value.reason == "changed"
    assert errand.final == []


def contact(phone: Phone, name: str) -> Any:
    (found,) = phone.fetch([phone.id_of(name)])
    return found


def test_members_come_go_and_the_name_changes(world: World, phone: Phone) -> None:
    group, lin = contact(phone, "客户群一"), phone.id_of("林老师")
    added = Errand(phone, flows.add_member(means(phone), group, lin))
    assert added.run() == "done"
    assert added.asked == ["webwxupdatechatroom", "webwxbatchgetcontact"]
    assert Errand(phone, flows.remove_member(means(phone), group.user_name, lin)).run() == "done"
    assert Errand(phone, flows.rename_group(means(phone), group.user_name, "老客户")).run() == "done"
    assert world.violations == []


def test_a_big_group_gets_an_invitation(world: World, phone: Phone) -> None:
    world.options.invite_from = 2
    phone.sync.session = replace(phone.session, invite_start_count=2)
    invited = Errand(phone, flows.add_member(means(phone), contact(phone, "客户群一"), phone.id_of("林老师")))
    assert invited.run() in {"pending", "done"}
    assert len(world.invited) == 1


def test_ok_without_effect_is_said_to_be_so(phone: Phone) -> None:
    nothing = answer({"BaseResponse": {"Ret": 0}})
    group = phone.id_of("客户群一")

    def only_operations(ask: Ask) -> Any:
        return nothing if ask.final else None

    errand = Errand(phone, flows.rename_group(means(phone), group, "x"), before=only_operations)
    assert errand.run() == "no effect"
    assert errand.paused == 10.0
    assert errand.asked == ["webwxupdatechatroom"] + ["webwxbatchgetcontact"] * 4


def test_refusals_are_looked_at_once(phone: Phone) -> None:
    def refuse(ask: Ask) -> Any:
        return answer({"BaseResponse": {"Ret": 1}}) if ask.final else None

    errand = Errand(phone, flows.set_remark(means(phone), phone.id_of("林老师"), "x"), before=refuse)
    assert errand.run() == "refused"
    assert errand.paused == 1.0
    nothing = Errand(phone, flows.set_remark(means(phone), phone.id_of("林老师"), "林老师"), before=refuse)
    assert nothing.run() == "done"


def test_too_often_freezes(phone: Phone) -> None:
    errand = Errand(
        phone,
        flows.remove_member(means(phone), phone.id_of("客户群一"), "@x"),
        before=lambda _: answer({"BaseResponse": {"Ret": 1205, "ErrMsg": "太频繁"}}),
    )
    with pytest.raises(SendFailed) as caught:
        errand.run()
    assert caught.value.ret == 1205


def test_a_stranger_becomes_a_friend(world: World, phone: Phone) -> None:
    world.send("路人甲", "friend_request", text="我是甲")
    (request,) = phone.news()
    flow = flows.accept_friend(means(phone), request.chat.user_name, request.facts["ticket"])
    assert Errand(phone, flow).run() == "done"


def test_a_driver_that_answers_wrongly_is_told(phone: Phone) -> None:
    flow = flows.rename_group(means(phone), "@@g", "x")
    next(flow)
    with pytest.raises(TypeError):
        flow.send(None)
