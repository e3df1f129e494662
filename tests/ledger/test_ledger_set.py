"""A ledger is a function of the set of rows: not of their order, repetition or cut into runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_builders import order, record, report

from auditor.language.facts import OrderFacts, PatientFacts, ReportFacts
from auditor.ledger.records import CaseRow, ResultRow
from auditor.ledger.store import Ledger, open_ledger

Row = ReportFacts | OrderFacts
Mixed = tuple[list[Row], list[list[Row]]]  # rows, and the same cut into nights

PATIENTS = st.sampled_from(["1", "02", "a", "B"])
DATES = st.sampled_from([f"2025-01-{day:02d}" for day in range(1, 29)])
DIGESTS = st.integers(0, 10_000).map(str)
ROWS = st.lists(
    st.builds(report, DIGESTS, PATIENTS, DATES) | st.builds(order, DIGESTS, PATIENTS, DATES),
    max_size=12,
    unique_by=lambda row: row.row_digest,
)


@st.composite
def rows_and_nights(draw: st.DrawFn) -> Mixed:
    """Rows, and the same rows in some order, cut into nights, some of them given repeatedly."""
    rows = draw(ROWS)
    repeated = draw(st.lists(st.sampled_from(rows), max_size=6)) if rows else []
    mixed = draw(st.permutations([*rows, *repeated]))
    cuts = sorted(draw(st.lists(st.integers(0, len(mixed)), max_size=5)))
    bounds = [0, *cuts, len(mixed)]
    return rows, [mixed[start:end] for start, end in zip(bounds, bounds[1:], strict=False)]


def judge(facts: PatientFacts, as_of: str) -> Iterator[CaseRow]:
    """A toy verdict that late rows change and withdraw, and that time alone closes on day 10."""
    if not facts.reports:
        return
    first = min(row.exam_datetime for row in facts.reports)
    after = [row for row in facts.orders if row.order_datetime >= first]
    status = "done" if after else "pending" if as_of < settling(facts) else "missed"
    flags = ("missed",) if status == "missed" else ()
    shown = {"rows": ",".join(row.row_digest for row in facts.reports)}
    yield CaseRow(f"{facts.patient_id}-{first}", facts.patient_id, status, flags, "", shown)


def settling(facts: PatientFacts) -> str:
    first = date.fromisoformat(min(row.exam_datetime for row in facts.reports))
    return (first + timedelta(days=10)).isoformat()


def night(ledger: Ledger, run_id: str, rows: list[Row]) -> None:
    with ledger.run(record(run_id)) as run:
        run.add_reports(row for row in rows if isinstance(row, ReportFacts))
        run.add_orders(row for row in rows if isinstance(row, OrderFacts))
        as_of = run.newest_date()
        before = run.previous.as_of if run.previous else ""
        judged = run.touched_patients(also=run.unsettled_patients(min(before, as_of)))
        patients = list(run.patients(judged))
        run.save_cases((row for facts in patients for row in judge(facts, as_of)), judged)
        kept = (
            ResultRow(facts.patient_id, settling(facts), repr(list(judge(facts, as_of))))
            for facts in patients
            if facts.reports
        )
        run.save_results(kept, judged)
        run.finish(record(run_id, as_of=as_of))


State = tuple[list[PatientFacts], list[CaseRow], list[ResultRow], str]


def state(ledger: Ledger) -> State:
    with ledger.run(record("last")) as run:
        return list(run.patients()), list(ledger.cases()), list(run.results()), run.newest_date()


def once_and_nightly(urls: tuple[str | None, str | None], mixed: Mixed) -> None:
    rows, nights = mixed
    with open_ledger(urls[0]) as once, open_ledger(urls[1]) as nightly:
        night(once, "all", rows)
        seen: set[str] = set()
        for number, some in enumerate(nights):
            night(nightly, f"night-{number}", some)
            seen |= {row.case_id for row in nightly.cases()}
        assert state(nightly) == state(once)
        for case_id in sorted(seen):
            last = nightly.history(case_id)[-1]
            ends = None if last.change == "withdrawn" else last.case
            assert nightly.find_case(case_id) == ends


@settings(max_examples=60, deadline=None)
@given(mixed=rows_and_nights())
def test_nights_end_in_the_same_ledger_as_one_run(mixed: Mixed) -> None:
    once_and_nightly((None, None), mixed)


@settings(max_examples=15, deadline=None)
@given(mixed=rows_and_nights())
def test_so_they_do_on_both_databases(new_url: Callable[[], str], mixed: Mixed) -> None:
    once_and_nightly((None, new_url()), mixed)
