"""JSON and YAML documents, read so that any text gives a value or an error with a line number."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.facts.excerpt import SENTENCE, excerpt

if TYPE_CHECKING:
    from collections.abc import Mapping


DEEPEST = 100
TOO_DEEP = f"more than {DEEPEST} brackets within one another"
UNWRITABLE = re.compile("[\0\ud800-\udfff]")


class BadJson(TampuError):
    reason = "app::bad-json"

    def __init__(self, name: str, why: str) -> None:
        super().__init__(
            title=f"{name} is not valid JSON",
            found=why,
            expected="JSON, one object in braces",
            todo="Make it anew with the tool that wrote it, commit it and build again.",
        )


class BadYaml(TampuError):
    reason = "app::bad-yaml"

    def __init__(self, name: str, why: str) -> None:
        super().__init__(
            title=f"{name} is not valid YAML",
            found=why,
            expected="names, each with its settings indented under it, such as\n    www:\n      type: python",
            todo=f"Mend {name}, commit it and build again. Indent with spaces: YAML takes no tabs.",
        )


def read_json(text: str, name: str) -> Mapping[str, object]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadJson(name, f"line {error.lineno}: {error.msg}") from error
    except (ValueError, RecursionError) as error:
        raise BadJson(name, excerpt(str(error), SENTENCE)) from error
    if not isinstance(document, dict):
        raise BadJson(name, f"line 1: {_kind(document)}")
    if odd := unwritable(document):
        raise BadJson(name, odd)
    return document


def read_yaml(text: str, name: str) -> Mapping[str, object]:
    """A mapping, empty if the text is. Plain values stay the text that they are: 3.10 is no number, `on` no truth."""
    document = _parse_yaml(text, name)
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise BadYaml(name, f"line 1: {_kind(document)}")
    if odd := unwritable(document):
        raise BadYaml(name, odd)
    return {str(key): value for key, value in document.items()}


def unwritable(document: object) -> str:
    """What in its texts, by an escape, is none: neither a file in UTF-8 nor a variable can hold it."""
    pending, seen = [document], set()
    while pending:
        value = pending.pop()
        if isinstance(value, str) and (found := UNWRITABLE.search(value)):
            return f"{excerpt(found[0])} in a text"
        # One that an alias names may hold itself.
        if isinstance(value, (dict, list)) and id(value) not in seen:
            seen.add(id(value))
            pending += [*value, *value.values()] if isinstance(value, dict) else value
    return ""


def _kind(value: object) -> str:
    return "a list" if isinstance(value, list) else excerpt(str(value))


def _parse_yaml(text: str, name: str) -> object:
    import yaml

    class Loader(yaml.SafeLoader):
        def fetch_flow_collection_start(self, TokenClass: type[yaml.Token]) -> None:  # noqa: N803 - its name
            # At each bracket it looks at all that are open.
            if self.flow_level == DEEPEST:
                raise yaml.scanner.ScannerError(problem=TOO_DEEP, problem_mark=self.get_mark())
            super().fetch_flow_collection_start(TokenClass)

    try:
        loader = Loader(text)
        loader.yaml_implicit_resolvers = {"<": loader.yaml_implicit_resolvers["<"]}
        return loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadYaml(name, f"line {line}: {excerpt(str(error.problem), SENTENCE)}") from error
    # PyYAML lets through what its constructors stumble over: an `!!int x`, an `!!timestamp` of day 99, a thousand `- `.
    except (
        yaml.YAMLError,
        ValueError,
        ArithmeticError,
        LookupError,
        AttributeError,
        TypeError,
        RecursionError,
    ) as error:
        raise BadYaml(name, excerpt(str(error).partition("\n")[0], SENTENCE)) from error
