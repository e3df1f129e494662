"""Who the patients are: which story each has, age band, facility, sex, age, identifiers."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from auditor.config.sample import CaseMix, Facility, Shares, Story
from auditor.sample.grammar import Grammar, Values
from auditor.sample.library import BACKGROUND, CASE, LOOKALIKE, Library, Urn

# Identifiers look random but never collide: multiplication modulo a prime is one-to-one.
_ID_PRIME = 9_999_991
_ID_FACTOR = 6_180_339
MOST_PATIENTS = _ID_PRIME - 1

_DAYS_PER_YEAR = 365.25


@dataclass
class Patient:
    """One invented patient while being written.

    Attributes:
        number: Stem of all identifiers, unique in a sample.
        story: What happens to the patient.
        band: Age band.
        facility: Where the patient is examined.
        sex: `F` or `M`.
        age: Years on day 0.
        random: The patient's own random numbers.
        grammar: Wording for the age band.
        values: What the patient's reports have in common (side, place, size, ...).
        records: The choices that gave the values, to be filled again with other sides.
    """

    number: int
    story: Story
    band: str
    facility: Facility
    sex: str
    age: float
    random: Random
    grammar: Grammar
    values: Values = field(default_factory=dict)
    records: list[dict[str, str]] = field(default_factory=list)

    @property
    def patient_id(self) -> str:
        """The pseudonym, with leading zeros."""
        return f"{self.facility.patient_prefix}{self.number:07d}"

    def age_on(self, day: int) -> float:
        """Age in years so many days after day 0, as precise as it is usually written."""
        years = self.age + day / _DAYS_PER_YEAR
        if years < 1:
            return round(years, 2)
        return round(years, 1) if years < 3 else float(int(years))


class Casting:
    """Gives every patient number a story and a person; the same numbers give the same patients."""

    def __init__(
        self, library: Library, *, patients: int, seed: int, case_rate: float | None = None
    ) -> None:
        self._library = library
        self._patients = patients
        self._seed = seed
        mix = library.settings.mix
        shares = _shares(mix, patients)
        self._case_rate = shares.case_rate if case_rate is None else case_rate
        self._lookalike_rate = shares.lookalike_rate
        self._placed = self._place_every_story(mix)
        self._bands = Urn(list(mix.bands), [band.weight for band in mix.bands.values()])

    def cast(self, index: int) -> Patient:
        """The patient of a number from 0 to below the number of patients."""
        # A text as seed is hashed by random itself, so that PYTHONHASHSEED does not matter.
        random = Random(f"{self._seed}/{index}")  # noqa: S311
        story = self._placed.get(index) or self._draw_story(random)
        band = random.choice(story.bands) if story.bands else self._bands.draw(random)
        mix = self._library.settings.mix
        places = [place for place in mix.facilities if band in place.bands]
        facility = random.choices(places, [place.weight for place in places])[0]
        youngest, oldest = story.ages or mix.bands[band].ages
        return Patient(
            number=(index + self._seed + 1) * _ID_FACTOR % _ID_PRIME,
            story=story,
            band=band,
            facility=facility,
            sex=story.sex or random.choice("FM"),
            age=random.uniform(youngest, oldest),
            random=random,
            grammar=self._library.grammars[band],
        )

    def _place_every_story(self, mix: CaseMix) -> dict[int, Story]:
        """Spread one patient of every story over a sample that is large enough."""
        if self._patients < mix.every_story_from:
            return {}
        stories = self._library.settings.stories
        random = Random(f"{self._seed}/places")  # noqa: S311
        places = random.sample(range(self._patients), len(stories))
        return dict(zip(places, stories, strict=True))

    def _draw_story(self, random: Random) -> Story:
        fate = random.random()
        if fate < self._case_rate:
            group = CASE
        elif fate < self._case_rate + self._lookalike_rate:
            group = LOOKALIKE
        else:
            group = BACKGROUND
        return self._library.stories[group].draw(random)


def _shares(mix: CaseMix, patients: int) -> Shares:
    fitting = [shares for shares in mix.shares if patients <= shares.up_to]
    return min(fitting, key=lambda shares: shares.up_to) if fitting else mix.shares[-1]
