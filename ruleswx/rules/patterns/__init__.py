r"""The one regex dialect: RE2, linear in the text, with Unicode's \w \d \s, \p{Han} and Chinese group names.

A pattern is read into a tree (`parse`), written again in RE2's own words (`emit`), and asked which literals any text
must contain that it matches (`literals`), so that one pass over all literals of all rules finds the candidates.
This package must not know rules or messages.
"""

from __future__ import annotations

from ruleswx.rules.patterns.parse import PatternError
from ruleswx.rules.patterns.pattern import FoldedAway, Match, Pattern, compile_pattern, folded_away

__all__ = ["FoldedAway", "Match", "Pattern", "PatternError", "compile_pattern", "folded_away"]
