"""`python -m ruleswx` is the command `ruleswx`."""

from __future__ import annotations

import sys

from ruleswx.cli import main

sys.exit(main())
