"""Events known from the report on their specimen, joined with the procedure that took it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from auditor.config.verdicts import VerdictRules
from auditor.language.facts import OrderFacts, ReportFacts
from auditor.pathway.model import Event
from auditor.pathway.ordering import days_between, read_moment, sort_key


def tells_of_specimen(row: ReportFacts | OrderFacts, rules: VerdictRules) -> bool:
    """Whether the row is about a specimen, not about the procedure that took it."""
    specimen, procedure = rules.pathway.specimen, row.procedure
    if specimen is None:
        return False
    return procedure.kind == specimen.report or procedure.rule in specimen.rules


def join_specimens(
    procedures: Iterable[Event], specimens: Iterable[Event], rules: VerdictRules
) -> list[Event]:
    """Join each specimen's event with the nearest procedure in the window before it.

    "With a procedure row up to 7 days before it, the two are one event at the procedure's time."
    A specimen without such a procedure stays an event of its own, at the time of its report.

    Args:
        procedures: One patient's events that are not known from a specimen's report alone.
        specimens: The patient's events that are, in any order.
        rules: The specimen's kind and window, and which doubts a named site settles.

    Returns:
        All events, joined ones once, in no particular order.
    """
    joined = {event.event_id: event for event in procedures}
    alone = []
    for specimen in sorted(specimens, key=_time_key):
        near = [event for event in joined.values() if _takes(event, specimen, rules)]
        if near:
            procedure = max(near, key=_time_key)
            joined[procedure.event_id] = _join(procedure, specimen, rules)
        else:
            alone.append(specimen)
    return [*joined.values(), *alone]


def _takes(event: Event, specimen: Event, rules: VerdictRules) -> bool:
    """Whether the event can be the procedure from which the specimen came."""
    setting = rules.pathway.specimen
    if setting is None or event.kind != setting.event or specimen.kind != setting.event:
        return False
    if event.performed == "no" or specimen.performed == "no":
        return False
    days = days_between(read_moment(event.when), read_moment(specimen.when))
    return _site_fits(event, rules) and 0 <= days <= rules.days(setting.window)


def _site_fits(event: Event, rules: VerdictRules) -> bool:
    """A procedure elsewhere did not give this specimen; one at an unnamed site may have."""
    parts = rules.pathway.remarks
    return event.qualifies or event.doubt == parts.unnamed_site


def _join(procedure: Event, specimen: Event, rules: VerdictRules) -> Event:
    both = (procedure, specimen)
    doubts = {event.doubt for event in both if event.doubt}
    if any(event.qualifies and not event.doubt for event in both):
        # One tells what the other left open; only a doubt about the purpose stays.
        doubts &= set(rules.pathway.remarks.in_doubt)
    # An order completed without a time is performed, says its specimen, by the specimen's date.
    when = procedure.when if procedure.performed == "yes" else specimen.when
    return replace(
        procedure,
        when=when,
        performed="yes",
        qualifies=any(event.qualifies for event in both),
        doubt=min(doubts, default=""),
        status="; ".join(sorted({*procedure.status.split("; "), *specimen.status.split("; ")})),
        order_ids=tuple(sorted({*procedure.order_ids, *specimen.order_ids})),
        report_ids=tuple(sorted({*procedure.report_ids, *specimen.report_ids})),
        sides=tuple(sorted({*procedure.sides, *specimen.sides})),
        remarks=tuple(sorted({*procedure.remarks, *specimen.remarks})),
    )


def _time_key(event: Event) -> tuple[object, ...]:
    return (*sort_key(read_moment(event.when)), event.event_id)
