import os
import signal
import subprocess
import sys
import textwrap

import pytest
import trio
import trio.testing

from ruleswx.lifecycle import stop_on_signals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_the_first_signal_asks_to_stop(number: signal.Signals) -> None:
    names: list[str] = []
    before = signal.getsignal(number)
    with trio.fail_after(2), trio.CancelScope() as life:

        def stop(name: str) -> None:
            names.append(name)
            life.cancel()

        with stop_on_signals(stop, lambda: None):
            os.kill(os.getpid(), number)
            await trio.sleep_forever()
    assert names == [number.name]
    assert signal.getsignal(number) is before


async def test_sighup_asks_to_reload_each_time() -> None:
    asked: list[str] = []
    wake = trio.Event()

    def reload() -> None:
        asked.append("reload")
        if len(asked) == 2:
            wake.set()

    with trio.fail_after(2), stop_on_signals(lambda _: None, reload):
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGHUP)
            await trio.testing.wait_all_tasks_blocked()
        await wake.wait()


async def test_an_ignored_sighup_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stop_on_signals(lambda _: None, lambda: pytest.fail("nohup was overruled")):
            os.kill(os.getpid(), signal.SIGHUP)
            await trio.testing.wait_all_tasks_blocked()
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_second_signal_ends_the_process_even_in_a_busy_loop(number: signal.Signals, code: int) -> None:
    script = """
        import trio
        from ruleswx.lifecycle import stop_on_signals

        async def main():
            with stop_on_signals(lambda name: None, lambda: None):
                print("ready", flush=True)
                while True:
                    print("busy", flush=True)

        trio.run(main)
    """
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(number)
        for _ in range(2000):
            process.stdout.readline()
        assert process.poll() is None
        process.send_signal(number)
        process.stdout.read()
        assert process.wait(5) == code
