"""A pipeline's `sample/` folder -> its settings, checked for names that do not exist."""

from __future__ import annotations

from pathlib import Path

from auditor.config.base import read_settings
from auditor.config.sample import (
    CaseMix,
    Phrases,
    Procedures,
    Recipe,
    RecipeFile,
    SampleSettings,
    StoryFile,
    Styles,
)
from auditor.errors import ConfigError


def read_sample_settings(pipeline_folder: Path) -> SampleSettings:
    """Read and check the `sample/` folder of a pipeline.

    Raises:
        ConfigError: A file is missing or wrong, or names something that does not exist.
    """
    folder = pipeline_folder / "sample"
    styles = read_settings(folder / "styles.toml", Styles)
    recipes: dict[str, Recipe] = {}
    for path in _files(folder / "recipes"):
        for name, recipe in read_settings(path, RecipeFile).recipes.items():
            if name in recipes:
                raise ConfigError(f"{path}: recipes.{name}: is defined in another file as well.")
            recipes[name] = recipe
    stories = [
        story
        for path in _files(folder / "stories")
        for story in read_settings(path, StoryFile).stories
    ]
    settings = SampleSettings(
        mix=read_settings(folder / "case_mix.toml", CaseMix),
        phrases=read_settings(folder / "phrases.toml", Phrases),
        procedures=read_settings(folder / "procedures.toml", Procedures).procedures,
        styles=styles.styles,
        spelling=styles.spelling,
        recipes=recipes,
        stories=tuple(stories),
    )
    _check_names(settings, folder)
    return settings


def _files(folder: Path) -> list[Path]:
    files = sorted(folder.glob("*.toml"))
    if not files:
        raise ConfigError(f"{folder}: holds no .toml file; the sample needs at least one.")
    return files


def _check_names(settings: SampleSettings, folder: Path) -> None:
    """Every name that one file uses must be defined in another."""
    groups = {group for recipe in settings.recipes.values() for group in recipe.groups}
    known = {
        "procedure": set(settings.procedures),
        "recipe group": groups,
        "outcome": set(settings.mix.outcomes),
        "style": set(settings.styles),
        "band": set(settings.mix.bands),
        "phrase": set(settings.phrases.phrases),
        "choice": set(settings.phrases.choices),
        "filler set": set(settings.phrases.fillers),
    }
    for where, kind, name in _uses(settings):
        if name and name not in known[kind]:
            raise ConfigError(f"{folder}: {where}: there is no {kind} named '{name}'.")
    names = [story.name for story in settings.stories]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"{folder}: stories: the name '{name}' is used twice.")


def _uses(settings: SampleSettings) -> list[tuple[str, str, str]]:
    """Every use of a name: where it stands, what kind of thing it names, the name."""
    uses: list[tuple[str, str, str]] = []
    for facility in settings.mix.facilities:
        where = f"facility {facility.name}"
        uses += [(where, "style", name) for name in facility.styles]
        uses += [(where, "band", name) for name in facility.bands]
    for entry in settings.mix.menu:
        uses.append(("menu", "procedure", entry.procedure))
    for name, procedure in settings.procedures.items():
        uses.append((f"procedure {name}", "recipe group", procedure.recipe))
    for name, recipe in settings.recipes.items():
        where = f"recipe {name}"
        uses += [(where, "filler set", recipe.fillers), (where, "phrase", recipe.recommend)]
        uses += [(where, "choice", choice) for choice in recipe.choose]
    for name, style in settings.styles.items():
        uses += [(f"style {name}", "phrase", part) for part in (style.opening, style.closing)]
    for story in settings.stories:
        where = f"story {story.name}"
        uses += [(where, "band", band) for band in story.bands]
        for exam in story.exams:
            uses.append((where, "procedure", exam.procedure))
            uses.append((where, "outcome", exam.outcome))
            uses.append((where, "recipe group", exam.recipe))
            uses += [(where, "recipe group", version.recipe) for version in exam.versions]
    return uses
