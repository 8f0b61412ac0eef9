"""What a message costs before it is answered, beside the POST that answers it: decode, match 10,000 rules, render.

CPU time of this process in one run; the server that takes the bare POST is a process of its own.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from statistics import median
from time import process_time

import httpx
import trio

from benchmarks.corpus import messages, rules
from benchmarks.decode import news
from benchmarks.engine import decided, loaded
from benchmarks.engines import Ours
from benchmarks.load import written
from benchmarks.measure import Report
from benchmarks.render import CONTEXT, SMALL
from benchmarks.transport import BODY, HEADERS, cpu, server
from ruleswx.protocol.messages import parse_message
from ruleswx.protocol.replies import decode
from ruleswx.protocol.sync import _Sync as News
from ruleswx.templates import compile_template

BATCH = 100


def read(body: bytes) -> int:
    """A batch cut into messages, each read into its typed value."""
    return len([parse_message(bytes(raw)) for raw in decode(body, News).AddMsgList])


def match(engine: Ours, texts: list[str]) -> None:
    """Fold and match a batch."""
    for text in texts:
        engine(text)


def render(count: int) -> None:
    """Render a template for each of a batch."""
    template = compile_template(SMALL)
    for _ in range(count):
        template.render(CONTEXT)


def spent(call: Callable[[], object], times: int = 10) -> float:
    """Return microseconds of CPU time a message of the batch takes."""
    started = process_time()
    for _ in range(times):
        call()
    return (process_time() - started) / times / BATCH * 1e6


async def posts(steps: dict[str, Callable[[], object]], rounds: int, count: int) -> dict[str, float]:
    """Let the steps and the bare POST take turns; microseconds of CPU time each."""
    times: dict[str, list[float]] = {name: [] for name in (*steps, "post")}
    async with server() as (plain, _, _), httpx.AsyncClient(trust_env=False) as client:

        async def post() -> object:
            url = f"{plain}/cgi-bin/mmwebwx-bin/webwxsendmsg?lang=zh_CN"
            return (await client.post(url, headers=HEADERS, content=BODY)).content

        await cpu(post, 20)
        for _ in range(rounds):
            for name, call in steps.items():
                times[name].append(spent(call))
            times["post"].append(await cpu(post, count))
    return {name: median(found) for name, found in times.items()}


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rules", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--count", type=int, default=200)
    chosen = parser.parse_args()
    made, batch = rules(chosen.rules), news(BATCH)
    texts, rule_set = messages(BATCH, made), loaded(written(chosen.rules))

    def decide() -> None:
        for number, text in enumerate(texts):
            decided(rule_set, text, number, thorough=False)

    steps: dict[str, Callable[[], object]] = {
        "decode": partial(read, batch),
        "match": partial(match, Ours(made), texts),
        "render": partial(render, BATCH),
        "decision": decide,
    }
    for call in steps.values():
        call()
    found = trio.run(posts, steps, chosen.rounds, chosen.count)
    print("     microseconds of CPU: " + ", ".join(f"{name} {value:.1f}" for name, value in found.items()))
    three = found["decode"] + found["match"] + found["render"]
    whole = found["decode"] + found["decision"]
    report = Report()
    title = f"decode, match {chosen.rules:,} rules, render; a bare POST = 100"
    report.line(title, three / found["post"] * 100, 5, unit="%")
    print(f"     decode and the engine's whole decision, trace included: {whole / found['post'] * 100:.1f}% of a POST")
    report.end()


if __name__ == "__main__":
    main()
