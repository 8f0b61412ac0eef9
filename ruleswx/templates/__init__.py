"""Messages with holes: Jinja's syntax, a small part of its language, and hard bounds on time and size.

A template comes from a rule file and nowhere else; chat text is only ever a value in the context, so it cannot become
a program. What a template may say is an allow-list (`guard`), what it may cost is a budget (`budget`), what it may do
to a value is our own filters (`filters`). Values are texts, numbers, flags, dates, lists and mappings, never objects.
The only package that knows jinja2. It must not know rules or messages.
"""

from __future__ import annotations

from ruleswx.templates.template import Template, compile_template
from ruleswx.templates.values import LONGEST_OUTPUT, RenderFailed, TemplateProblem

__all__ = ["LONGEST_OUTPUT", "RenderFailed", "Template", "TemplateProblem", "compile_template"]
