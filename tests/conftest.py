"""For every test: the log runs at debug, and nothing any test prints may hold a secret the sandbox has dealt."""

from collections.abc import Generator, Iterator
from urllib.parse import quote, unquote

import pytest
import structlog

from ruleswx.log import setup
from ruleswx.sandbox import phone
from ruleswx.sandbox.session import Session

DEALT: set[str] = set()


@pytest.fixture(scope="session", autouse=True)
def _remember_secrets() -> Iterator[None]:
    deal = phone.deal_session

    def remember(*args: object, **kwargs: object) -> Session:
        session: Session = deal(*args, **kwargs)  # type: ignore[arg-type]
        for secret in (session.sid, session.skey, session.pass_ticket, session.data_ticket, session.auth_ticket):
            DEALT.update((secret, quote(secret, safe=""), unquote(secret)))
        return session

    phone.deal_session = remember
    yield
    phone.deal_session = deal


@pytest.fixture(autouse=True)
def _log_at_debug() -> Iterator[None]:
    setup("debug", "json")
    yield
    structlog.reset_defaults()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A secret in what a passing test printed fails the test."""
    report = yield
    if report.passed and (printed := report.capstdout + report.capstderr + report.caplog):
        shown = sum(secret in printed for secret in DEALT)
        if shown:
            report.outcome = "failed"
            report.longrepr = f"{shown} secret(s) in what this test printed"
    return report
