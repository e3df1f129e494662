"""Events: ids, times, sources, and the newest date of the data."""

from __future__ import annotations

import pytest
from pathway_timelines import PIPELINE, Step, build, step

from auditor.config.verdicts import read_verdict_rules
from auditor.pathway.events import build_events, has_remark, remark_values
from auditor.pathway.model import Event

RULES = read_verdict_rules(PIPELINE)


def events(*steps: Step) -> tuple[Event, ...]:
    return build_events(build(steps)[0], RULES)


def test_one_event_tells_of_all_its_rows() -> None:
    (event,) = events(
        step(2, "CT order", "accession X", "pending", "at North"),
        step(3, "CT report", "accession X", "id R7", "at South", "says no_precontrast_phase"),
    )
    assert (event.kind, event.performed, event.when) == ("ct", "yes", "2025-03-04T10:00")
    assert (event.order_ids, event.report_ids, event.accession) == (("O0",), ("R7",), "X")
    assert (event.status, event.facility) == ("final; pending", "South")
    assert event.remarks == ("no_precontrast_phase",)


def test_remarks_carry_their_values() -> None:
    (event,) = events(step(3, "CT", "says ct_report_incomplete pattern", "says outside_ct"))
    assert has_remark(event, "ct_report_incomplete")
    assert remark_values(event, "ct_report_incomplete") == ("pattern",)
    assert remark_values(event, "outside_ct") == ("",)
    assert not has_remark(event, "outside")


def test_sides_come_from_reports_alone() -> None:
    (event,) = events(
        step(3, "MRI order", "accession X", "says lesion_named right"),
        step(3, "MRI report", "accession X", "says lesion_named left"),
    )
    assert event.sides == ("left",)


def test_a_cancelled_report_says_nothing() -> None:
    (event,) = events(step(3, "MRI report", "cancelled", "says lesion_named left"))
    assert (event.performed, event.sides, event.remarks) == ("no", (), ())


def test_event_ids_last() -> None:
    """An event keeps its id when its report arrives after its order."""
    order = step(3, "CT order", "accession X")
    report = step(4, "CT report", "accession X")
    assert {e.event_id for e in events(order)} == {e.event_id for e in events(order, report)}
    assert len({e.event_id for e in events(order, step(3, "CT", "accession Y"))}) == 2


@pytest.mark.parametrize(
    ("order_time", "report_time", "expected"),
    [
        ("08:00", "10:00", "2025-03-04T10:00"),
        ("08:00", "?", "2025-03-04T08:00"),
        ("?", "10:00", "2025-03-04T10:00"),
        ("?", "?", "2025-03-04"),
    ],
)
def test_a_date_alone_gives_way_to_a_time(order_time: str, report_time: str, expected: str) -> None:
    (event,) = events(
        step(3, "CT order", "accession X", time=order_time),
        step(3, "CT report", "accession X", time=report_time),
    )
    assert event.when == expected


def test_a_time_on_another_date_does_not_count() -> None:
    (event,) = events(
        step(2, "CT order", "accession X"),
        step(3, "CT report", "accession X", time="?"),
    )
    assert event.when == "2025-03-04"
