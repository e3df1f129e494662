"""Reasons, stated in reports or orders, for which flags are lifted."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.config.verdicts import ExceptionRule
from auditor.pathway.events import remark_values
from auditor.pathway.model import Event, Ground
from auditor.pathway.predicates import Frame, Instance, ground

ROLE = "exception"


def find_exceptions(frame: Frame, flags: Iterable[str]) -> tuple[Ground, ...]:
    """The exceptions that lift at least one of the flags that stand, in the order of the rules.

    Measures look for exceptions only where the numerator is not met: a compliant pregnant patient
    stays compliant.
    """
    standing = set(flags)
    found = []
    for rule in frame.rules.exceptions:
        instance = _find_stated(rule, frame) if standing & set(rule.lifts) else None
        if instance:
            found.append(ground(rule, rule.code, ROLE, instance))
    return tuple(found)


def lifted_flags(frame: Frame) -> frozenset[str]:
    """Codes of the flags that the stated reasons lift between them, whether they stand or not."""
    stated = (rule for rule in frame.rules.exceptions if _find_stated(rule, frame))
    return frozenset(flag for rule in stated for flag in rule.lifts)


def _find_stated(rule: ExceptionRule, frame: Frame) -> Instance | None:
    if rule.children_only and not frame.is_child:
        return None
    texts = frame.texts(until=frame.rules.days(rule.until))
    found = tuple(item for item in texts if _states(item.event, rule, frame))
    days = ", ".join(str(item.day) for item in found)
    return Instance(found, f"stated on day {days}") if found else None


def _states(event: Event, rule: ExceptionRule, frame: Frame) -> bool:
    pathway = frame.rules.pathway
    if rule.code not in remark_values(event, pathway.remarks.exception):
        return False
    return event.performed != "no" or event.kind == pathway.required or not rule.of_required
