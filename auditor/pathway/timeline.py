"""A patient's events on the clock of one case: day, side of the index exam, text of the pathway.

Within a day the benefit of the doubt decides what no time settles (pathway rules, "Order within a
day"): the required event counts as after the index exam and before any other; an event that a
precedence flag watches counts, on the index date, as before the index exam.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from auditor.config.verdicts import VerdictRules
from auditor.pathway.model import Event, Evidence
from auditor.pathway.ordering import Moment, clock, compare, days_between, read_moment


@dataclass(frozen=True, slots=True)
class Placed:
    """An event on a case's clock.

    Attributes:
        event: The event.
        moment: When it was.
        day: Whole days from the index exam, negative before it.
        after: It counts as after the index exam.
        order_known: Dates or times say on which side of the index exam it lies.
        is_index: It is the index exam itself.
    """

    event: Event
    moment: Moment
    day: int
    after: bool
    order_known: bool
    is_index: bool = False


def place_events(
    evidence: Evidence, events: Iterable[Event], rules: VerdictRules
) -> tuple[Placed, ...]:
    """Place all of a patient's events on the clock of the case that `evidence` opens.

    Returns:
        Events in the order in which they count: by day; within a day the required event without
        a time first, then those with a time, then the others.
    """
    listed = list(events)
    index = _index_moment(evidence, listed)
    watched = {flag.event for flag in rules.flags if flag.event}
    placed = [_place(evidence, index, event, watched) for event in listed]
    return tuple(sorted(placed, key=lambda item: _display_key(item, rules)))


def is_meant(event: Event, rules: VerdictRules) -> bool:
    """Whether the event is, or may be, a procedure that the rules speak of."""
    return event.qualifies or bool(event.doubt) or event.kind in rules.pathway.neutral


def precedes(first: Placed, second: Placed) -> bool:
    """Whether `first` counts as before `second`, the benefit of the doubt given."""
    return compare(first.moment, second.moment) != "after"


def order_is_known(first: Placed, second: Placed) -> bool:
    """Whether dates or times say which of the two came first."""
    return compare(first.moment, second.moment) != "unknown"


def date_of_day(evidence: Evidence, day: int) -> str:
    """ISO date of a day of the case's clock."""
    index: date = read_moment(evidence.exam_datetime).date
    return (index + timedelta(days=day)).isoformat()


def describe_pathway(shown: Sequence[Placed], rules: VerdictRules) -> str:
    """The sequence as a person reads it, e.g. `A → B (10 d) → C (12 d)`.

    Args:
        shown: Events after the index exam, in order; one that nothing says was performed gets a
            question mark.
        rules: Labels of the kinds.
    """
    labels = rules.pathway.labels
    steps = [labels[rules.pathway.index]]
    for item in shown:
        mark = "?" if item.event.performed == "unclear" or item.event.doubt else ""
        steps.append(f"{labels[item.event.kind]}{mark} ({item.day} d)")
    return " → ".join(steps)


def _index_moment(evidence: Evidence, events: Iterable[Event]) -> Moment:
    """The index exam's time; where its report gives a date alone, its order may know the time."""
    moment = read_moment(evidence.exam_datetime)
    exam = next((read_moment(e.when) for e in events if _is_index(evidence, e)), moment)
    return exam if moment.time is None and exam.date == moment.date else moment


def _is_index(evidence: Evidence, event: Event) -> bool:
    return evidence.report_id in event.report_ids


def _place(evidence: Evidence, index: Moment, event: Event, watched: set[str]) -> Placed:
    moment = read_moment(event.when)
    order = compare(index, moment)
    is_index = _is_index(evidence, event)
    # Benefit of the doubt: nobody is accused of an event that may have come before the index exam.
    after = event.kind not in watched if order == "unknown" else order == "before"
    return Placed(
        event=event,
        moment=moment,
        day=days_between(index, moment),
        after=after and not is_index,
        order_known=order != "unknown",
        is_index=is_index,
    )


def _display_key(item: Placed, rules: VerdictRules) -> tuple[object, ...]:
    if item.is_index:
        group = 0 if item.moment.time is None else 2
    elif item.moment.time is not None:
        group = 2
    else:
        group = 1 if item.event.kind == rules.pathway.required else 3
    return (item.day, group, clock(item.moment), item.event.kind, item.event.event_id)
