"""Requests over loopback: the carrier beside httpx's own client, plain and over TLS, and the cost of durability.

The server is a process of its own; what is compared is the CPU time this process spends on a request.
"""

from __future__ import annotations

import argparse
import ssl
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import httpx
import trio

from benchmarks.measure import Report
from benchmarks.store import fresh, handle
from ruleswx.protocol.wire import Request
from ruleswx.sandbox.certificates import make_certificates
from ruleswx.transport import open_transport

BODY = b'{"BaseRequest":{"Uin":1,"Sid":"s","Skey":"k","DeviceID":"e1"},"Msg":{"Content":"' + b"x" * 400 + b'"}}'
HEADERS = {
    "Content-Type": "application/json;charset=UTF-8",
    "Cookie": "wxsid=abc; wxuin=1; webwx_data_ticket=gQd; webwxuvid=0; webwx_auth_ticket=CIsB",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/121.0 Safari/537.36",
    "Referer": "https://wx.qq.com/",
}
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 40\r\n\r\n"
    b'{"BaseResponse":{"Ret":0,"ErrMsg":""}   '
)
Send = Callable[[], Awaitable[object]]


async def answer_for_ever(certificate: str, key: str) -> None:
    """Be the server: say the ports, then answer every request the same."""

    async def serve(stream: trio.abc.Stream) -> None:
        waiting = 0
        try:
            while data := await stream.receive_some(65536):
                waiting += data.count(b"POST ")
                if data.endswith(b"}}"):
                    await stream.send_all(ANSWER * waiting)
                    waiting = 0
        except trio.BrokenResourceError:
            return

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    (plain,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    (secure,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    print(plain.socket.getsockname()[1], secure.socket.getsockname()[1], flush=True)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, serve, [plain])
        nursery.start_soon(trio.serve_listeners, serve, [trio.SSLListener(secure, context, https_compatible=True)])


@asynccontextmanager
async def server() -> AsyncIterator[tuple[str, str, str]]:
    """Start it; yields the plain and the secure address and the authority."""
    with tempfile.TemporaryDirectory() as folder:
        made = await make_certificates(Path(folder))
        words = [sys.executable, "-m", "benchmarks.transport", "--serve", str(made.certfile), str(made.keyfile)]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)  # noqa: ASYNC220 - before the first timing
        try:
            assert process.stdout is not None
            plain, secure = process.stdout.readline().split()
            yield f"http://127.0.0.1:{plain}", f"https://127.0.0.1:{secure}", str(made.authority)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()  # type: ignore[union-attr]


async def cpu(send: Send, count: int) -> float:
    """Return microseconds of CPU time a request."""
    worked = process_time()
    for _ in range(count):
        await send()
    return (process_time() - worked) / count * 1e6


async def compare(candidates: dict[str, Send], rounds: int, count: int) -> dict[str, float]:
    """Let the candidates take turns."""
    times: dict[str, list[float]] = {name: [] for name in candidates}
    for send in candidates.values():
        await cpu(send, 20)
    for _ in range(rounds):
        for name, send in candidates.items():
            times[name].append(await cpu(send, count))
    return {name: median(found) for name, found in times.items()}


async def measure(report: Report, rounds: int, count: int, folder: str) -> None:
    """Targets 12 and 10."""
    async with server() as (plain, secure, authority):
        trust = ssl.create_default_context(cafile=authority)
        async with (
            open_transport(ca_file=authority) as ours,
            httpx.AsyncClient(trust_env=False, verify=trust) as theirs,
        ):
            posts: dict[str, float] = {}
            for name, base in (("plain", plain), ("TLS", secure)):
                request = Request("POST", f"{base}/cgi-bin/mmwebwx-bin/webwxsendmsg?lang=zh_CN", HEADERS, BODY)

                async def mine(request: Request = request) -> object:
                    return await ours.send(request)

                async def httpx_post(request: Request = request) -> object:
                    return (await theirs.post(request.url, headers=HEADERS, content=BODY)).content

                found = await compare({"ours": mine, "httpx": httpx_post}, rounds, count)
                posts[name] = found["httpx"]
                print(f"     {name}: {found['ours']:.0f} us ours, {found['httpx']:.0f} us httpx")
                report.line(
                    f"requests a core over {name}, httpx's client = 1", found["httpx"] / found["ours"], 3.0, least=True
                )
    durable(report, posts["plain"], folder)


def durable(report: Report, post: float, folder: str) -> None:
    """What storing adds to a message, beside one bare POST of httpx's client."""
    with fresh(folder) as store:
        handle(store, 10, together=True)
        started, worked = perf_counter(), process_time()
        for _ in range(50):
            handle(store, 10, together=True)
        spent = (perf_counter() - started) / 500 * 1e6
        used = (process_time() - worked) / 500 * 1e6
        print(f"     taking and deciding: {used:.0f} us CPU a message, {spent:.0f} us in all")
    report.line("batches of 10 taken and decided, CPU, a bare httpx POST = 100", used / post * 100, 10, unit="%")


def main() -> None:
    """Measure, or be the server."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", nargs=2, metavar=("CERTIFICATE", "KEY"))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--folder", default=".")
    options = parser.parse_args()
    if options.serve:
        trio.run(answer_for_ever, *options.serve)
        return
    report = Report()
    trio.run(measure, report, options.rounds, options.count, options.folder)
    report.end()


if __name__ == "__main__":
    main()
