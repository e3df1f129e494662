"""Reading a settings file into a checked, frozen model, with errors that name file and key."""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from auditor.errors import ConfigError


class Settings(BaseModel):
    """Base of every settings model: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=False)


Model = TypeVar("Model", bound=Settings)
Thing = TypeVar("Thing")


# --- kinds of value -------------------------------------------------------------------------------


def _filled(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text


def compile_pattern(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """A regular expression of a settings file, compiled.

    Raises:
        ValueError: It is none, or it matches an empty text and so would be found everywhere.
    """
    try:
        compiled = re.compile(pattern, flags)
    except re.error as error:
        raise ValueError(f"is no regular expression ({error}): {pattern}") from error
    if compiled.match(""):
        raise ValueError(f"matches an empty text, so it would be found everywhere: '{pattern}'")
    return compiled


def _pattern(pattern: str) -> str:
    compile_pattern(pattern)
    return pattern


# Text that is more than white space; a regular expression that matches something.
Filled = Annotated[str, AfterValidator(_filled)]
PatternText = Annotated[str, AfterValidator(_pattern)]


def check_unique(
    things: Iterable[Thing], what: str, key: Callable[[Thing], object] = lambda thing: thing
) -> None:
    """Check that no two things have the same key.

    Args:
        things: In the order of the file.
        what: What a key is, for the message.
        key: Tells a thing's key.

    Raises:
        ValueError: Two have; the message names the key.
    """
    seen: set[object] = set()
    for thing in things:
        name = key(thing)
        if name in seen:
            raise ValueError(f"{what} '{name}' is there twice")
        seen.add(name)


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint that names the known word nearest to `name`, empty where none is near."""
    names = {other.casefold(): other for other in known}
    near = difflib.get_close_matches(name.casefold(), names, n=1)
    return f" Did you mean '{names[near[0]]}'?" if near else ""


# --- files ----------------------------------------------------------------------------------------


def read_settings(path: Path, model: type[Model]) -> Model:
    """Read a TOML or JSON file into `model`.

    Raises:
        ConfigError: The file is missing, is not TOML or JSON, or a key is unknown, missing or of
            the wrong type. The message names file and key, and the nearest known key.
    """
    return check_settings(read_table(path), model, path)


def read_table(path: Path) -> dict[str, Any]:
    """Read a TOML or JSON file as a plain table.

    Raises:
        ConfigError: The file is missing or cannot be parsed.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}).") from error
    kind = "JSON" if path.suffix == ".json" else "TOML"
    try:
        text = raw.decode("utf-8-sig")
        table = json.loads(text) if kind == "JSON" else tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 text; save it as UTF-8.") from error
    except RecursionError as error:
        raise ConfigError(f"{path}: is not valid {kind}: nested too deeply.") from error
    except ValueError as error:
        raise ConfigError(f"{path}: is not valid {kind}: {error}.") from error
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: must hold a table of keys, not a {type(table).__name__}.")
    return table


def check_settings(table: dict[str, Any], model: type[Model], path: Path) -> Model:
    """Check a table against `model`; `path` is only named in errors.

    Raises:
        ConfigError: See `read_settings`.
    """
    try:
        return model.model_validate(table)
    except ValidationError as error:
        problems = error.errors()
        location = _written(problems[0]["loc"], table)
        # Of a value that may be of several kinds, what is wrong with the kind that came farthest.
        same = [problem for problem in problems if _written(problem["loc"], table) == location]
        key = _named(location)
        explained = _explain(max(same, key=lambda problem: len(problem["loc"])), location, model)
        raise ConfigError(f"{path}: {key or 'the file'}: {explained}") from error


# --- what is wrong, in words ----------------------------------------------------------------------

# What pydantic's types of error ask for.
_WANTED = {
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "string_type": "text in quotes",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": "a list in square brackets",
    "list_type": "a list in square brackets",
    "dict_type": "a table of keys",
    "model_type": "a table of keys",
    "model_attributes_type": "a table of keys",
    "greater_than_equal": "{ge:g} or more",
    "greater_than": "more than {gt:g}",
    "less_than_equal": "{le:g} or less",
    "less_than": "less than {lt:g}",
}


def _written(location: tuple[Any, ...], table: Any) -> tuple[Any, ...]:
    """The part of a location that stands in the file, with a last key that is missing there."""
    written: list[Any] = []
    for part in location:
        written.append(part)
        try:
            table = table[part]
        except (KeyError, IndexError, TypeError):
            # Of a value that may be of several kinds, the rest names the kind.
            is_key = isinstance(table, dict) and len(written) == len(location)
            return tuple(written if is_key else written[:-1])
    return tuple(written)


def _named(location: tuple[Any, ...]) -> str:
    """A location as people write it: `windows.ct`, `procedures, entry 1, role`."""
    text = ""
    for part in location:
        if isinstance(part, int):
            text += f", entry {part + 1}"
        else:
            mark = "" if not text else ", " if text[-1].isdigit() and ", entry" in text else "."
            text += f"{mark}{part}"
    return text


def _explain(problem: Any, location: tuple[Any, ...], model: type[Settings]) -> str:
    kind, context = problem["type"], problem.get("ctx", {})
    if kind == "extra_forbidden":
        known = _known_keys(model, location[:-1])
        hint = nearest(str(location[-1]), known) or f" Known keys: {', '.join(known)}."
        return f"unknown key.{hint if known else ''}"
    if kind == "missing":
        return "is missing."
    if kind == "literal_error":
        allowed = re.findall("'([^']*)'", context["expected"])
        # Of a few choices that are all shown, none has to be guessed.
        hint = nearest(str(problem["input"]), allowed) if len(allowed) > 4 else ""
        return f"must be {context['expected']}.{hint}"
    if kind == "too_short" or kind == "string_too_short":
        return "must not be empty."
    if kind in _WANTED:
        return f"must be {_WANTED[kind].format(**context)}."
    return f"{problem['msg'].removeprefix('Value error, ')}."


def _known_keys(model: type[Settings], location: tuple[Any, ...]) -> list[str]:
    """Follow a location into nested models and list the keys known there, as they are written."""
    current: Any = model
    for part in location:
        field = _fields(current).get(part)
        if field is not None:
            current = _inner_model(field.annotation) or current
    return sorted(_fields(current))


def _fields(model: Any) -> dict[str, Any]:
    fields = getattr(model, "model_fields", {})
    return {field.alias or name: field for name, field in fields.items()}


def _inner_model(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _inner_model(argument)
        if found is not None:
            return found
    return None
