"""The contacts of one account and the stable key of each, across logins, renames and lists that never agree."""

from __future__ import annotations

from ruleswx.addressbook.book import ME, AddressBook, Noticed
from ruleswx.addressbook.notices import Ledger, list_event, session_event

__all__ = ["ME", "AddressBook", "Ledger", "Noticed", "list_event", "session_event"]
