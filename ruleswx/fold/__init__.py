"""Folding: what two texts are reduced to before they are compared, and the way back to the original characters.

Every text predicate of the rule language compares folded texts, names and keywords included, so the rule is stated
once, here. Offsets always lead back to the text as it was sent. This package must not know rules or messages.
"""

from __future__ import annotations

from ruleswx.fold.folding import READ, Folded, Folds, Mode, fold, fold_key

__all__ = ["READ", "Folded", "Folds", "Mode", "fold", "fold_key"]
