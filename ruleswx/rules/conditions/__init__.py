"""The lines of `when`: small frozen values that check one message and say why.

They look at a Context and at nothing else: no state is changed, nothing is sent. This package must not know rules,
steps or files.
"""

from __future__ import annotations

from ruleswx.rules.conditions.base import Condition
from ruleswx.rules.conditions.block import AnyOf, Block, cost_of, in_order, judge, refusal
from ruleswx.rules.conditions.context import Context, VarDef, folded_name, member_scope, stored_rows
from ruleswx.rules.conditions.history import FloodOf, RepeatOf, StrikesOf, VarIs, show_value
from ruleswx.rules.conditions.literals import WordList, word_list
from ruleswx.rules.conditions.mention import Mentions, find_mentions
from ruleswx.rules.conditions.names import NameTest, name_test
from ruleswx.rules.conditions.timing import Chance, DatesIn, DaysIn, HoursIn
from ruleswx.rules.conditions.traits import FileName, Has, Title
from ruleswx.rules.conditions.what import UNSAID, EventIs, KindIs, Mention, Said
from ruleswx.rules.conditions.where import (
    GroupIs,
    MemberIs,
    Muted,
    NotOfficial,
    PersonIs,
    Role,
    Self,
    Sender,
    sender_of,
)
from ruleswx.rules.conditions.wording import Contains, ContainsAll, Ends, Equals, Length, Regex, Starts

__all__ = [
    "UNSAID",
    "AnyOf",
    "Block",
    "Chance",
    "Condition",
    "Contains",
    "ContainsAll",
    "Context",
    "DatesIn",
    "DaysIn",
    "Ends",
    "Equals",
    "EventIs",
    "FileName",
    "FloodOf",
    "GroupIs",
    "Has",
    "HoursIn",
    "KindIs",
    "Length",
    "MemberIs",
    "Mention",
    "Mentions",
    "Muted",
    "NameTest",
    "NotOfficial",
    "PersonIs",
    "Regex",
    "RepeatOf",
    "Role",
    "Said",
    "Self",
    "Sender",
    "Starts",
    "StrikesOf",
    "Title",
    "VarDef",
    "VarIs",
    "WordList",
    "cost_of",
    "find_mentions",
    "folded_name",
    "in_order",
    "judge",
    "member_scope",
    "name_test",
    "refusal",
    "sender_of",
    "show_value",
    "stored_rows",
    "word_list",
]
