"""Settings of the sample generator: what a pipeline's `sample/` folder may say.

The generator itself (`auditor.sample`) knows no wording and no disease: phrases, report styles,
procedures, facilities, recipes for single reports and stories of whole patients are data.

`sample/` holds `case_mix.toml`, `phrases.toml`, `procedures.toml`, `styles.toml`, and any number
of files in `recipes/` and `stories/`, which are read in the order of their names.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from auditor.config.base import Filled, Settings


def _rising(ends: tuple[float, float]) -> tuple[float, float]:
    if ends[0] > ends[1]:
        raise ValueError("must begin with the smaller number")
    return ends


Range = Annotated[tuple[int, int], AfterValidator(_rising)]
Ages = Annotated[tuple[Annotated[float, Field(ge=0)], float], AfterValidator(_rising)]
Weight = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]


class Band(Settings):
    """An age band. `ages` are years at the index exam; `weight` is its share of all patients."""

    weight: Weight
    ages: Ages


class Facility(Settings):
    """A site and its habits.

    `modality_words` and `status_words` map the generator's words to local ones, `precision` and
    `offset` say how it writes a datetime, `styles` which report styles its radiologists use.
    """

    name: Filled
    weight: Weight
    bands: tuple[str, ...]
    styles: tuple[str, ...]
    departments: tuple[str, ...]
    precision: Literal["date", "minute", "second"] = "second"
    offset: str = ""
    patient_prefix: str = ""
    codes: bool = True
    ages_given: bool = True
    modality_words: dict[str, str] = {}
    status_words: dict[str, str] = {}


class Outcome(Settings):
    """What became of an order: which rows are written, and whether the exam was performed."""

    status: str
    order: bool = True
    report: bool = False
    performed_time: bool = False
    performed: bool = False


class MenuEntry(Settings):
    """An ordinary exam that background patients have; `harmless` ones any patient may have."""

    procedure: str
    weight: Weight
    bands: tuple[str, ...] = ()
    sex: str = ""
    harmless: bool = False


class Shares(Settings):
    """Shares of the patients who are drawn to be a case or to look like one.

    `up_to` is the largest number of patients that the shares hold for.
    """

    up_to: Count
    case_rate: Share
    lookalike_rate: Share


class Truth(Settings):
    """How truth is written.

    `stated` are the columns that a recipe's truth fills; `kinds` give `first_<kind>_datetime`,
    `required` gives `days_to_<kind>`.
    """

    stated: tuple[str, ...]
    kinds: tuple[str, ...]
    required: str
    episode_days: Count
    adult_from_years: Weight


class CaseMix(Settings):
    """Proportions, people and places: `case_mix.toml`.

    A sample of at least `every_story_from` patients holds every story. Index exams lie in the
    `months` before `as_of`; a `closed` story's at least `closed_days` before it, an `open`
    one's at most `open_days`.
    """

    every_story_from: Count
    months: Count
    closed_days: Count
    open_days: Count
    visits: Range
    harmless_visits: Range
    reason_share: Share
    recommend_share: Share
    shares: tuple[Shares, ...]
    truth: Truth
    bands: dict[str, Band]
    facilities: tuple[Facility, ...]
    outcomes: dict[str, Outcome]
    background_outcomes: dict[str, float]
    menu: tuple[MenuEntry, ...]
    readme: str


class Phrases(Settings):
    """Wording: `phrases.toml`. A phrase is a list of templates, of which one is drawn.

    A template's `{slot}` is a value of the patient or another phrase; `{Slot}` begins with a
    capital, `{SLOT}` is all capitals, and `a(n)` becomes `a` or `an`. A phrase in `bound` is
    drawn once per patient. `band` replaces phrases for an age band. Of a list in `choices` one
    record is drawn per patient and all its fields become values.
    """

    bound: tuple[str, ...]
    phrases: dict[str, tuple[str, ...]]
    band: dict[str, dict[str, tuple[str, ...]]]
    choices: dict[str, tuple[dict[str, str], ...]]
    fillers: dict[str, Fillers]


class Fillers(Settings):
    """Sentences about the rest of an exam.

    `count` of them: one from each of some `topics` (phrases), or different ones of one `pool`.
    """

    topics: tuple[str, ...] = ()
    pool: str = ""
    count: Range


class Variant(Settings):
    """One name of a procedure, with the code that goes with it; `bands` empty means any age."""

    description: str
    code: str = ""
    code_system: str = ""
    bands: tuple[str, ...] = ()


class SampleProcedure(Settings):
    """A kind of exam. `counts` says that it is one the truth's `first_…` columns name.

    `recipe` is the recipe group of its reports, `sections` the templates of report sections that
    a recipe leaves out.
    """

    kind: str
    modality: str
    recipe: str
    counts: bool = False
    variants: tuple[Variant, ...] = Field(min_length=1)
    sections: dict[str, str] = {}


class Procedures(Settings):
    """`procedures.toml`."""

    procedures: dict[str, SampleProcedure]


class StyleSection(Settings):
    """A heading and the recipe sections that stand under it; `items` is their layout."""

    parts: tuple[str, ...]
    heading: str = ""
    items: Literal["prose", "lines", "bullets", "numbered"] = "prose"


class Style(Settings):
    """How one radiologist's reports look.

    `after_heading` and `between` are the text after a heading and between sections, `wrap` the
    column of hard line breaks (0: none), `opening` and `closing` phrases, `spelling` and
    `replace` words to write otherwise.
    """

    group: str = "report"
    sections: tuple[StyleSection, ...]
    after_heading: str = " "
    between: str = "\n\n"
    upper: bool = False
    wrap: Count = 0
    opening: str = ""
    closing: str = ""
    spelling: str = ""
    replace: dict[str, str] = {}


class Styles(Settings):
    """`styles.toml`."""

    styles: dict[str, Style]
    spelling: dict[str, dict[str, str]]


class Recipe(Settings):
    """How to write one report.

    `sections` holds, for each report section, alternatives, each a list of sentences (templates).
    `fillers` names a set of further findings. `truth` are the columns that a case takes from its
    report, `sides` the sides the lesion may have, `choose` the choices it needs, `needs` the
    sections that a style must show. `reason` is the order's reason; without it the order repeats
    the indication or says nothing. `recommend` is a phrase that may end the report.
    """

    groups: tuple[str, ...]
    weight: Weight = 1.0
    sections: dict[str, tuple[tuple[str, ...], ...]]
    fillers: str = ""
    reason: tuple[str, ...] = ()
    recommend: str = ""
    choose: tuple[str, ...] = ()
    sides: tuple[str, ...] = ("left", "right")
    needs: tuple[str, ...] = ()
    style_group: str = "report"
    truth: dict[str, str] = {}


class RecipeFile(Settings):
    """A file of `recipes/`."""

    recipes: dict[str, Recipe]


class Version(Settings):
    """One version of a report; `hours` after the exam (first) or after the version before it."""

    status: str
    recipe: str
    hours: Range = (1, 6)
    new_id: bool = False
    swap_sides: bool = False


class CaseTruth(Settings):
    """What is true of a case. `open` names columns that the rules leave open."""

    status: str
    flags: tuple[str, ...] = ()
    exclusion_reason: str = ""
    open: tuple[str, ...] = ()


class StoryExam(Settings):
    """An exam of a story; exams are listed in the order in which they happened.

    `day` counts from the index exam, `after` from the exam before, `hours` from the index exam's
    time on its day. `counts` and `clock`, `offset` override what procedure and facility say,
    `blank` empties columns, `copies` repeats rows. `case` marks an exam that opens a case.
    """

    procedure: str
    recipe: str = ""
    day: Range | None = None
    after: Range | None = None
    hours: Range | None = None
    clock: str = ""
    offset: str = ""
    outcome: str = "done"
    reason: tuple[str, ...] = ()
    versions: tuple[Version, ...] = ()
    counts: bool | None = None
    blank: tuple[str, ...] = ()
    copies: Count = 1
    case: CaseTruth | None = None


class Story(Settings):
    """What happens to one patient. Day 0 is the first exam with a `case`, else the first exam.

    `trend` 1 makes the story commoner towards `as_of`, -1 rarer. A story of the group
    `background` has no exams of its own.
    """

    name: Filled
    group: Literal["case", "near_miss", "lookalike", "background"]
    weight: Weight = 1.0
    window: Literal["closed", "open", "any", "last_day"] = "closed"
    trend: Literal[-1, 0, 1] = 0
    bands: tuple[str, ...] = ()
    ages: Ages | None = None
    sex: str = ""
    precision: Literal["", "date", "minute"] = ""
    exams: tuple[StoryExam, ...] = ()


class StoryFile(Settings):
    """A file of `stories/`."""

    stories: tuple[Story, ...]


class SampleSettings(Settings):
    """All settings of a pipeline's sample; `auditor.sample.settings` reads and checks them."""

    mix: CaseMix
    phrases: Phrases
    procedures: dict[str, SampleProcedure]
    styles: dict[str, Style]
    spelling: dict[str, dict[str, str]]
    recipes: dict[str, Recipe]
    stories: tuple[Story, ...]
