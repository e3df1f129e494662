"""Settings prepared for drawing: recipes by group, styles by use, exams of the menu, grammars."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

from auditor.config.sample import (
    Facility,
    MenuEntry,
    Recipe,
    SampleSettings,
    Story,
    StoryExam,
    Style,
)
from auditor.errors import ConfigError
from auditor.sample.grammar import Grammar
from auditor.sample.layout import shown_parts

Thing = TypeVar("Thing")

# Groups that stories are drawn from; near misses are among the patients who look like a case.
CASE, LOOKALIKE, BACKGROUND = "case", "lookalike", "background"
_DRAWN_WITH = {"near_miss": LOOKALIKE}


class Urn(Generic[Thing]):
    """Things to draw from by weight."""

    def __init__(self, things: Sequence[Thing], weights: Sequence[float]) -> None:
        self.things = tuple(things)
        self._bounds = list(accumulate(weights))

    def draw(self, random: Random) -> Thing:
        """Draw one thing."""
        return random.choices(self.things, cum_weights=self._bounds)[0]


class Library:
    """Everything that is drawn from, built once per sample.

    Attributes:
        settings: The settings it was built from.
        grammars: Wording by age band.
        stories: Stories by the group that they are drawn from.
        background_outcomes: What becomes of orders that belong to no story.
    """

    def __init__(self, settings: SampleSettings) -> None:
        self.settings = settings
        self.grammars = {band: Grammar(settings.phrases, band) for band in settings.mix.bands}
        self.stories: dict[str, Urn[Story]] = {}
        for group in (CASE, LOOKALIKE, BACKGROUND):
            members = [s for s in settings.stories if _DRAWN_WITH.get(s.group, s.group) == group]
            self.stories[group] = Urn(members, [s.weight for s in members])
        grouped: dict[str, list[Recipe]] = defaultdict(list)
        for recipe in settings.recipes.values():
            for name in recipe.groups:
                grouped[name].append(recipe)
        self._recipes = {
            name: Urn(some, [r.weight for r in some]) for name, some in grouped.items()
        }
        self._styles: dict[tuple[str, str, tuple[str, ...]], tuple[Style, ...]] = {}
        self._menus: dict[tuple[str, str, bool], Urn[MenuEntry]] = {}
        self._exams: dict[tuple[str, str], StoryExam] = {}
        outcomes = settings.mix.background_outcomes
        self.background_outcomes = Urn(list(outcomes), list(outcomes.values()))

    def draw_recipe(self, group: str, random: Random) -> Recipe:
        """Draw a recipe of a group."""
        return self._recipes[group].draw(random)

    def draw_style(self, recipe: Recipe, facility: Facility, random: Random) -> Style:
        """Draw one of the facility's styles that shows what the recipe needs.

        Raises:
            ConfigError: No style fits.
        """
        key = (facility.name, recipe.style_group, recipe.needs)
        if key not in self._styles:
            self._styles[key] = self._fitting_styles(recipe, facility)
        return random.choice(self._styles[key])

    def menu(self, band: str, sex: str, *, harmless: bool) -> Urn[MenuEntry]:
        """The ordinary exams that a patient may have."""
        key = (band, sex, harmless)
        if key not in self._menus:
            entries = [
                entry
                for entry in self.settings.mix.menu
                if (not entry.bands or band in entry.bands)
                and entry.sex in ("", sex)
                and (entry.harmless or not harmless)
            ]
            self._menus[key] = Urn(entries, [entry.weight for entry in entries])
        return self._menus[key]

    def ordinary_exam(self, procedure: str, outcome: str) -> StoryExam:
        """An exam that belongs to no story."""
        key = (procedure, outcome)
        if key not in self._exams:
            self._exams[key] = StoryExam(procedure=procedure, outcome=outcome)
        return self._exams[key]

    def _fitting_styles(self, recipe: Recipe, facility: Facility) -> tuple[Style, ...]:
        styles = self.settings.styles
        used = facility.styles if recipe.style_group == "report" else tuple(styles)
        fitting = tuple(
            style
            for name in used
            if (style := styles[name]).group == recipe.style_group
            and shown_parts(style).issuperset(recipe.needs)
        )
        if not fitting:
            raise ConfigError(
                f"sample: facility {facility.name}: no style of the group "
                f"'{recipe.style_group}' shows {', '.join(recipe.needs) or 'anything'}."
            )
        return fitting
