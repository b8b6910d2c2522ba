"""YAML 1.2 as OpenAPI documents use it, by libyaml or, where that is missing, by PyYAML's own parser."""

from __future__ import annotations

import re
from collections.abc import Generator, Hashable, Iterator
from contextlib import contextmanager
from math import isfinite
from typing import Any

import yaml
from yaml.constructor import ConstructorError, SafeConstructor
from yaml.resolver import Resolver

_MERGE = "tag:yaml.org,2002:merge"

DEEPEST = 200
"""Levels of mappings and lists in a file."""


@contextmanager
def _of_its_type(node: yaml.ScalarNode) -> Iterator[None]:
    """A text that is not of the type that its tag names is an error with its place."""
    try:
        yield
    except (AttributeError, KeyError, ValueError):
        kind = node.tag.rpartition(":")[2]
        problem = f"a value that cannot be read as {kind}"
        raise ConstructorError(None, None, problem, node.start_mark) from None


class TooDeepError(yaml.YAMLError):
    """A file is nested more deeply than we read."""


class TooManyError(yaml.YAMLError):
    """A text has more values than we read."""


class _Yaml12(SafeConstructor, Resolver):
    """The core schema (``on`` and dates stay strings), duplicate keys refused, the depth bounded; a tag for
    what JSON cannot say (``!!binary``, ``!!set``) is unknown.

    Both parsers compose the tree from events, and tell the resolver when they enter a node and leave it.
    """

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
    level = nodes = 0
    deepest: int = DEEPEST
    most: int | None = None

    def descend_resolver(self, current_node: Any, current_index: Any) -> None:
        """Called before a node is composed; the leaves of the deepest list stand one level below it."""
        self.level += 1
        self.nodes += 1
        if self.level > self.deepest + 1:
            raise TooDeepError
        if self.most is not None and self.nodes > self.most:
            raise TooManyError

    def ascend_resolver(self) -> None:
        """Called when a node has been composed."""
        self.level -= 1

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """As the base; the mapping's own keys are remembered: they go before those that are merged in."""
        known: dict[int, set[int]] = self.__dict__.setdefault("_own_keys", {})
        if id(node) in known or not any(key.tag == _MERGE for key, _ in node.value):
            return
        own = known[id(node)] = {id(key) for key, _ in node.value}
        super().flatten_mapping(node)
        written = {key.value for key, _ in node.value if id(key) in own and isinstance(key, yaml.ScalarNode)}
        node.value = [
            pair
            for pair in node.value
            if id(pair[0]) in own or getattr(pair[0], "value", None) not in written
        ]

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """As the base, but keys are strings (as in JSON) and none may come twice; one that overrides a merged
        one is there once ("unless the key already exists in it", YAML merge keys)."""
        self.flatten_mapping(node)
        own: set[int] | None = self.__dict__["_own_keys"].get(id(node))
        mapping: dict[Hashable, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise ConstructorError(None, None, "a key must be a string", key_node.start_mark)
            if key_node.value in mapping:
                if own is not None and id(key_node) not in own:
                    continue
                raise ConstructorError(None, None, f"duplicate key {key_node.value!r}", key_node.start_mark)
            mapping[key_node.value] = self.construct_object(value_node, deep=True)
        return mapping

    def construct_yaml_map(self, node: yaml.MappingNode) -> Generator[dict[Any, Any], None, None]:
        """An alias inside may stand for the mapping before it is filled."""
        data: dict[Hashable, Any] = {}
        yield data
        data.update(self.construct_mapping(node))

    def construct_yaml_int(self, node: yaml.ScalarNode) -> int:
        """Decimal digits only."""
        with _of_its_type(node):
            return int(self.construct_scalar(node))

    def construct_yaml_float(self, node: yaml.ScalarNode) -> float:
        """No infinities."""
        with _of_its_type(node):
            value = float(self.construct_scalar(node))
            if not isfinite(value):
                raise ValueError(value)
            return value

    def construct_yaml_bool(self, node: yaml.ScalarNode) -> bool:
        """As the base."""
        with _of_its_type(node):
            return bool(super().construct_yaml_bool(node))

    yaml_constructors = {
        "tag:yaml.org,2002:null": SafeConstructor.construct_yaml_null,
        "tag:yaml.org,2002:str": SafeConstructor.construct_yaml_str,
        "tag:yaml.org,2002:seq": SafeConstructor.construct_yaml_seq,
        None: SafeConstructor.construct_undefined,
        "tag:yaml.org,2002:map": construct_yaml_map,
        "tag:yaml.org,2002:int": construct_yaml_int,
        "tag:yaml.org,2002:float": construct_yaml_float,
        "tag:yaml.org,2002:bool": construct_yaml_bool,
    }


for _tag, _pattern, _first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+0123456789."),
    ("merge", r"^(?:<<)$", "<"),
):
    _Yaml12.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


def loader(parser: type[Any], *, deepest: int = DEEPEST, most: int | None = None) -> Any:
    """A loader of YAML 1.2 with one of PyYAML's safe loaders as its parser; how deep it goes, and how many
    values it reads."""
    return type("Yaml12Loader", (_Yaml12, parser), {"deepest": deepest, "most": most})


_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Yaml12Loader = loader(_PARSER)


def bounded_loader(deepest: int, most: int) -> Any:
    """A loader of YAML 1.2 for what comes from strangers."""
    return loader(_PARSER, deepest=deepest, most=most)


_QUOTED_OR_BRACKET = re.compile(
    r"""
    (?P<quoted> (?<![^\s\[\]{},:]) (?: "(?:[^"\\]|\\.)*" | '[^']*' ))
    | (?P<comment> (?<!\S) \# [^\n]*)
    | (?P<opens> [\[{])
    | [\]}]
    """,
    re.VERBOSE | re.DOTALL,
)


def brackets_open(text: str) -> int:
    """How many lists and mappings in brackets are open at the end of a text.

    For where a parser gives up: it reads ahead of what it composes, so a limit of its own comes before ours.
    """
    level = 0
    for found in _QUOTED_OR_BRACKET.finditer(text):
        if found["opens"]:
            level += 1
        elif found["quoted"] is None and found["comment"] is None:
            level = max(0, level - 1)
    return level
