"""Reading a settings file into a checked, frozen model, with errors that name file and key."""

from __future__ import annotations

import difflib
import json
import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from auditor.errors import ConfigError


class Settings(BaseModel):
    """Base of every settings model: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=False)


Model = TypeVar("Model", bound=Settings)


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
    try:
        text = raw.decode("utf-8-sig")
        table = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (UnicodeDecodeError, ValueError) as error:
        kind = "JSON" if path.suffix == ".json" else "TOML"
        raise ConfigError(f"{path}: is not valid {kind}: {error}") from error
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
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{path}: {key or 'the file'}: {_explain(first, model)}") from error


def _explain(problem: Any, model: type[Settings]) -> str:
    if problem["type"] == "extra_forbidden":
        name = str(problem["loc"][-1])
        known = _known_keys(model, problem["loc"][:-1])
        near = difflib.get_close_matches(name, known, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else f" Known keys: {', '.join(known)}."
        return f"unknown key.{hint if known else ''}"
    if problem["type"] == "missing":
        return "is missing."
    return f"{problem['msg']}."


def _known_keys(model: type[Settings], location: tuple[Any, ...]) -> list[str]:
    """Follow a location into nested models and list the keys known there."""
    current: Any = model
    for part in location:
        if isinstance(part, int):
            continue
        field = getattr(current, "model_fields", {}).get(part)
        if field is None:
            continue
        current = _inner_model(field.annotation) or current
    return sorted(getattr(current, "model_fields", {}))


def _inner_model(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _inner_model(argument)
        if found is not None:
            return found
    return None
