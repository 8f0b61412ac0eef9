"""What a template may say: an allow-list of Jinja's syntax, with the place of anything else.

Also rewrites what is allowed only under a budget: loops pay for their rounds first, range() and ~ become filters of
ours. And it lists the names a template takes from outside. This module must not know values or budgets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from jinja2 import TemplateSyntaxError, nodes

from ruleswx.templates.environment import TESTS, environment
from ruleswx.templates.filters import FILTERS
from ruleswx.templates.places import Places
from ruleswx.templates.values import TemplateProblem

__all__ = ["Checked", "check"]

_LONGEST = 8_192
_MOST_NODES = 1_000
_DEEPEST = 24
_LARGEST = 10**15
_RESERVED = frozenset({"self", "super", "caller", "varargs", "kwargs", "context", "environment"})
_PLAIN = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Const, nodes.CondExpr, nodes.If, nodes.Compare,
    nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv,
    nodes.Mod, nodes.Neg, nodes.Pos, nodes.Getitem, nodes.Slice, nodes.Keyword, nodes.Pair,
)  # fmt: skip
_SYNTAX = (
    (r"end of template|unexpected end of", "@template_unclosed"),
    (r"unknown tag '(?P<written>[^']*)'", "@template_tag"),
    (r"Expected an expression, got '(?P<written>[^']*)'|unexpected '(?P<other>[^']*)'", "@template_expression"),
    (r"expected token '[^']*', got '(?P<written>[^']*)'", "@template_token"),
    (r"unexpected char (?P<written>.+?) at", "@template_sign"),
    (r"Missing end of (?P<written>\w+)", "@template_unclosed"),
)
_WRITTEN = {
    nodes.Macro: "macro", nodes.CallBlock: "call", nodes.FilterBlock: "filter", nodes.With: "with",
    nodes.Block: "block", nodes.Include: "include", nodes.Import: "import", nodes.FromImport: "from",
    nodes.Extends: "extends", nodes.AssignBlock: "set", nodes.Pow: "**", nodes.Scope: "autoescape",
}  # fmt: skip


@dataclass(slots=True)
class Checked:
    """A template's tree, ready to compile, and the names it takes from outside."""

    tree: nodes.Template
    names: frozenset[str]


def check(source: str) -> Checked:
    """Read and judge a template. Raises TemplateProblem."""
    if len(source) > _LONGEST:
        raise TemplateProblem("E183", _LONGEST, 1, what="@template_long", limit=str(_LONGEST))
    try:
        tree = environment().parse(source)
    except TemplateSyntaxError as error:
        offset, length = Places(source).line(error.lineno)
        raise TemplateProblem("E181", offset, length, **_syntax(error.message or "")) from None
    except ValueError:
        raise TemplateProblem("E183", 0, 1, what="@template_number_large", limit=str(_LARGEST)) from None
    except RecursionError:
        raise TemplateProblem("E183", 0, 1, what="@template_deep", limit=str(_DEEPEST)) from None
    walk = _Walk(source)
    walk.statements([tree], set(), 0)
    return Checked(tree, frozenset(walk.names))


@dataclass(slots=True)
class _Walk:
    source: str
    names: set[str] = field(default_factory=set)
    assigned: set[str] = field(default_factory=set)
    count: int = 0

    def problem(self, node: nodes.Node, written: str, what: str, **more: str) -> TemplateProblem:
        offset, length = Places(self.source).find(written, node.lineno or 1)
        return TemplateProblem("E182", offset, length, what=what, written=written, **more)

    def statements(self, body: list[Any], scope: set[str], depth: int) -> int:
        """Check what stands in a row, names set by one being known to the next; return how much it costs."""
        return sum(self.node(node, scope, depth) for node in body)

    def node(self, node: nodes.Node, scope: set[str], depth: int) -> int:
        """Check one node and everything under it; return how much it costs to go through it once."""
        self.count += 1
        if self.count > _MOST_NODES:
            raise TemplateProblem("E183", 0, 1, what="@template_nodes", limit=str(_MOST_NODES))
        if depth > _DEEPEST:
            raise TemplateProblem("E183", 0, 1, what="@template_deep", limit=str(_DEEPEST))
        match node:
            case nodes.Name():
                return self.name(node, scope)
            case nodes.For():
                return self.loop(node, scope, depth)
            case nodes.Assign():
                return self.assign(node, scope, depth)
            case nodes.Filter() | nodes.Test():
                self.known(node)
            case nodes.Getattr():
                self.visible(node, node.attr)
            case nodes.List() | nodes.Tuple() | nodes.Dict():
                self.flat(node)
            case nodes.Const(value=int() as value) if abs(value) > _LARGEST:
                raise self.problem(node, str(value)[:20], "@template_number_large")
            case _ if isinstance(node, _PLAIN):
                pass
            case _:
                raise self.unknown(node)
        return 1 + self.statements(self.children(node), scope, depth + 1)

    def children(self, node: nodes.Node) -> list[nodes.Node]:
        """Return the children, after putting our own filters where Jinja would compute without bounds."""
        for name, value in list(node.iter_fields()):
            if isinstance(value, nodes.Node):
                setattr(node, name, self.bounded(value))
            elif isinstance(value, list):
                setattr(node, name, [self.bounded(v) if isinstance(v, nodes.Node) else v for v in value])
        return list(node.iter_child_nodes())

    def bounded(self, node: nodes.Node) -> nodes.Node:
        if isinstance(node, nodes.Concat):
            return _inner("#concat", node.nodes, node)
        if isinstance(node, nodes.Call):
            name = getattr(node.node, "name", None) or getattr(node.node, "attr", None) or "("
            more = node.kwargs or node.dyn_args or node.dyn_kwargs
            if name != "range" or not isinstance(node.node, nodes.Name) or more or not 1 <= len(node.args) <= 3:
                raise self.problem(node, str(name), "@template_call")
            return _inner("#range", node.args, node)
        return node

    def name(self, node: nodes.Name, scope: set[str]) -> int:
        self.visible(node, node.name)
        if node.name in _RESERVED:
            raise self.problem(node, node.name, "@template_reserved")
        if node.name not in scope:
            self.names.add(node.name)
        return 1

    def visible(self, node: nodes.Node, name: str) -> None:
        if name.startswith("_"):
            raise self.problem(node, name, "@template_hidden")

    def loop(self, node: nodes.For, scope: set[str], depth: int) -> int:
        if node.recursive:
            raise self.problem(node, "recursive", "@template_statement")
        node.iter = self.bounded(node.iter)
        cost = self.node(node.iter, scope, depth + 1)
        inner = set(scope) | self.targets(node.target) | {"loop"}
        body = 2 + self.statements(node.body, inner, depth + 1)
        if node.test is not None:
            node.test = self.bounded(node.test)
            body += self.node(node.test, inner, depth + 1)
        other = self.statements(node.else_, set(scope), depth + 1)
        node.iter = nodes.Filter(node.iter, "#loop", [nodes.Const(body)], [], None, None, lineno=node.lineno)
        node.iter.set_environment(environment())
        return cost + body + other

    def targets(self, target: nodes.Node) -> set[str]:
        names = [target] if isinstance(target, nodes.Name) else list(getattr(target, "items", []))
        found = set[str]()
        for name in names:
            if not isinstance(name, nodes.Name) or name.name in _RESERVED | {"loop"}:
                raise self.problem(target, getattr(name, "name", "for"), "@template_reserved")
            self.visible(name, name.name)
            found.add(name.name)
        self.assigned |= found
        return found

    def assign(self, node: nodes.Assign, scope: set[str], depth: int) -> int:
        if not isinstance(node.target, nodes.Name):
            raise self.problem(node, "set", "@template_statement")
        node.node = self.bounded(node.node)
        cost = self.node(node.node, scope, depth + 1)
        scope |= self.targets(node.target)
        return cost + 1

    def flat(self, node: nodes.Node) -> None:
        """Lists of lists that a template builds itself double at every step; so their items are plain."""
        for child in node.iter_child_nodes():
            own = isinstance(child, nodes.Name) and child.name in self.assigned
            if own or not isinstance(child, nodes.Const | nodes.Name | nodes.Pair | nodes.Neg):
                raise self.problem(child, "[", "@template_nested")

    def known(self, node: nodes.Filter | nodes.Test) -> None:
        kind, names = ("filter", FILTERS) if isinstance(node, nodes.Filter) else ("test", TESTS)
        if node.dyn_args or node.dyn_kwargs:
            raise self.problem(node, "*", "@template_call")
        inner = isinstance(node, nodes.Filter) and node.name.startswith("#")
        if node.name not in names and not inner:
            raise self.problem(node, node.name, f"@template_{kind}", options=", ".join(sorted(names)))

    def unknown(self, node: nodes.Node) -> TemplateProblem:
        return self.problem(node, _WRITTEN.get(type(node), type(node).__name__.lower()), "@template_statement")


def _syntax(message: str) -> dict[str, str]:
    """Return what Jinja complains about in words of the catalogue, else in its own."""
    for pattern, what in _SYNTAX:
        found = re.search(pattern, message)
        if found:
            written = next((group for group in found.groups() if group), "")
            return {"what": what, "written": written} if written else {"what": what}
    return {"what": message}


def _inner(name: str, parts: list[Any], node: nodes.Node) -> nodes.Filter:
    made = nodes.Filter(parts[0], name, list(parts[1:]), [], None, None, lineno=node.lineno)
    made.set_environment(environment())
    return made
