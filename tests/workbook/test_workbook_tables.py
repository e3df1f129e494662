"""The output tables: the contract's columns, sorted by a full key, whatever the order given."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from workbook_builders import (
    invent_results,
    make_case,
    make_event,
    make_evidence,
    make_finding,
    make_results,
    read_labels,
)

from auditor.ingest.schema import SetAside
from auditor.workbook.results import Change, PatientEvent, Results, RowFinding
from auditor.workbook.tables import build_tables

LABELS = read_labels()
CONTRACT = (
    "case_id,patient_id,index_report_id,index_datetime,facility,age_group,certainty,laterality,"
    "mass_source,status,flags,advisories,exclusion_reason,first_ct_datetime,first_mri_datetime,"
    "first_biopsy_datetime,days_to_ct,biopsy_prior_imaging,pathway,mass_evidence,"
    "calcification_evidence"
).split(",")


def tables(results: Results) -> dict:
    return build_tables(results, LABELS)


def test_cases_have_exactly_the_columns_of_the_contract() -> None:
    assert list(tables(make_results())["cases"].columns) == CONTRACT


def test_columns_are_formed_from_the_pipeline_s_keys() -> None:
    keys = LABELS.keys.model_copy(
        update={
            "parts": ("nodule",),
            "source_part": "nodule",
            "firsts": ("pet",),
            "required": "pet",
        }
    )
    labels = LABELS.model_copy(update={"keys": keys})
    columns = list(build_tables(make_results(), labels)["cases"].columns)
    assert {"first_pet_datetime", "days_to_pet", "nodule_source", "nodule_evidence"} <= set(columns)
    assert not [name for name in columns if "ct" in name.split("_") or "mass" in name]


def test_a_case_s_values() -> None:
    case = make_case(
        "0007",
        status="non_compliant",
        flags=("skipped_ct", "mri_first"),
        advisories=("older_prior_ct", "ct_slow"),
        firsts=(("ct", ""), ("mri", "2026-02-01"), ("biopsy", "")),
        days_to_required=None,
    )
    row = tables(make_results((case,)))["cases"].to_dict("records")[0]
    assert row["patient_id"] == "0007"
    assert row["flags"] == "skipped_ct;mri_first"
    assert row["advisories"] == "older_prior_ct;ct_slow"
    assert (row["first_ct_datetime"], row["first_mri_datetime"]) == ("", "2026-02-01")
    assert row["days_to_ct"] == ""
    assert row["mass_evidence"] == "There is a 6 cm left flank mass."


def test_day_zero_is_a_number_and_not_an_absence() -> None:
    table = tables(make_results((make_case(days_to_required=0),)))["cases"]
    assert table.days_to_ct[0] == "0"


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_the_results_is_of_no_consequence(chance) -> None:
    results = invent_results(8)

    def shuffled(rows):
        rows = list(rows)
        chance.shuffle(rows)
        return tuple(rows)

    names = ("cases", "near_misses", "events", "findings", "set_aside", "changes")
    other = dataclasses.replace(results, **{n: shuffled(getattr(results, n)) for n in names})
    for name, table in tables(results).items():
        assert table.equals(tables(other)[name]), name


def test_events_are_of_patients_with_a_case_or_near_miss_and_of_kinds_shown() -> None:
    near = make_evidence("P0002", is_case=False, near_miss="x")
    scan = make_event("e", "ct", "2026-01-01")
    events = [PatientEvent(patient, scan) for patient in ("P0001", "P0002", "P0003")]
    events.append(PatientEvent("P0001", make_event("f", "other", "2026-01-01")))
    results = make_results((make_case("P0001"),), near_misses=(near,), events=tuple(events))
    table = tables(results)["events"]
    assert list(zip(table.patient_id, table.event_id, strict=True)) == [
        ("P0001", "e"),
        ("P0002", "e"),
    ]


def test_an_event_names_the_cases_that_show_it() -> None:
    table = tables(make_results((make_case("P0001"),)))["events"]
    assert set(table.case_ids) == {"C-P0001"}


def test_findings_keep_offsets_rules_and_links() -> None:
    finding = make_finding(
        "mass",
        "A mass, 12.5 mm.",
        "mass",
        cue="likely",
        cue_rule="h.2",
        link="phrase",
        link_index=1,
        size_mm=12.5,
        weak=True,
    )
    table = tables(make_results(findings=(RowFinding("P", "R", finding),)))["findings"]
    row = table.iloc[0]
    assert (row.start, row.end, row.size_mm, row.link_index) == ("2", "6", "12.5", "1")
    assert (row.cue, row.cue_rule, row.link, row.weak) == ("likely", "h.2", "phrase", "true")


def test_findings_are_in_the_order_of_the_text_not_of_its_digits() -> None:
    read = [
        RowFinding("P", "R", make_finding("mass", "mass", "mass", start=at, end=at + 4))
        for at in (100, 20, 3)
    ]
    table = tables(make_results(findings=tuple(read)))["findings"]
    assert list(table.start) == ["3", "20", "100"]


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("set_aside", (SetAside("reports", "a.csv", 9, "", "too_many_fields", "text"),)),
        ("changes", (Change("C1", "status", "", "pending"),)),
    ],
)
def test_rows_of_the_other_tables_are_kept(name: str, rows: tuple) -> None:
    assert len(tables(make_results(**{name: rows}))[name]) == 1


def test_tables_of_an_empty_result_have_their_headings() -> None:
    for table in tables(make_results()).values():
        assert len(table) == 0
        assert len(table.columns) > 3
