"""What durability costs: commits alone and together, a long history, the start with a full state, pruning.

The folder is made where --folder says (default: the present one), because a memory disk would flatter.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from benchmarks.measure import Report
from ruleswx.model import Change, Chat, Receipt, SendText, State
from ruleswx.store import InboxRow, Incoming, OutboxRow, Store, open_store

BODY = b'{"MsgId":"%d","FromUserName":"@abc","Content":"' + "今天这个多少钱呀？".encode() * 8 + b'"}'
TRACE = b'{"heard":{"kind":"text"},"gate":null,"rules":[' + b'{"rule":"x","outcome":"missed"},' * 8 + b"{}]}"
CHAT = Chat("chat", "person", ("老王",), "@abc")
NUMBERS = count(1)


def incoming(size: int) -> list[Incoming]:
    """Return that many messages nobody has seen."""
    return [Incoming(str(n), BODY % n) for n in (next(NUMBERS) for _ in range(size))]


def decide(store: Store, row: InboxRow, *, answered: bool = True) -> tuple[OutboxRow, ...]:
    """Store one decision of the usual size."""
    if not answered:
        return store.commit(row.seq, (), (), TRACE, "missed", 1.0)
    change = Change("cooldown", "规则", "chat", State(row.seq))
    return store.commit(row.seq, [SendText(CHAT, "九十九元", "规则")], [change], TRACE, "matched", 1.0)


def handle(store: Store, size: int, *, together: bool) -> list[OutboxRow]:
    """Take a batch and store its decisions, each by itself or all in one."""
    rows = store.take(incoming(size), b"cursor", 1.0)
    with store.together() if together else nullcontext():
        return [queued for row in rows for queued in decide(store, row)]


def deliver(store: Store, rows: list[OutboxRow]) -> None:
    """Mark each row on its way and arrived, as the outbox does."""
    for row in rows:
        store.sending(row.id, f"c{row.id}")
        store.settle(row.id, Receipt("sent", f"m{row.id}"), 1.0)


@contextmanager
def fresh(folder: str) -> Iterator[Store]:
    """Open a store that ends with the block."""
    with tempfile.TemporaryDirectory(dir=folder) as where, open_store(Path(where) / "state") as store:
        yield store


def batches(store: Store, rounds: int, hits: int) -> float:
    """Target 16: ten decisions in one commit against ten commits; wall time, for the disk is what one waits for."""
    times: dict[str, list[float]] = {"alone": [], "together": []}
    for _ in range(rounds):
        for name, found in times.items():
            rows = store.take(incoming(10), b"cursor", 1.0)
            started = perf_counter()
            with store.together() if name == "together" else nullcontext():
                for number, row in enumerate(rows):
                    decide(store, row, answered=number < hits)
            found.append((perf_counter() - started) / 10 * 1e6)
    alone, together = median(times["alone"]), median(times["together"])
    print(f"     a decision, {hits} of 10 answered: {alone:.0f} us alone, {together:.0f} us together with nine others")
    return alone / together


def whole_message(store: Store, rounds: int) -> None:
    """A message in, decided, sent: every mark the promises need."""
    for size, together in ((1, False), (10, False), (10, True), (100, True)):
        wall, cpu = [], []
        for _ in range(max(3, rounds // size)):
            started, worked = perf_counter(), process_time()
            deliver(store, handle(store, size, together=together))
            wall.append((perf_counter() - started) / size * 1e6)
            cpu.append((process_time() - worked) / size * 1e6)
        how = "together" if together else "alone"
        print(
            f"     a message in batches of {size:>3}, decided {how:<8}: {median(wall):6.0f} us ({median(cpu):.0f} CPU)"
        )


def history(report: Report, store: Store, size: int) -> None:
    """A long history must not make the next message dearer."""
    before = median(one_by_one(store))
    for _ in range(size // 100):
        deliver(store, handle(store, 100, together=True))
    after = median(one_by_one(store))
    report.line(f"a message after {size:,} others against the first ones", after / before, 1.3)


def one_by_one(store: Store, rounds: int = 300) -> Iterator[float]:
    """Time single messages."""
    for _ in range(rounds):
        started = perf_counter()
        deliver(store, handle(store, 1, together=False))
        yield perf_counter() - started


def start(report: Report, folder: str, size: int) -> None:
    """Open a state with a long history and many remembered values."""
    with tempfile.TemporaryDirectory(dir=folder) as where:
        path = Path(where) / "state"
        with open_store(path) as store:
            for _ in range(size // 100):
                deliver(store, handle(store, 100, together=True))
            changes = [Change("var", "n", str(n), State(n)) for n in range(20_000)]
            store.commit(None, (), changes, b"", "", 1.0)
        started = perf_counter()
        with open_store(path) as store:
            report.line(
                f"start with {size:,} messages and 20,000 values", (perf_counter() - started) * 1e3, 500, unit="ms"
            )
            started = perf_counter()
            store.prune(9e8, messages=1.0)
            report.line(f"prune {size:,} messages", (perf_counter() - started) * 1e3, 2000, unit="ms")


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", default=".")
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=200)
    options = parser.parse_args()
    report = Report()
    with fresh(options.folder) as store:
        ratio = batches(store, options.rounds, 10)
        report.line("ten commits against one for ten decisions, all answered", ratio, 5.0, least=True)
        batches(store, options.rounds, 3)
        whole_message(store, options.rounds)
        history(report, store, options.messages)
    start(report, options.folder, options.messages)
    report.end()


if __name__ == "__main__":
    main()
