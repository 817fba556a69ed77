"""What a function's or a class's own form says: whether a server can call it, and how."""

from __future__ import annotations

import ast

from tampu.facts.entries.frameworks import DECORATORS
from tampu.facts.entries.model import Kind

ENVIRON = frozenset({"environ", "env", "e"})
START_RESPONSE = frozenset({"start_response", "start"})
ASGI = ("scope", "receive", "send")


def protocol(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> Kind | None:
    """By the names of its parameters, or by a decorator that makes it an application."""
    words = _required(node.args)
    if words[-3:] == ASGI:
        return Kind.ASGI
    if len(words) > 1 and words[-2] in ENVIRON and words[-1] in START_RESPONSE:
        return Kind.WSGI
    decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
    return Kind.WSGI if any(_name(each) in DECORATORS for each in decorators) else None


def instance(node: ast.ClassDef) -> Kind | None:
    """How an instance is called, by the class's own `__call__`."""
    calls = [each for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]
    return next((protocol(each) for each in calls if each.name == "__call__"), None)


def factory(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a server can call it as it is to get an application."""
    if isinstance(node, ast.AsyncFunctionDef):
        return False
    keywords = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
    return not _required(node.args) and all(default is not None for _, default in keywords)


def _required(args: ast.arguments) -> tuple[str, ...]:
    words = tuple(each.arg for each in (*args.posonlyargs, *args.args))
    return words[: len(words) - len(args.defaults)]


def _name(decorator: ast.expr) -> str:
    node = decorator.func if isinstance(decorator, ast.Call) else decorator
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
