"""Night after night: any cut of the same rows into runs ends alike, and each run judges few."""

from __future__ import annotations

import logging
import random
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import (
    CASE_TEXT,
    FILM,
    FLANK,
    Row,
    audit_folder,
    on_day,
    order,
    pipeline,
    read_outputs,
    read_rows,
    report,
    write_exports,
)
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from nightly import (
    AS_OF,
    BIOPSY,
    CT,
    HEAD_CT,
    LASTING,
    MRI,
    THYROID_BIOPSY,
    ULTRASOUND,
    TableRow,
    emptied,
    film_rows,
    histories,
    judge,
    lasting_tables,
    night,
    procedure_rows,
    shifted,
    spare_ledger,
)

from auditor import cli, job
from auditor.config.pipeline import Pipeline, read_pipeline
from auditor.config.site import Site
from auditor.errors import LedgerError
from auditor.judging import read_result, settling_date
from auditor.ledger.records import ResultRow
from auditor.ledger.store import Ledger, open_ledger
from auditor.pathway.model import Case
from auditor.pathway.rate import population_counts
from auditor.request import Request
from auditor.workbook.results import Results

Nights = list[tuple[list[TableRow], int]]  # rows of each night, and the day of its audit

STATUSES = {"compliant", "non_compliant", "pending", "excluded", "excepted", "needs_review"}


def fast_and_slow(
    body: Callable[..., None], *arguments: Any, fast: int = 100, slow: int = 3000
) -> tuple[Callable[..., None], Callable[..., None]]:
    """A property as two tests: one for the loop, one with thousands of examples."""
    quick = settings(max_examples=fast)(given(*arguments)(body))
    thorough = settings(max_examples=slow)(given(*arguments)(body))
    return quick, pytest.mark.slow(thorough)


# --- any cut into nights --------------------------------------------------------------------------


@st.composite
def cut_histories(draw: st.DrawFn) -> tuple[list[TableRow], Nights]:
    """Rows, and the same in any order, some repeated, cut into nights with any dates of audit."""
    rows = draw(histories("P", "Q"))
    repeated = draw(st.lists(st.sampled_from(rows), max_size=3))
    mixed = [*rows, *repeated]
    random.Random(draw(st.integers(0, 999))).shuffle(mixed)
    cuts = sorted(draw(st.lists(st.integers(0, len(mixed)), max_size=3)))
    parts = [mixed[a:b] for a, b in zip([0, *cuts], [*cuts, len(mixed)], strict=True)]
    return rows, [(part, draw(AS_OF)) for part in parts]


def kept_in(ledger: Ledger) -> tuple[list[Any], ...]:
    """All that a ledger knows of patients, but for the runs that taught it."""
    with ledger.run(job.describe_run(pipeline(), "looking", (), ledger.last_run())) as run:
        return list(run.patients()), list(ledger.cases()), list(run.results())


def _nights_end_like_one_run(cut: tuple[list[TableRow], Nights]) -> None:
    rows, nights = cut
    last = on_day(nights[-1][1])
    once, nightly = emptied(spare_ledger(1)), emptied(spare_ledger(2))
    expected = lasting_tables(night(once, rows, as_of=last))
    for part, day in nights:
        results = night(nightly, part, as_of=on_day(day))
    assert lasting_tables(results) == expected
    assert kept_in(nightly) == kept_in(once)
    # And the outputs are those of the ledger, not of tonight's rows.
    assert lasting_tables(night(nightly, [], as_of=last)) == expected


test_nights_end_like_one_run, test_nights_end_like_one_run_often = fast_and_slow(
    _nights_end_like_one_run, cut_histories(), fast=25, slow=1000
)


def _the_newest_date_is_the_same_in_any_cut(rows: list[TableRow], seed: int) -> None:
    mixed = random.Random(seed).sample(rows, len(rows))
    once, nightly = emptied(spare_ledger(1)), emptied(spare_ledger(2))
    expected = night(once, rows)
    for place in range(0, len(mixed), 2):
        results = night(nightly, mixed[place : place + 2])
    assert results.run.as_of == expected.run.as_of
    assert lasting_tables(results) == lasting_tables(expected)


test_without_a_date_the_newest_decides, test_without_a_date_the_newest_decides_often = (
    fast_and_slow(
        _the_newest_date_is_the_same_in_any_cut,
        histories("P"),
        st.integers(0, 99),
        fast=30,
        slow=1000,
    )
)


# --- what verdicts do not depend on ---------------------------------------------------------------


def verdicts(rows: list[TableRow], day: int) -> list[tuple[Any, ...]]:
    """What is said of each case, but for its dates."""
    return [
        (case.status, case.flags, case.exclusion_reason, case.evidence.certainty)
        for case in judge(rows, on_day(day))
    ]


def _only_differences_of_dates_matter(rows: list[TableRow], day: int, days: int) -> None:
    assert verdicts(shifted(rows, days), day + days) == verdicts(rows, day)


test_only_differences_of_dates_matter, test_only_differences_of_dates_matter_often = fast_and_slow(
    _only_differences_of_dates_matter,
    histories("P"),
    AS_OF,
    st.integers(-3000, 3000),
    fast=40,
    slow=1000,
)


def _rows_that_come_twice_change_nothing(rows: list[TableRow], day: int) -> None:
    assert judge([*rows, *reversed(rows)], on_day(day)) == judge(rows, on_day(day))


test_rows_that_come_twice_change_nothing, test_rows_that_come_twice_change_nothing_often = (
    fast_and_slow(_rows_that_come_twice_change_nothing, histories("P"), AS_OF)
)


def _what_is_not_meant_changes_no_flag(
    rows: list[TableRow], kind: str, day: int, state: str, audited: int
) -> None:
    more = [(table, _renumbered(row)) for table, row in procedure_rows("P", kind, day, state=state)]
    assert verdicts([*rows, *more], audited) == verdicts(rows, audited)


def _renumbered(row: Row) -> Row:
    """The row with an id of its own: under a known one it would be another version of that row."""
    name = "report_id" if "report_id" in row else "order_id"
    return row | {name: f"other-{row[name]}"}


test_what_is_not_meant_changes_no_flag, test_what_is_not_meant_changes_no_flag_often = (
    fast_and_slow(
        _what_is_not_meant_changes_no_flag,
        histories("P"),
        st.sampled_from([ULTRASOUND, THYROID_BIOPSY, HEAD_CT]),
        st.integers(-100, 250),
        st.sampled_from(["report", "done", "reported", "cancelled"]),
        AS_OF,
    )
)


def _a_ct_moved_before_the_mri_takes_its_flag_away(
    rows: list[TableRow], mri: int, ct: int, data: st.DataObject
) -> None:
    """Of a case with an MRI and a later CT, move the CT; what else was done stays."""
    others = [row for row in rows if "CT " not in row[1]["procedure_description"]]
    others = [row for row in others if row[1]["procedure_description"] not in (FILM, MRI, BIOPSY)]
    base = [*film_rows("P"), *others, *procedure_rows("P", MRI, mri)]
    late = judge([*base, *procedure_rows("P", CT, mri + ct)], on_day(400))
    assert "mri_first" in late[0].flags
    earlier = data.draw(st.integers(0, mri - 1))
    moved = judge([*base, *procedure_rows("P", CT, earlier)], on_day(400))
    assert "mri_first" not in moved[0].flags


test_a_ct_before_the_mri_takes_its_flag_away, test_a_ct_before_the_mri_takes_its_flag_away_often = (
    fast_and_slow(
        _a_ct_moved_before_the_mri_takes_its_flag_away,
        histories("P"),
        st.integers(1, 90),
        st.integers(1, 90),
        st.data(),
    )
)


def _time_only_closes_what_is_pending(rows: list[TableRow], one: int, other: int) -> None:
    earlier, later = sorted((one, other))
    pairs = zip(judge(rows, on_day(earlier)), judge(rows, on_day(later)), strict=True)
    for before, after in pairs:
        assert before.case_id == after.case_id
        if after.status != before.status:
            assert before.status == "pending"
        # Nothing that was said is taken back.
        assert set(before.flags) <= set(after.flags) <= {*before.flags, "skipped_ct"}


test_time_only_closes_what_is_pending, test_time_only_closes_what_is_pending_often = fast_and_slow(
    _time_only_closes_what_is_pending, histories("P"), AS_OF, AS_OF
)


def _a_case_settles_on_its_date(rows: list[TableRow], more: int) -> None:
    """From the date that a night goes by, time says nothing but how long nothing happened."""
    first = judge(rows, on_day(0))
    assume(first)
    settles = settling_date([case.evidence for case in first], pipeline().verdicts)
    later = (date.fromisoformat(settles) + timedelta(days=more)).isoformat()
    assert [_without_spans(case) for case in judge(rows, later)] == [
        _without_spans(case) for case in judge(rows, settles)
    ]


def _without_spans(case: Case) -> tuple[Any, ...]:
    grounds = [
        (one.code, one.role, one.event_ids, "" if one.code == "no_later_activity" else one.detail)
        for one in case.grounds
    ]
    return (case.status, case.flags, case.advisories, case.pathway, case.open_until, grounds)


test_a_case_settles_on_its_date, test_a_case_settles_on_its_date_often = fast_and_slow(
    _a_case_settles_on_its_date, histories("P"), st.integers(1, 3000)
)


def _a_case_has_one_status_and_the_counts_add_up(rows: list[TableRow], day: int) -> None:
    cases = judge(rows, on_day(day))
    counts = population_counts(cases)
    assert counts[0].initial == len(cases) == sum(case.status in STATUSES for case in cases)
    assert len({case.case_id for case in cases}) == len(cases)
    for case in cases:
        assert bool(case.flags) or case.status not in ("non_compliant", "excepted")
        assert not case.flags or case.status not in ("compliant", "pending", "excluded")
        assert bool(case.open_until) == (case.status == "pending")


test_a_case_has_one_status, test_a_case_has_one_status_often = fast_and_slow(
    _a_case_has_one_status_and_the_counts_add_up, histories("P"), AS_OF
)


@pytest.mark.slow
def test_the_histories_are_worth_testing() -> None:
    """All statuses and flags come up among them, and cases that change with the date."""
    found: set[str] = set()

    @settings(max_examples=1000, database=None, derandomize=True)
    @given(histories("P"), AS_OF)
    def look(rows: list[TableRow], day: int) -> None:
        for case in judge(rows, on_day(day)):
            found.update((case.status, *case.flags))

    look()
    assert found == STATUSES | {"mri_first", "biopsy_before_imaging", "skipped_ct", "ct_delayed"}


# --- whom a night judges --------------------------------------------------------------------------


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with open_ledger(None) as opened:
        yield opened


def judged(ledger: Ledger, rows: list[TableRow], day: int, **more: Any) -> int:
    """How many patients a night judges."""
    return night(ledger, rows, as_of=on_day(day), **more).run.counts["patients"]


def other_patients(number: int) -> list[TableRow]:
    """Patients with films of no interest."""
    return [row for n in range(number) for row in film_rows(f"N{n}", "plain")]


def test_a_night_judges_those_with_new_rows_and_those_whom_time_may_change(ledger) -> None:
    old = [*other_patients(5), *film_rows("P"), *procedure_rows("P", CT, 10)]
    old += [*film_rows("Q", "asked"), *film_rows("R", day=150)]
    assert judged(ledger, old, 160) == 8
    # The same date: nobody. The same rows: nobody.
    assert judged(ledger, [], 160) == 0
    assert judged(ledger, old, 160) == 0
    # New rows: their patients alone. A near miss, and the patients without a case, have no window.
    assert judged(ledger, film_rows("N1", "plain", day=5), 160) == 1
    # Time: the cases whose last day looked at is not over, P until day 180, R until day 330.
    assert judged(ledger, [], 161) == 2
    assert judged(ledger, [], 185) == 2
    assert judged(ledger, [], 186) == 1
    assert judged(ledger, [], 330) == 1
    assert judged(ledger, [], 331) == 0
    # Back in time: those that had not settled by then.
    assert judged(ledger, [], 200) == 1
    assert judged(ledger, [], 0) == 2


def test_other_rules_judge_everybody_and_are_recorded(ledger, tmp_path, caplog) -> None:
    rows = [*other_patients(5), *film_rows("P")]
    assert judged(ledger, rows, 10) == 6
    narrow = read_pipeline(FLANK, Site(windows={"ct_window_days": 5}))
    newer = next_version(tmp_path)
    caplog.set_level(logging.INFO, "auditor.judging")
    assert "judging all patients" not in caplog.text
    for chosen in (narrow, newer):
        caplog.clear()
        assert judged(ledger, [], 10, pipeline=chosen) == 6
        assert "judging all patients" in caplog.text
        assert judged(ledger, [], 10, pipeline=chosen) == 0
    versions = [(one.version, one.digest) for one in ledger.pipelines()]
    assert versions == [(one.file.version, one.digest) for one in (pipeline(), newer)]


def next_version(folder: Path) -> Pipeline:
    """The pipeline as a folder of another version."""
    copy = folder / "newer"
    shutil.copytree(FLANK, copy)
    file = copy / "pipeline.toml"
    version = pipeline().file.version
    file.write_text(file.read_text("utf-8").replace(f'"{version}"', '"next"'), "utf-8")
    return read_pipeline(copy, Site())


def test_what_a_site_signs_or_is_called_changes_no_rules(ledger) -> None:
    judged(ledger, film_rows("P"), 10)
    signed = {"name": "North", "sign_off": {"approved_by": "A. Reader"}}
    assert judged(ledger, [], 10, pipeline=read_pipeline(FLANK, Site.model_validate(signed))) == 0


def test_a_window_of_the_site_changes_the_verdict_of_an_old_case(ledger) -> None:
    night(ledger, film_rows("P"), as_of=on_day(10))
    narrow = read_pipeline(FLANK, Site(windows={"ct_window_days": 5}))
    results = night(ledger, [], as_of=on_day(10), pipeline=narrow)
    assert [(case.status, case.flags) for case in results.cases] == [
        ("non_compliant", ("skipped_ct",))
    ]
    # A window decides nothing of how rows are read.
    assert results.run.warnings == ()


# --- warnings -------------------------------------------------------------------------------------


def test_rows_that_other_rules_read_are_told(ledger, tmp_path) -> None:
    assert night(ledger, [*film_rows("P"), *procedure_rows("P", CT, 5)]).run.warnings == ()
    newer = next_version(tmp_path)
    (warning,) = night(ledger, film_rows("Q"), pipeline=newer).run.warnings
    assert warning.startswith("2 reports and 1 orders in the ledger were read by another version")
    assert f"version {pipeline().file.version}" in warning
    assert pipeline().digest[:12] in warning
    # Words of the site are read with; back with the old ones, the new row is the odd one out.
    worded = read_pipeline(FLANK, Site(statuses={"mislaid": "cancelled"}))
    (warning,) = night(ledger, [], pipeline=worded).run.warnings
    assert warning.startswith("3 reports and 1 orders")
    (warning,) = night(ledger, []).run.warnings
    assert warning.startswith("1 reports and 0 orders")


def test_files_that_were_all_read_before_are_told_and_change_nothing(tmp_path) -> None:
    ledger, out = str(tmp_path / "ledger.db"), tmp_path / "out"
    first = write_exports(tmp_path / "1", [report("P")], [order("P", 10, CT)])
    later = write_exports(tmp_path / "2", [report("P")], [order("P", 20, CT)])
    for exports in (first, later):
        results = audit_folder(exports, out, ledger=ledger, as_of=on_day(200), started="1")
        # One file of the second night is the first night's again: that alone is no news.
        assert results.run.warnings == ()
    before = read_outputs(out)
    results = audit_folder(first, out, ledger=ledger, as_of=on_day(200), started="1")
    assert results.run.warnings == (
        "All files of this run had been read before: 0 reports and 0 orders in them were new.",
    )
    assert {name: before[f"{name}.csv"] for name in LASTING} == {
        name: read_outputs(out)[f"{name}.csv"] for name in LASTING
    }


def test_results_that_this_version_cannot_read_say_what_to_do() -> None:
    with pytest.raises(LedgerError, match="field 'cases.0.case_id'.*auditor rejudge"):
        read_result(ResultRow("P", "", '{"patient_id": "P", "cases": [{}]}'))


# --- judging again --------------------------------------------------------------------------------


def rejudge(url: str, out: Path, **more: Any) -> Results:
    given = {"pipeline": pipeline(), "as_of": on_day(200), **more}
    return job.rejudge(Request(out=out, ledger=url, **given))


@pytest.fixture
def filled(tmp_path) -> str:
    """The ledger of one night."""
    ledger = str(tmp_path / "ledger.db")
    reports = [report("P"), report("Q"), report("R", text="FINDINGS: No mass.")]
    exports = write_exports(tmp_path / "in", reports, [order("P", 30, CT)])
    audit_folder(exports, tmp_path / "out", ledger=ledger, as_of=on_day(200))
    return ledger


def test_judging_again_by_the_same_rules_writes_the_same(filled, tmp_path) -> None:
    results = rejudge(filled, tmp_path / "again")
    assert results.changes == ()
    assert results.run.warnings == ()
    assert results.run.inputs == ()
    assert results.run.counts["patients"] == 3
    assert read_outputs(tmp_path / "again") == read_outputs(tmp_path / "out")
    with open_ledger(filled) as ledger:
        assert len(ledger.runs()) == 2


def test_judging_again_by_new_rules_tells_what_changed_and_what_could_not_be_read(
    filled, tmp_path
) -> None:
    newer = next_version(tmp_path)
    newer = read_pipeline(newer.folder, Site(windows={"ct_window_days": 20}))
    results = rejudge(filled, tmp_path / "again", pipeline=newer)
    changed = {(row["what"], row["before"], row["after"]) for row in changes_in(tmp_path / "again")}
    assert changed == {("status", "compliant", "non_compliant"), ("flags", "", "ct_delayed")}
    (warning,) = results.run.warnings
    assert warning.startswith("3 reports and 1 orders in the ledger were read by another version")
    assert warning in (tmp_path / "again" / "run.json").read_text("utf-8")
    with open_ledger(filled) as ledger:
        assert [one.version for one in ledger.pipelines()] == [pipeline().file.version, "next"]


def test_judging_again_without_a_date_goes_by_the_newest_in_the_data(filled, tmp_path) -> None:
    assert rejudge(filled, tmp_path / "again", as_of="").run.as_of == on_day(30)


def test_a_ledger_without_a_run_cannot_be_judged_again(tmp_path) -> None:
    open_ledger(str(tmp_path / "new.db")).close()
    with pytest.raises(LedgerError, match="holds no run yet"):
        rejudge(str(tmp_path / "new.db"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_command_says_what_it_could_not_read_again(
    filled, tmp_path, monkeypatch, capsys
) -> None:
    newer = next_version(tmp_path)
    command = ["auditor", "rejudge", "--ledger", filled, "--out", str(tmp_path / "again")]
    monkeypatch.setattr(sys, "argv", [*command, "--pipeline", str(newer.folder)])
    cli.main()
    said = capsys.readouterr().out
    assert f"Audit as of {on_day(30)}" in said
    assert "3 reports and 1 orders in the ledger were read by another version" in said


# --- what changed tonight -------------------------------------------------------------------------


def changes_in(out: Path) -> list[Row]:
    return read_rows(out / "changes.csv")


def told(ledger: Ledger, rows: list[TableRow], day: int) -> list[tuple[str, str, str]]:
    """What a night says of changes, of exports with one case."""
    changes = night(ledger, rows, as_of=on_day(day)).changes
    assert changes is not None
    return [(change.what, change.before, change.after) for change in changes]


def test_the_first_run_has_nothing_to_compare_with(ledger) -> None:
    assert night(ledger, film_rows("P")).changes is None
    assert night(ledger, []).changes == ()


def test_a_ct_closes_a_case_and_is_told_as_the_reason(ledger) -> None:
    night(ledger, film_rows("P"), as_of=on_day(5))
    assert told(ledger, procedure_rows("P", CT, 7), 8) == [
        ("status", "pending", "compliant"),
        ("first_ct_datetime", "", on_day(7, "10:00")),
        ("days_to_ct", "", "7"),
        ("closed", "pending", "compliant"),
    ]


def test_time_alone_closes_a_case(ledger) -> None:
    night(ledger, film_rows("P"), as_of=on_day(60))
    assert told(ledger, [], 61) == [
        ("status", "pending", "non_compliant"),
        ("flags", "", "skipped_ct"),
        ("closed", "pending", "non_compliant"),
    ]
    assert told(ledger, [], 62) == []


def test_a_corrected_side_and_an_unclear_ct_are_told(ledger) -> None:
    night(ledger, film_rows("P"), as_of=on_day(90))
    right = report("P", text=CASE_TEXT.replace("left", "right"), report_datetime=on_day(9))
    unclear = procedure_rows("P", CT, 7, state="undated")
    assert told(ledger, [("reports", right | {"report_status": "corrected"}), *unclear], 90) == [
        ("status", "non_compliant", "needs_review"),
        ("review_reasons", "", "performed_unclear"),
        ("laterality", "left", "right"),
    ]


def test_other_words_for_the_same_are_no_change_but_in_the_history(ledger) -> None:
    (case,) = night(ledger, film_rows("P"), as_of=on_day(90)).cases
    text = "FINDINGS: A calcified mass of 4 cm is seen in the left flank."
    amended = report("P", text=text, report_datetime=on_day(9), report_status="corrected")
    assert told(ledger, [("reports", amended)], 90) == []
    assert [step.change for step in ledger.history(case.case_id)] == ["new", "changed"]


def reasons(ledger: Ledger, rows: list[TableRow], day: int, **more: Any) -> set[tuple[str, ...]]:
    """What a night says of why the verdict changed."""
    changes = night(ledger, rows, as_of=on_day(day), **more).changes
    assert changes is not None
    return {(change.what, change.cause, change.why) for change in changes}


def test_each_change_of_a_verdict_tells_its_cause_and_what_it_rests_on(ledger) -> None:
    waiting = f"XR, open until {on_day(60)}"
    night(ledger, film_rows("Z", "plain"), as_of=on_day(1))
    assert reasons(ledger, film_rows("P"), 2) == {("new", "rows", waiting)}
    no_ct = f"no CT to day 61; day 60 was {on_day(60)}"
    late = {(what, "time", no_ct) for what in ("status", "flags", "closed")}
    # What comes of another patient on the same night is no cause.
    assert reasons(ledger, procedure_rows("Z", CT, 3), 61) == late
    ct = procedure_rows("P", CT, 7, state="done")
    assert reasons(ledger, ct, 62) == {
        *((what, "rows", "XR → CT (7 d)") for what in ("status", "flags")),
        *((what, "rows", "") for what in ("first_ct_datetime", "days_to_ct")),
    }
    narrow = read_pipeline(FLANK, Site(windows={"ct_window_days": 5}))
    assert reasons(ledger, [], 62, pipeline=narrow) == {
        (what, "rules", "first CT on day 7, after day 5") for what in ("status", "flags")
    }
    denied = report("P", text="FINDINGS: No mass.", report_datetime=on_day(9))
    gone = [("reports", denied | {"report_status": "corrected"})]
    assert reasons(ledger, gone, 62, pipeline=narrow) == {("withdrawn", "rows", "")}


def test_a_cancelled_order_and_a_reason_to_review_are_told(ledger) -> None:
    night(ledger, [*film_rows("P"), *procedure_rows("P", CT, 7, state="done")], as_of=on_day(90))
    cancelled = procedure_rows("P", CT, 7, state="cancelled")
    assert ("status", "rows", f"no CT to day 90; day 60 was {on_day(60)}") in reasons(
        ledger, cancelled, 90
    )
    outside = procedure_rows("P", ULTRASOUND, 20, text="Compared with outside CT. Mass seen again.")
    told_now = reasons(ledger, outside, 90)
    assert (
        "review_reasons",
        "rows",
        f"no CT to day 90; day 60 was {on_day(60)}; named on day 20",
    ) in (told_now)


def test_new_and_withdrawn_cases_are_told_by_their_status(ledger) -> None:
    night(ledger, film_rows("P"), as_of=on_day(90))
    gone = report("P", text="FINDINGS: No mass.", report_datetime=on_day(9))
    rows = [("reports", gone | {"report_status": "corrected"}), *film_rows("Q", "hedged")]
    changes = night(ledger, rows, as_of=on_day(90)).changes
    assert sorted(change[1:4] for change in changes) == [
        ("new", "", "needs_review"),
        ("withdrawn", "non_compliant", ""),
    ]


# --- from files to files --------------------------------------------------------------------------


@pytest.mark.slow
def test_two_workers_write_night_after_night_what_one_writes_at_once(tmp_path) -> None:
    chance = random.Random(5)
    rows = [row for n in range(12) for row in film_rows(f"P{n}", chance.choice(["case", "hedged"]))]
    rows += [
        row for n in range(12) for row in procedure_rows(f"P{n}", chance.choice([CT, MRI]), n * 6)
    ]
    run_on_files(tmp_path / "once", [rows], workers=1)
    chance.shuffle(rows)
    run_on_files(tmp_path / "nightly", [rows[:20], rows[20:], rows[:30]], workers=2)
    once, nightly = read_outputs(tmp_path / "once"), read_outputs(tmp_path / "nightly")
    for name in LASTING:
        assert nightly[f"{name}.csv"] == once[f"{name}.csv"]


def run_on_files(out: Path, nights: list[list[TableRow]], **more: Any) -> None:
    for number, rows in enumerate(nights):
        tables = [[row for name, row in rows if name == table] for table in ("reports", "orders")]
        exports = write_exports(out.with_name(f"{out.name}-in{number}"), *tables)
        audit_folder(exports, out, ledger=f"{out}.db", as_of=on_day(90), **more)


def test_only_patients_with_a_case_or_near_miss_are_in_the_outputs(tmp_path) -> None:
    reports = [
        report("P"),
        report("A", text="INDICATION: r/o left flank mass.\nFINDINGS: Left calcifications."),
        report("N", text="FINDINGS: Left flank mass. No calcification."),
    ]
    orders = [order(name, 5, CT) for name in "PAN"]
    audit_folder(write_exports(tmp_path, reports, orders), tmp_path / "out", as_of=on_day(90))
    for name in ("findings", "events"):
        rows = read_rows(tmp_path / "out" / f"{name}.csv")
        assert {row["patient_id"] for row in rows} == {"P", "A"}, name
