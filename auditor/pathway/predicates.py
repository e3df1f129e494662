"""The tests that a verdict file names: constraint templates, and what excludes a case.

A test looks at one `Frame` and returns the instance it found (the events it rests on, and what
makes it one, with days), or None. The tests name no kind of event: the rules do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from auditor.config.verdicts import Exclusion, Flag, PriorEvent, Rule, VerdictRules
from auditor.pathway.model import Evidence, Ground
from auditor.pathway.timeline import Placed, date_of_day, precedes

PEDIATRIC = "pediatric"
UNKNOWN_SIDE = "unknown"


@dataclass(frozen=True, slots=True)
class Frame:
    """One case as its rules see it.

    Attributes:
        evidence: What opened the case.
        rules: The verdict file with the site's choices.
        age_group: `pediatric`, `adult` or `unknown`.
        as_of_day: Days from the index exam to the date of the audit.
        placed: All of the patient's events in order.
        counted: Ids of the events that count as the procedure meant, performed.
        end_day: Day on which the patient's next case begins, None where none does.
    """

    evidence: Evidence
    rules: VerdictRules
    age_group: str
    as_of_day: int
    placed: tuple[Placed, ...]
    counted: frozenset[str]
    end_day: int | None = None

    @property
    def is_child(self) -> bool:
        """Under 18 years at the index exam."""
        return self.age_group == PEDIATRIC

    @property
    def window(self) -> int:
        """Last day on which the required event is in time."""
        return self.rules.required_window(child=self.is_child)

    @property
    def horizon(self) -> int:
        """Last day on which events are looked for."""
        return self.rules.days(self.rules.pathway.episode)

    @property
    def alternative(self) -> str:
        """Kind that may stand for the required one in this case, empty where none may."""
        setting = self.rules.pathway.alternative
        if setting is None or not self.is_child or not self.rules.settings[setting.setting]:
            return ""
        return setting.event

    def after(self, kind: str) -> list[Placed]:
        """Counted events of a kind after the index exam, to the last day looked at, in order."""
        return [p for p in self.placed if p.after and p.day <= self.horizon and self._is(p, kind)]

    def before(self, kind: str, *, days: int) -> list[Placed]:
        """Counted events of a kind up to `days` before the index exam, in order."""
        return [
            item
            for item in self.placed
            if not item.after and not item.is_index and item.day >= -days and self._is(item, kind)
        ]

    def texts(self, *, until: int) -> list[Placed]:
        """The index exam and all events from its day to the day `until`, in order."""
        return [
            item
            for item in self.placed
            if item.is_index or (self.is_own(item) and 0 <= item.day <= until)
        ]

    def first_required(self) -> Placed | None:
        """The first counted required event after the index exam."""
        return next(iter(self.after(self.rules.pathway.required)), None)

    def satisfied(self) -> bool:
        """The required event, or what may stand for it, was in time."""
        kinds = (self.rules.pathway.required, self.alternative)
        return any(item.day <= self.window for kind in kinds for item in self.after(kind))

    def is_own(self, item: Placed) -> bool:
        """Whether the event lies before the next case: a case ends where the next begins."""
        return self.end_day is None or item.day < self.end_day

    def with_counted(self, counted: frozenset[str]) -> Frame:
        """The same case with other events counted."""
        return replace(self, counted=counted)

    def with_window_over(self) -> Frame:
        """The same case on the first day after the window, or later where it is."""
        return replace(self, as_of_day=max(self.as_of_day, self.window + 1))

    def label(self, kind: str) -> str:
        """A kind as a person reads it."""
        return self.rules.pathway.labels.get(kind, kind)

    def _is(self, item: Placed, kind: str) -> bool:
        return item.event.kind == kind and item.event.event_id in self.counted


@dataclass(frozen=True, slots=True)
class Instance:
    """What a test found: the events it rests on, in time order, and the words for it."""

    events: tuple[Placed, ...]
    detail: str


def ground(rule: Rule, code: str, role: str, instance: Instance) -> Ground:
    """Write an instance of a rule down as the ground of a verdict."""
    return Ground(
        code=code,
        role=role,
        clause=rule.clause,
        statement=rule.statement,
        event_ids=tuple(item.event.event_id for item in instance.events),
        detail=instance.detail,
    )


def find_flags(frame: Frame) -> tuple[Ground, ...]:
    """The flags that stand, in the order of the rules."""
    found = ((flag, _TEMPLATES[flag.template](flag, frame)) for flag in frame.rules.flags)
    return tuple(ground(flag, flag.code, "flag", one) for flag, one in found if one)


def find_exclusion(frame: Frame) -> Ground | None:
    """The first exclusion that applies, in the order of the rules."""
    for exclusion in frame.rules.exclusions:
        instance = _excluding(exclusion, frame)
        if instance:
            return ground(exclusion, exclusion.code, "exclusion", instance)
    return None


def _response(_: Flag, frame: Frame) -> Instance | None:
    """The window is over, and the required event is missing."""
    if frame.as_of_day <= frame.window or frame.first_required() or frame.satisfied():
        return None
    label, until = frame.label(frame.rules.pathway.required), min(frame.horizon, frame.as_of_day)
    closed = f"day {frame.window} was {date_of_day(frame.evidence, frame.window)}"
    return Instance((), f"no {label} to day {until}; {closed}")


def _late_response(_: Flag, frame: Frame) -> Instance | None:
    """The first required event came after the window."""
    first = frame.first_required()
    if first is None or frame.satisfied():
        return None
    label = frame.label(first.event.kind)
    return Instance((first,), f"first {label} on day {first.day}, after day {frame.window}")


def _precedence(flag: Flag, frame: Frame) -> Instance | None:
    """The event came with no required one between the index exam and it."""
    for item in frame.after(flag.event):
        if flag.event == frame.alternative and item.day <= frame.window:
            continue
        if any(precedes(other, item) for other in _standing_before(flag.event, frame)):
            continue
        label, required = frame.label(flag.event), frame.label(frame.rules.pathway.required)
        first = frame.first_required()
        then = f"first {required} on day {first.day}" if first else f"no {required}"
        rests_on = (item, first) if first else (item,)
        return Instance(rests_on, f"{label} on day {item.day}, {then}")
    return None


def _standing_before(kind: str, frame: Frame) -> list[Placed]:
    """Events that would have to come first: the required, or what may stand for it."""
    found = frame.after(frame.rules.pathway.required)
    return found if kind == frame.alternative else found + frame.after(frame.alternative)


_TEMPLATES: dict[str, Callable[[Flag, Frame], Instance | None]] = {
    "response": _response,
    "late_response": _late_response,
    "precedence": _precedence,
}


def _excluding(exclusion: Exclusion, frame: Frame) -> Instance | None:
    if exclusion.stated:
        stated = frame.evidence.known_diagnosis
        return Instance((), "stated in the index report or its order") if stated else None
    found = [item for prior in exclusion.prior for item in _prior_events(prior, frame)]
    if not found:
        return None
    found.sort(key=lambda item: frame.placed.index(item))
    words = [f"{frame.label(item.event.kind)} on day {item.day}" for item in found]
    return Instance(tuple(found), ", ".join(words))


def _prior_events(prior: PriorEvent, frame: Frame) -> list[Placed]:
    found = frame.before(prior.event, days=frame.rules.days(frame.rules.pathway.lookback))
    if not prior.names_lesion:
        return found
    side = frame.evidence.laterality
    return [item for item in found if any(_same_side(side, s) for s in item.event.sides)]


def _same_side(one: str, other: str) -> bool:
    """Sides that do not contradict each other: equal, unknown, or one side of both."""
    if UNKNOWN_SIDE in (one, other) or one == other:
        return True
    pair = {one, other}
    return "bilateral" in pair and bool(pair & {"left", "right"})
