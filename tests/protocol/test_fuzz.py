from tests.protocol.fuzz import TARGETS, attempt, run


def test_twenty_thousand_bent_payloads_do_no_harm() -> None:
    assert run(seed=20_260, count=20_000) == []


def test_the_runner_notices_what_it_looks_for() -> None:
    def fail(response: object) -> object:
        raise ZeroDivisionError("x")

    broken = {"fail": fail, "leak": lambda _: ["\ud800"]}
    TARGETS.update(broken)  # type: ignore[attr-defined]
    try:
        assert [getattr(attempt(name, b"", 200), "why", None) for name in broken] == [
            "ZeroDivisionError: x",
            "a lone surrogate came out",
        ]
    finally:
        for name in broken:
            del TARGETS[name]  # type: ignore[attr-defined]
