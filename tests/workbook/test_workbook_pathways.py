"""What a case's block tells, and the strip that is drawn beside it."""

from __future__ import annotations

from workbook_builders import CLAUSE, make_case, make_event, make_evidence, make_run, read_labels

from auditor.pathway.model import Case, Ground
from auditor.workbook.pathway_rows import draw_strip, list_rows, strip_spans

LABELS = read_labels()
RUN = make_run()


def effects(case: Case) -> list[tuple[int | None, str]]:
    return [(row.day, row.effect) for row in list_rows(case, LABELS, RUN.statements)]


def test_a_compliant_case() -> None:
    assert effects(make_case()) == [
        (0, "Index exam: opens the case"),
        (12, "First qualifying CT after the index exam: satisfies the pathway"),
    ]


def test_a_flag_stands_at_its_event_with_rule_and_statement() -> None:
    index = make_event("x", "radiograph", "2026-01-10", report_ids=("R-P0001",))
    early = make_event("m", "mri", "2026-01-19", description="MR ABDOMEN")
    scan = make_event("c", "ct", "2026-02-01")
    case = make_case(
        status="non_compliant",
        flags=("mri_first",),
        firsts=(("ct", scan.when), ("mri", early.when), ("biopsy", "")),
        timeline=((0, index), (9, early), (22, scan)),
        grounds=(
            Ground("mri_first", "flag", CLAUSE["mri_first"], "S1", ("m", "c"), "MRI on day 9"),
        ),
    )
    rows = list_rows(case, LABELS, RUN.statements)
    assert [row.day for row in rows] == [0, 9, 22]
    assert "Flag: MRI first (MRI on day 9)" in rows[1].effect
    assert rows[1].what == "MRI: MR ABDOMEN"
    assert rows[1].clause == CLAUSE["mri_first"]
    assert rows[1].statement.startswith("S1: CT is the next study")
    # The ground rests on both events; its rule is told once.
    assert "Flag: MRI first" in rows[2].effect
    assert rows[2].clause == ""


def test_a_flag_that_rests_on_an_absence_has_a_row_of_its_own() -> None:
    case = make_case(
        status="non_compliant",
        flags=("skipped_ct",),
        timeline=(),
        grounds=(Ground("skipped_ct", "flag", CLAUSE["skipped_ct"], "S9"),),
    )
    (row,) = list_rows(case, LABELS, RUN.statements)
    assert (row.day, row.what, row.effect) == (None, "(absent)", "Flag: Skipped CT")
    assert row.statement == "S9"


def test_events_that_do_not_count_say_so() -> None:
    case = make_case(
        status="pending",
        firsts=(("ct", ""),),
        timeline=(
            (3, make_event("a", "ct", "2026-01-13", performed="no")),
            (4, make_event("b", "ct", "2026-01-14", performed="unclear")),
            (5, make_event("c", "ultrasound", "2026-01-15")),
            (6, make_event("d", "biopsy", "2026-01-16", doubt="unnamed_site")),
        ),
    )
    assert effects(case) == [
        (3, "Not performed: does not count"),
        (4, "Cannot be told whether it was performed"),
        (5, "Does not change the verdict"),
        (6, "Biopsy at an unnamed site"),
    ]


def strip(case: Case, as_of: str = "2026-12-31") -> str:
    """The strip as text: letters where events are, else w (window), e (follow-up) or a blank."""
    cells = draw_strip(case, LABELS, as_of, window_days=60, episode_days=180)
    return "".join(cell.letters or (cell.band[:1] or ".") for cell in cells)


def on_day(day: int, kind: str, **values: object) -> tuple[int, object]:
    return day, make_event(f"{kind}{day}", kind, "2026-01-10", **values)


def test_the_strip_shows_weeks_from_before_the_index_exam_to_the_end() -> None:
    case = make_case(timeline=(on_day(-30, "ct"), on_day(0, "radiograph"), on_day(61, "mri")))
    before, window, rest = "........C....", "Xwwwwwwww", "M" + "e" * 17
    # Day 60 is the last of the window and lies in the same cell as day 61: days 57 to 63.
    assert strip(case) == before + window + rest


def test_the_strip_ends_at_the_cut_off() -> None:
    case = make_case(timeline=(on_day(0, "radiograph"),), evidence=make_evidence())
    assert strip(case, as_of="2026-01-25").strip(".") == "Xwww"


def test_the_index_exam_hides_nothing_that_follows_it() -> None:
    index = on_day(0, "radiograph", report_ids=("R-P0001",))
    assert strip(make_case(timeline=(index, on_day(1, "mri")))).startswith("." * 13 + "XM")
    same_day = make_case(timeline=(index, on_day(0, "mri")))
    cell = draw_strip(same_day, LABELS, "2026-12-31", window_days=60, episode_days=180)[13]
    assert (cell.letters, cell.kind) == ("MX", "mri")


def test_spans_of_the_strip_cover_every_day_once() -> None:
    spans = strip_spans(LABELS, 180)
    days = [day for first, last in spans for day in range(first, last + 1)]
    assert days == list(range(-91, 183))
    assert (0, 0) in spans


def test_exams_that_do_not_count_are_small_and_undone_ones_absent() -> None:
    case = make_case(
        timeline=(
            on_day(0, "radiograph"),
            on_day(8, "ct", qualifies=False),
            on_day(15, "ct", performed="no"),
            on_day(22, "ct"),
            on_day(23, "biopsy"),
        )
    )
    cells = draw_strip(case, LABELS, "2026-02-01", window_days=60, episode_days=180)[13:18]
    assert [cell.letters for cell in cells] == ["X", "", "c", "", "CB"]
    assert [cell.kind for cell in cells] == ["radiograph", "", "", "", "ct"]
