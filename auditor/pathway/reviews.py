"""Why a person must look: a required event done elsewhere, or an event that cannot be told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from auditor.config.verdicts import VerdictRules
from auditor.pathway.events import remark_values
from auditor.pathway.model import Event, Ground
from auditor.pathway.ordering import read_moment
from auditor.pathway.predicates import Frame, Instance, find_exclusion, find_flags, ground
from auditor.pathway.timeline import Placed, is_meant, precedes
from auditor.pathway.written_dates import Span, read_written_date

ROLE = "review"

# A comparison may give the date of the report instead of the exam's, one day later.
_SAME_EXAM_DAYS = 1


def assumed_events(frame: Frame) -> frozenset[str]:
    """Ids of the certain events, and of the undecided ones that only a flag could rest on.

    A flag that rests on an event that cannot be told is shown, and the case reviewed; so an
    undecided event counts where it would raise a flag, and not where it would excuse one.
    """
    kinds = {flag.event for flag in frame.rules.flags if flag.event} - {frame.alternative}
    raising = (p for p in _undecided_events(frame) if p.after and p.event.kind in kinds)
    certain = _certain_events(frame.placed, frame.rules)
    return certain | {item.event.event_id for item in raising}


def find_reviews(frame: Frame, *, lifted: frozenset[str] = frozenset()) -> tuple[Ground, ...]:
    """Why the verdict needs a person, in a fixed order; empty where it does not.

    Args:
        frame: The case, counting its `assumed_events`.
        lifted: Codes of the flags that an exception lifts: nothing about them needs review.
    """
    if _flag_codes(frame):
        # What the open window may still bring is reviewed together with the flag that stands, so
        # that time alone never takes a verdict back.
        frame = frame.with_window_over()
    return (*_possible(frame), *_done_elsewhere(frame, lifted), *_undecided(frame, lifted))


def events_done_elsewhere(frame: Frame) -> tuple[Placed, ...]:
    """Later events whose texts name a required event that was done elsewhere, in order.

    A text that says "elsewhere" counts whether it gives a date or not. A plain comparison counts
    when what it compares with is not in the data: with a date from the index exam on, or without
    a date when the data hold no required event before it. Dates before the look-back, and dates
    of an event that is in the data, do not count.
    """
    later = (item for item in frame.placed if item.after and frame.is_own(item))
    return tuple(item for item in later if _names_elsewhere(item, frame))


def _possible(frame: Frame) -> Iterator[Ground]:
    if frame.evidence.certainty == "possible":
        instance = Instance((), "; ".join(frame.evidence.reasons))
        yield ground(frame.rules.reviews.possible, "possible", ROLE, instance)


def _done_elsewhere(frame: Frame, lifted: frozenset[str]) -> Iterator[Ground]:
    """All flags rest on the absence of a required event: before another, or in time."""
    found = events_done_elsewhere(frame)
    if found and _flag_codes(frame) - lifted:
        days = ", ".join(str(item.day) for item in found)
        instance = Instance(found, f"named on day {days}")
        yield ground(frame.rules.reviews.done_elsewhere, "done_elsewhere", ROLE, instance)


def _undecided(frame: Frame, lifted: frozenset[str]) -> Iterator[Ground]:
    deciding = _deciding_events(frame, lifted)
    unclear = tuple(item for item in deciding if item.event.performed == "unclear")
    doubted = tuple(item for item in deciding if item.event.performed != "unclear")
    reviews = frame.rules.reviews
    if doubted:
        words = (f"{item.event.doubt} on day {item.day}" for item in doubted)
        instance = Instance(doubted, ", ".join(words))
        yield ground(reviews.event_in_doubt, "event_in_doubt", ROLE, instance)
    if unclear:
        words = (f"{frame.label(p.event.kind)} ordered on day {p.day}" for p in unclear)
        instance = Instance(unclear, ", ".join(words))
        yield ground(reviews.performed_unclear, "performed_unclear", ROLE, instance)


def _deciding_events(frame: Frame, lifted: frozenset[str]) -> tuple[Placed, ...]:
    """Undecided events that decide a flag: what is not lifted differs with and without them.

    Each is tried alone; where none decides alone, all of them together.
    """

    def differs(items: Iterable[Placed]) -> bool:
        return bool((_flag_codes(_toggled(frame, items)) ^ _flag_codes(frame)) - lifted)

    undecided = _undecided_events(frame)
    alone = tuple(item for item in undecided if differs([item]))
    return undecided if not alone and differs(undecided) else alone


def _undecided_events(frame: Frame) -> tuple[Placed, ...]:
    """Events of which it cannot be told whether they were performed, or are the ones meant."""
    rules = frame.rules
    return tuple(item for item in frame.placed if _is_undecided(item.event, rules))


def _toggled(frame: Frame, items: Iterable[Placed]) -> Frame:
    return frame.with_counted(frame.counted ^ {item.event.event_id for item in items})


def _flag_codes(frame: Frame) -> frozenset[str]:
    """Flags that would be shown: none where the case would be excluded."""
    if find_exclusion(frame):
        return frozenset()
    return frozenset(one.code for one in find_flags(frame))


def _certain_events(placed: Iterable[Placed], rules: VerdictRules) -> frozenset[str]:
    return frozenset(item.event.event_id for item in placed if _is_certain(item.event, rules))


def _is_certain(event: Event, rules: VerdictRules) -> bool:
    """It was performed, and is the procedure meant without doubt."""
    meant = event.kind in rules.pathway.neutral or (event.qualifies and not event.doubt)
    return event.performed == "yes" and meant


def _is_undecided(event: Event, rules: VerdictRules) -> bool:
    """Neither certainly counted nor certainly not."""
    counted = is_meant(event, rules) and event.performed != "no"
    return counted and not _is_certain(event, rules)


def _names_elsewhere(item: Placed, frame: Frame) -> bool:
    parts = frame.rules.pathway.remarks
    said = [read_written_date(text) for text in remark_values(item.event, parts.elsewhere)]
    if any(_matters(spans, frame) for spans in said):
        return True
    if not is_meant(item.event, frame.rules):
        # What an exam of another part of the body is compared with is no matter.
        return False
    compared = [read_written_date(text) for text in remark_values(item.event, parts.comparison)]
    return any(_is_later(spans, item, frame) for spans in compared if _matters(spans, frame))


def _matters(spans: tuple[Span, ...], frame: Frame) -> bool:
    """The date is not known, or neither older than the look-back nor that of an event in data."""
    required = frame.rules.pathway.required
    known = [p for p in frame.placed if p.event.kind == required and p.event.performed != "no"]
    if any(span.is_near(p.moment.date, days=_SAME_EXAM_DAYS) for span in spans for p in known):
        return False
    oldest = _index_date(frame) - timedelta(days=frame.rules.days(frame.rules.pathway.lookback))
    return not spans or any(span.last >= oldest for span in spans)


def _is_later(spans: tuple[Span, ...], item: Placed, frame: Frame) -> bool:
    """What the text compares with may have been done between the index exam and the text.

    Without a date it may be any earlier required event in the data, however old.
    """
    if spans:
        return any(span.overlaps(_index_date(frame), item.moment.date) for span in spans)
    required = frame.rules.pathway.required
    return not any(
        other.event.kind == required
        and other.event.performed != "no"
        and is_meant(other.event, frame.rules)
        and other is not item
        and precedes(other, item)
        for other in frame.placed
    )


def _index_date(frame: Frame) -> date:
    return read_moment(frame.evidence.exam_datetime).date
