"""The settings of `verdicts.toml`: windows, exclusions, flags, exceptions, reviews, advisories.

The engine knows a few named tests (the `Literal`s below); which event kinds, windows, remarks and
words they are applied to stands in the pipeline folder. `read_verdict_rules` lays a site's own
windows and settings over it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, NonNegativeInt, field_validator, model_validator

from auditor.config.base import Filled, Settings, check_unique, nearest, read_settings
from auditor.config.site import Site
from auditor.errors import ConfigError

FILE_NAME = "verdicts.toml"

Setting = bool | tuple[str, ...]


class Window(Settings):
    """A number of whole days; unset only where it is optional."""

    days: NonNegativeInt | None = None
    optional: bool = False
    meaning: Filled


class Specimen(Settings):
    """An event that may be known only from the report on its specimen.

    Attributes:
        report: Kind of a specimen's report of which nothing more is known.
        rules: Ids of the procedure rules that find the event in a specimen's report.
        event: The event's kind.
        window: Window in which a report belongs to a procedure before it.
    """

    report: str
    rules: tuple[str, ...] = ()
    event: str
    window: str


class Alternative(Settings):
    """A kind that a site setting lets stand for the required one in a child."""

    event: str
    setting: str


class PriorImaging(Settings):
    """What came between the index exam and the first `event`: word by kind, strongest first."""

    event: str
    none: str
    found: dict[str, str]


class Remarks(Settings):
    """Which remarks of the language stage play which part.

    Attributes:
        elsewhere: Names a required event that was done elsewhere.
        comparison: Compares with a required event; its value is that event's date, if given.
        lesion: The text names the lesion; its value is the side.
        exception: States an exception; its value is the exception's code.
        not_done: Remarks that say an event of this kind was not done, by remark.
        in_doubt: Remarks that put the purpose of an event of this kind in doubt, by remark; the
            same words as a procedure's doubt.
        silences: Remarks that are made by leaving something out.
        unnamed_site: The doubt of an event whose site nothing names.
    """

    elsewhere: str
    comparison: str
    lesion: str
    exception: str
    not_done: dict[str, str] = {}
    in_doubt: dict[str, str] = {}
    silences: tuple[str, ...] = ()
    unnamed_site: str


class Pathway(Settings):
    """The kinds of event, and the windows that bound a case.

    `labels` names every kind that is read, in the order in which one decides when an accession
    carries two. `firsts` are the kinds whose first date is put out.
    """

    index: str
    required: str
    window: str
    window_pediatric: str = ""
    episode: str
    lookback: str
    firsts: tuple[str, ...]
    neutral: tuple[str, ...] = ()
    labels: dict[str, str]
    specimen: Specimen | None = None
    alternative: Alternative | None = None
    prior_imaging: PriorImaging | None = None
    remarks: Remarks


class Rule(Settings):
    """What every rule has: its clause in plain words, and the statement it rests on."""

    clause: Filled
    statement: str = ""


class CodedRule(Rule):
    """A rule with the code that is put out where it applies."""

    code: Filled


class PriorEvent(Settings):
    """An event before the index exam; `names_lesion`: only one whose report names the lesion."""

    event: str
    names_lesion: bool = False


class Exclusion(CodedRule):
    """Excludes on an earlier event, or on what the index exam's texts state."""

    prior: tuple[PriorEvent, ...] = ()
    stated: bool = False


class Flag(CodedRule):
    """An instance of a constraint template."""

    template: Literal["response", "precedence", "late_response"]
    event: str = ""

    @model_validator(mode="after")
    def _check_event(self) -> Self:
        if (self.template == "precedence") != bool(self.event):
            raise ValueError(f"{self.code}: 'event' goes with the template 'precedence' alone")
        return self


class ExceptionRule(CodedRule):
    """A stated reason that lifts flags.

    Attributes:
        lifts: Codes of the flags that it lifts.
        until: Window in which it must be stated.
        children_only: It holds for patients under 18 alone.
        of_required: An order that was not performed states it of itself; then it must be one of
            the required event.
    """

    lifts: tuple[str, ...]
    until: str
    children_only: bool = False
    of_required: bool = False


class Reviews(Settings):
    """The reasons for which a person must look."""

    possible: Rule
    done_elsewhere: Rule
    event_in_doubt: Rule
    performed_unclear: Rule


class Advisory(CodedRule):
    """A note beside the status, found by a named test with the keys that the test needs."""

    test: Literal[
        "order_unknown",
        "done_elsewhere",
        "partial_coverage",
        "required_remark",
        "slow",
        "older_event",
        "ordered_only",
        "remark",
        "recommended_required",
        "recommended_other",
        "flag_in_child",
        "outside_centers",
        "no_later_activity",
    ]
    remark: str = ""
    event: str = ""
    flag: str = ""
    setting: str = ""
    window: str = ""
    window_pediatric: str = ""
    details: dict[str, str] = {}

    @model_validator(mode="after")
    def _check_keys(self) -> Self:
        for key in _KEYS_OF_TEST.get(self.test, ()):
            if not getattr(self, key):
                raise ValueError(f"{self.code}: the test '{self.test}' needs the key '{key}'")
        return self


_KEYS_OF_TEST: dict[str, tuple[str, ...]] = {
    "required_remark": ("remark",),
    "remark": ("remark",),
    "slow": ("window", "window_pediatric"),
    "older_event": ("window",),
    "flag_in_child": ("flag",),
    "outside_centers": ("event", "setting"),
}


class Statement(Settings):
    """What a rule rests on, in our own words, and how binding that is."""

    standing: Literal["site_policy", "guideline_summary", "measure_method"]
    text: Filled
    source: Filled


class VerdictRules(Settings):
    """All of `verdicts.toml`, with a site's windows and settings laid over it."""

    windows: dict[str, Window]
    settings: dict[str, Setting] = {}
    pathway: Pathway
    exclusions: tuple[Exclusion, ...]
    flags: tuple[Flag, ...]
    exceptions: tuple[ExceptionRule, ...] = ()
    reviews: Reviews
    advisories: tuple[Advisory, ...] = ()
    statements: dict[str, Statement] = Field(default_factory=dict)

    def days(self, window: str) -> int:
        """Days of a window that is set."""
        days = self.windows[window].days
        if days is None:
            raise ConfigError(f"The window '{window}' is unset, and a rule needs its days.")
        return days

    def required_window(self, *, child: bool) -> int:
        """Last day on which the required event is in time."""
        name = self.pathway.window_pediatric
        own = self.windows[name].days if child and name else None
        return self.days(self.pathway.window) if own is None else own

    @field_validator("exclusions", "flags", "exceptions", "advisories")
    @classmethod
    def _codes_differ(cls, rules: tuple[CodedRule, ...]) -> tuple[CodedRule, ...]:
        check_unique(rules, "the code", lambda rule: rule.code)
        return rules

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        """Every name that a rule uses must be one that the file gives."""
        known: dict[str, Iterable[str]] = {
            "window": self.windows,
            "kind of event": self.pathway.labels,
            "statement": self.statements,
            "setting": self.settings,
            "flag": [flag.code for flag in self.flags],
        }
        for sort, name, place in self._names_used():
            if name and name not in known[sort]:
                hint = nearest(name, known[sort])
                raise ValueError(f"{place}: there is no {sort} '{name}'.{hint}")
        for name, window in self.windows.items():
            if window.days is None and not window.optional:
                raise ValueError(f"windows.{name}: 'days' is missing")
        return self

    def _names_used(self) -> Iterator[tuple[str, str, str]]:
        """What each rule refers to: sort of name, name, and where it stands."""
        yield from self._pathway_names()
        for flag in self.flags:
            yield "kind of event", flag.event, f"flags.{flag.code}"
        for exclusion in self.exclusions:
            for prior in exclusion.prior:
                yield "kind of event", prior.event, f"exclusions.{exclusion.code}"
        for exception in self.exceptions:
            yield "window", exception.until, f"exceptions.{exception.code}"
            for flag_code in exception.lifts:
                yield "flag", flag_code, f"exceptions.{exception.code}"
        for advisory in self.advisories:
            place = f"advisories.{advisory.code}"
            yield "window", advisory.window, place
            yield "window", advisory.window_pediatric, place
            yield "kind of event", advisory.event, place
            yield "flag", advisory.flag, place
            yield "setting", advisory.setting, place
        yield from self._statements_used()

    def _pathway_names(self) -> Iterator[tuple[str, str, str]]:
        path = self.pathway
        kinds = [path.index, path.required, *path.firsts, *path.neutral]
        for key in ("window", "window_pediatric", "episode", "lookback"):
            yield "window", getattr(path, key), f"pathway.{key}"
        if path.specimen:
            yield "window", path.specimen.window, "pathway.specimen"
            kinds.append(path.specimen.event)
        if path.alternative:
            yield "setting", path.alternative.setting, "pathway.alternative"
            kinds.append(path.alternative.event)
        if path.prior_imaging:
            kinds += [path.prior_imaging.event, *path.prior_imaging.found]
        for kind in kinds:
            yield "kind of event", kind, "pathway"

    def _statements_used(self) -> Iterator[tuple[str, str, str]]:
        coded: tuple[CodedRule, ...]
        coded = (*self.exclusions, *self.flags, *self.exceptions, *self.advisories)
        for rule in coded:
            yield "statement", rule.statement, rule.code
        for name in type(self.reviews).model_fields:
            yield "statement", getattr(self.reviews, name).statement, f"reviews.{name}"


def read_verdict_rules(folder: Path, *, site: Site | None = None) -> VerdictRules:
    """Read a pipeline folder's `verdicts.toml` and lay a site's choices over it.

    Args:
        folder: The pipeline folder.
        site: Its `windows` (days by window, None to unset an optional one) and its `settings`
            replace the file's of the same name.

    Raises:
        ConfigError: The file is wrong, or the site names a window or a setting that the file does
            not have.
    """
    rules = read_settings(folder / FILE_NAME, VerdictRules)
    if site is None:
        return rules
    return rules.model_copy(
        update={
            "windows": _site_windows(rules.windows, site),
            "settings": _site_settings(rules.settings, site),
        }
    )


def _site_windows(windows: Mapping[str, Window], site: Site) -> dict[str, Window]:
    result = dict(windows)
    for name, days in site.windows.items():
        window = windows.get(name)
        if window is None:
            hint = nearest(name, windows) or f" Known windows: {', '.join(sorted(windows))}."
            raise ConfigError(f"{site.place}: windows.{name}: is no window.{hint}")
        if days is None and not window.optional:
            raise ConfigError(f"{site.place}: windows.{name}: needs a number of days.")
        result[name] = window.model_copy(update={"days": days})
    return result


def _site_settings(settings: Mapping[str, Setting], site: Site) -> dict[str, Setting]:
    """Lay a site's settings over the file's.

    A site that lists nothing has not chosen, and leaves the file's list.
    """
    result = dict(settings)
    for name, value in site.settings.items():
        if name not in settings:
            hint = nearest(name, settings) or f" Known settings: {', '.join(sorted(settings))}."
            raise ConfigError(f"{site.place}: settings.{name}: is no setting.{hint}")
        if isinstance(value, bool) != isinstance(settings[name], bool):
            needed = "true or false" if isinstance(settings[name], bool) else "a list of names"
            raise ConfigError(f"{site.place}: settings.{name}: must be {needed}.")
        if value != ():
            result[name] = value
    return result
