"""Notes beside the status: each advisory of the verdict file picks one of the tests here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from auditor.config.verdicts import Advisory
from auditor.pathway.events import has_remark, remark_values
from auditor.pathway.model import Ground
from auditor.pathway.predicates import Frame, Instance, ground
from auditor.pathway.reviews import events_done_elsewhere
from auditor.pathway.timeline import Placed, order_is_known, precedes

ROLE = "advisory"


@dataclass(frozen=True, slots=True)
class Judged:
    """A case with the verdict that advisories comment on.

    Attributes:
        frame: The case as its rules see it.
        flags: Codes of the flags shown.
        compliant: Its status is `compliant`.
    """

    frame: Frame
    flags: tuple[str, ...]
    compliant: bool


Test = Callable[[Advisory, Judged], "Instance | None"]


def find_advisories(judged: Judged) -> tuple[Ground, ...]:
    """The advisories that apply, in the order of the rules. They never change the status."""
    rules = judged.frame.rules
    found = ((advisory, _TESTS[advisory.test](advisory, judged)) for advisory in rules.advisories)
    return tuple(ground(a, a.code, ROLE, instance) for a, instance in found if instance)


def _order_unknown(_: Advisory, judged: Judged) -> Instance | None:
    """No time says on which side of the index exam, or of the required event, an event lies."""
    frame = judged.frame
    pathway = frame.rules.pathway
    watched = [flag.event for flag in frame.rules.flags if flag.event]
    kinds = (pathway.required, *watched)
    ties = [p for p in frame.placed if _counts(p, frame, kinds) and not p.order_known]
    required = frame.after(pathway.required)
    for kind in watched:
        for item in frame.after(kind):
            before = [other for other in required if precedes(other, item)]
            if before and not any(order_is_known(other, item) for other in before):
                ties += [item, *before]
    return _list_events(_distinct(ties, frame), frame)


def _counts(item: Placed, frame: Frame, kinds: Iterable[str]) -> bool:
    counted = item.event.event_id in frame.counted
    return counted and not item.is_index and item.event.kind in kinds


def _done_elsewhere(_: Advisory, judged: Judged) -> Instance | None:
    found = events_done_elsewhere(judged.frame)
    days = ", ".join(str(item.day) for item in found)
    return Instance(found, f"named on day {days}") if found else None


def _partial_coverage(_: Advisory, judged: Judged) -> Instance | None:
    first = judged.frame.first_required()
    if first is None or first.event.coverage != "partial":
        return None
    return _list_events([first], judged.frame)


def _required_remark(advisory: Advisory, judged: Judged) -> Instance | None:
    """The reports of the first required event, and of any other on its date, make the remark."""
    frame = judged.frame
    first = frame.first_required()
    if first is None:
        return None
    that_day = [p for p in frame.after(frame.rules.pathway.required) if p.day == first.day]
    reported = [item for item in that_day if item.event.report_ids]
    said = [set(remark_values(item.event, advisory.remark)) for item in reported]
    # What one of the day's reports leaves out, another may say.
    values = set.intersection(*said) if said else set()
    if not values:
        return None
    words = [advisory.details[value] for value in advisory.details if value in values]
    at = f"{frame.label(first.event.kind)} on day {first.day}"
    return Instance(tuple(reported), f"{at}: {'; '.join(words)}" if words else at)


def _slow(advisory: Advisory, judged: Judged) -> Instance | None:
    frame = judged.frame
    first = frame.first_required()
    name = advisory.window_pediatric if frame.is_child else advisory.window
    limit = frame.rules.days(name)
    if not judged.compliant or first is None or first.day <= limit:
        return None
    return Instance((first,), f"{frame.label(first.event.kind)} on day {first.day}, after {limit}")


def _older_event(advisory: Advisory, judged: Judged) -> Instance | None:
    frame = judged.frame
    lookback = frame.rules.days(frame.rules.pathway.lookback)
    found = frame.before(frame.rules.pathway.required, days=frame.rules.days(advisory.window))
    return _list_events([item for item in found if item.day < -lookback], frame)


def _ordered_only(_: Advisory, judged: Judged) -> Instance | None:
    """The required event was ordered from the index day on, and none was performed."""
    frame = judged.frame
    required = frame.rules.pathway.required
    near = [
        item
        for item in frame.placed
        if item.event.kind == required and item.event.qualifies and 0 <= item.day <= frame.horizon
    ]
    if any(item.event.performed != "no" and item.after for item in near):
        return None
    return _list_events([item for item in near if item.event.performed == "no"], frame)


def _remark(advisory: Advisory, judged: Judged) -> Instance | None:
    frame = judged.frame
    texts = frame.texts(until=frame.horizon)
    found = tuple(item for item in texts if has_remark(item.event, advisory.remark))
    days = ", ".join(str(item.day) for item in found)
    return Instance(found, f"stated on day {days}") if found else None


def _recommended_required(_: Advisory, judged: Judged) -> Instance | None:
    frame = judged.frame
    required = frame.rules.pathway.required
    named = required in frame.evidence.recommended
    return Instance((), frame.label(required)) if named else None


def _recommended_other(_: Advisory, judged: Judged) -> Instance | None:
    frame = judged.frame
    others = [k for k in frame.evidence.recommended if k != frame.rules.pathway.required]
    return Instance((), ", ".join(frame.label(kind) for kind in others)) if others else None


def _flag_in_child(advisory: Advisory, judged: Judged) -> Instance | None:
    stands = advisory.flag in judged.flags and judged.frame.is_child
    return Instance((), f"flag {advisory.flag}") if stands else None


def _outside_centers(advisory: Advisory, judged: Judged) -> Instance | None:
    """The first event was at a known facility that is not on the list, if there is a list."""
    frame = judged.frame
    centers = frame.rules.settings[advisory.setting]
    first = next(iter(frame.after(advisory.event)), None)
    if not isinstance(centers, tuple) or not centers or first is None:
        return None
    listed = {center.strip().casefold() for center in centers}
    facility = first.event.facility.strip().casefold()
    return _list_events([first], frame) if facility and facility not in listed else None


def _no_later_activity(_: Advisory, judged: Judged) -> Instance | None:
    """A flag stands, and the whole data hold nothing after the index exam."""
    frame = judged.frame
    if not judged.flags or any(item.after for item in frame.placed):
        return None
    return Instance((), f"nothing to day {frame.as_of_day}")


def _list_events(items: list[Placed], frame: Frame) -> Instance | None:
    words = (f"{frame.label(item.event.kind)} on day {item.day}" for item in items)
    return Instance(tuple(items), ", ".join(words)) if items else None


def _distinct(items: list[Placed], frame: Frame) -> list[Placed]:
    return [item for item in frame.placed if item in items]


_TESTS: dict[str, Test] = {
    "order_unknown": _order_unknown,
    "done_elsewhere": _done_elsewhere,
    "partial_coverage": _partial_coverage,
    "required_remark": _required_remark,
    "slow": _slow,
    "older_event": _older_event,
    "ordered_only": _ordered_only,
    "remark": _remark,
    "recommended_required": _recommended_required,
    "recommended_other": _recommended_other,
    "flag_in_child": _flag_in_child,
    "outside_centers": _outside_centers,
    "no_later_activity": _no_later_activity,
}
