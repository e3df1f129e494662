"""Facts survive the way through JSON whole, and half a fact is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_builders import order, report

from auditor.errors import LedgerError
from auditor.language.facts import Finding, OrderFacts, Procedure, Remark, ReportFacts
from auditor.ledger.encode import decode_order, decode_report, encode_facts

SIZES = st.none() | st.floats(allow_nan=False, allow_infinity=False)
FINDINGS = st.builds(
    Finding,
    size_mm=SIZES,
    laterality=st.text(),
    weak=st.booleans(),
    explanation_certain=st.booleans(),
    link_index=st.integers(-1, 9),
    place=st.text(),
)
MANY = {
    "findings": st.lists(FINDINGS, max_size=3).map(tuple),
    "remarks": st.lists(st.builds(Remark, value=st.text(), rule=st.text()), max_size=3).map(tuple),
    "procedure": st.builds(Procedure, qualifies=st.booleans(), coverage=st.text()),
    "facility": st.text(),
}


@given(st.builds(ReportFacts, age_years=SIZES, sex=st.text(), **MANY))
def test_a_report_comes_back_as_it_was(facts: ReportFacts) -> None:
    assert decode_report(encode_facts(facts)) == facts


@given(st.builds(OrderFacts, ordering_department=st.text(), **MANY))
def test_an_order_comes_back_as_it_was(facts: OrderFacts) -> None:
    assert decode_order(encode_facts(facts)) == facts


@given(st.builds(ReportFacts, age_years=SIZES, **MANY))
def test_the_text_can_be_stored_in_any_database(facts: ReportFacts) -> None:
    body = encode_facts(facts)
    assert body.isascii()
    assert body.isprintable()


def test_the_text_is_compact_and_sorted_and_leaves_defaults_out() -> None:
    facts = order("d", status="", procedure=Procedure("ct"), ordering_department="ER")
    assert encode_facts(facts) == (
        '{"accession":"","order_datetime":"2025-01-02","order_id":"Od","ordering_department":"ER",'
        '"patient_id":"P1","performed_datetime":"","procedure":{"kind":"ct"},"row_digest":"d",'
        '"status":"","status_word":"completed"}'
    )


@pytest.mark.parametrize("path", [(), ("procedure",), ("findings", 0), ("remarks", 0)])
def test_a_field_of_a_newer_version_is_refused(path: tuple[str | int, ...]) -> None:
    table = json.loads(encode_facts(report("d")))
    inner = table
    for step in path:
        inner = inner[step]
    inner["texture"] = "fat"
    with pytest.raises(LedgerError, match="'texture'.*newer version"):
        decode_report(json.dumps(table))


def test_a_field_that_must_be_there_is_missed() -> None:
    table = json.loads(encode_facts(report("d")))
    del table["remarks"][0]["kind"]
    with pytest.raises(LedgerError, match="Remark in the ledger lacks the field 'kind'"):
        decode_report(json.dumps(table))


def test_a_field_of_the_wrong_kind_is_named_so() -> None:
    table = {**json.loads(encode_facts(report("d"))), "findings": 3}
    with pytest.raises(LedgerError, match="wrong kind"):
        decode_report(json.dumps(table))


def test_a_field_that_was_added_later_takes_its_default() -> None:
    table = json.loads(encode_facts(report("d", sex="F")))
    del table["sex"]
    assert decode_report(json.dumps(table)).sex == ""


@pytest.mark.parametrize("body", ["", "{", "[]", '{"procedure":3}', '{"findings":3}', "null"])
def test_a_damaged_body_is_named_so(body: str) -> None:
    with pytest.raises(LedgerError, match="in the ledger"):
        decode_report(body)
