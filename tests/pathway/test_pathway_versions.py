"""Versions of reports and orders: decided from content, never from arrival."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from auditor.language.facts import OrderFacts, Procedure, Remark, ReportFacts
from auditor.pathway.versions import (
    group_reports,
    order_versions,
    resolve_orders,
    standing_versions,
)


def report(
    digest: str,
    status: str = "final",
    signed: str = "",
    *,
    report_id: str = "R1",
    accession: str = "",
    kind: str = "ct",
) -> ReportFacts:
    procedure = Procedure(kind)
    return ReportFacts(digest, "P1", report_id, accession, "2025-01-01", signed, status, procedure)


def order(
    digest: str,
    status: str,
    performed: str = "",
    *,
    order_id: str = "O1",
    accession: str = "",
    remarks: tuple[Remark, ...] = (),
) -> OrderFacts:
    return OrderFacts(
        digest,
        "P1",
        order_id,
        accession,
        "2025-01-01",
        performed,
        status,
        status,
        Procedure("ct"),
        remarks=remarks,
    )


def digests(rows: tuple[ReportFacts, ...]) -> str:
    return " ".join(row.row_digest for row in rows)


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        ([report("b", signed="2025-01-02T09:00"), report("a", signed="2025-01-02T10:00")], "b a"),
        # One time for both: the status says which is later.
        ([report("a", "final", "2025-01-02"), report("b", "preliminary", "2025-01-02")], "b a"),
        ([report("a", "unknown", "2025-01-02"), report("b", "preliminary", "2025-01-02")], "b a"),
        ([report("a", "corrected", "2025-01-02"), report("b", "addendum", "2025-01-02")], "b a"),
        ([report("a", "cancelled", "2025-01-02"), report("b", "corrected", "2025-01-02")], "b a"),
        # A date alone makes the times of its date no evidence.
        (
            [report("a", "final", "2025-01-02"), report("b", "preliminary", "2025-01-02T23:00")],
            "b a",
        ),
        # Undated versions: by their status, among the dated ones.
        ([report("a", "preliminary"), report("b", "final", "2025-01-02")], "a b"),
        ([report("a", "cancelled"), report("b", "final", "2025-01-02")], "b a"),
        ([report("a", "final"), report("b", "preliminary", "2025-01-02")], "b a"),
        ([report("a", "final"), report("b", "final", "2025-01-02")], "a b"),
        ([report("a"), report("b")], "a b"),
        # Offsets count where all carry one.
        (
            [
                report("a", signed="2025-01-02T10:00+00:00"),
                report("b", signed="2025-01-02T11:00+02:00"),
            ],
            "b a",
        ),
    ],
)
def test_order_of_versions(versions: list[ReportFacts], expected: str) -> None:
    for arrival in permutations(versions):
        assert digests(order_versions(arrival)) == expected


def test_versions_share_a_report_id_or_an_accession_of_one_kind() -> None:
    rows = [
        report("a", report_id="R1"),
        report("b", report_id="R1", accession="A1"),
        report("c", report_id="R2", accession="A1"),
        report("d", report_id="R3", accession="A1", kind="radiograph"),
        report("e", report_id="R4", accession="A2"),
        report("f", report_id="R5", accession="A2", kind="unknown"),
        report("g", report_id="R6"),
    ]
    for arrival in (rows, rows[::-1]):
        groups = {digests(group) for group in group_reports(arrival)}
        assert groups == {"a b c", "d", "e f", "g"}


def test_a_digest_that_comes_twice_is_one_version() -> None:
    assert [len(group) for group in group_reports([report("a"), report("a")])] == [1]


def test_an_older_final_does_not_revive() -> None:
    rows = [report("a", "final", "2025-01-02"), report("b", "cancelled", "2025-01-03")]
    assert standing_versions(order_versions(rows)) == ()
    assert standing_versions(rows[:1]) == (rows[0],)


@pytest.mark.parametrize(
    ("statuses", "standing"),
    [
        (["final"], "0"),
        (["final", "addendum"], "0 1"),
        (["final", "addendum", "addendum"], "0 1 2"),
        (["final", "corrected", "addendum"], "1 2"),
        (["preliminary", "final"], "1"),
        (["final", "cancelled", "addendum"], "2"),
        (["final", "cancelled"], ""),
    ],
)
def test_standing_versions(statuses: list[str], standing: str) -> None:
    group = [report(str(n), status, f"2025-01-0{n + 2}") for n, status in enumerate(statuses)]
    assert digests(standing_versions(group)) == standing


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([order("a", "pending"), order("b", "performed", "2025-01-02")], "b"),
        ([order("a", "performed", "2025-01-02"), order("b", "not_performed")], "b"),
        ([order("a", "performed"), order("b", "performed", "2025-01-02")], "b"),
        ([order("a", "performed", "2025-01-03"), order("b", "performed", "2025-01-02")], "a"),
        ([order("a", "pending"), order("b", "unknown")], "b"),
        ([order("a", "unknown", "2025-01-02"), order("b", "performed")], "b"),
        ([order("a", "pending"), order("b", "pending")], "b"),
    ],
)
def test_of_several_rows_of_an_order_one_decides(rows: list[OrderFacts], expected: str) -> None:
    for arrival in permutations(rows):
        assert [row.row_digest for row in resolve_orders(arrival)] == [expected]


def test_what_only_an_older_row_tells_is_kept() -> None:
    remark = Remark("exception", "pregnancy")
    rows = [
        order("a", "pending", accession="A1", remarks=(remark,)),
        order("b", "performed", "2025-01-02"),
        order("c", "pending", order_id="O2"),
    ]
    first, second = resolve_orders(rows)
    assert (first.row_digest, first.accession, first.remarks) == ("b", "A1", (remark,))
    assert second.order_id == "O2"


def test_what_no_date_tells_apart_is_settled_by_content_and_not_by_the_digest() -> None:
    """A digest changes with a patient's shifted dates; what decides must not."""
    head, body = (report("", "final", "2025-01-02", kind=kind) for kind in ("other", "ct"))
    placed, asked = (replace(order("", "pending"), procedure=Procedure(k)) for k in ("mri", "ct"))
    for digests_of_two in permutations("ab"):
        versions = order_versions(map(_with_digest, (head, body), digests_of_two))
        assert [row.procedure.kind for row in versions] == ["ct", "other"]
        (standing,) = resolve_orders(map(_with_digest, (placed, asked), digests_of_two))
        assert standing.procedure.kind == "mri"


def _with_digest(row, digest):
    return replace(row, row_digest=digest)
