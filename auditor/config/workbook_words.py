"""Words of the outputs that belong to any audit; `[words]` of `workbook.toml` may replace each."""

from __future__ import annotations

from string import Formatter
from typing import Self

from pydantic import model_validator

from auditor.config.base import Settings


def placeholders(text: str) -> set[str]:
    """Names of the places `{…}` in a text.

    Raises:
        ValueError: A brace is not closed.
    """
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


class Words(Settings):
    """Headings, phrases and notes, sheet by sheet. `{…}` is filled in by the engine."""

    not_approved: str = "Not yet clinically approved: figures are for trial use only."
    approved: str = "Clinical sign-off: {text}"
    cut_off: str = "Data to {as_of}"
    period: str = "Index exams from {first} to {last}"
    no_cases: str = "No case was found."
    rate: str = "Compliance rate"
    headline: str = (
        "{numerator} of {denominator} cases in the rate complied; 95 % interval {low} to {high} %"
    )
    too_few: str = "too few"
    too_few_note: str = "No percentage is shown where the denominator is below {minimum}."
    interval_low: str = "95 % interval, lower end"
    interval_high: str = "95 % interval, upper end"
    populations: str = "Populations"
    populations_note: str = (
        "Every figure is counted live on the case sheet: correct a status there and the rate moves."
    )
    initial_population: str = "Initial population (all cases)"
    excluded: str = "minus exclusions"
    excepted: str = "minus exceptions"
    pending: str = "minus pending"
    needs_review: str = "minus needs review"
    denominator: str = "Denominator (the rate)"
    numerator: str = "Numerator (of these compliant)"
    missed: str = "of these not compliant"
    reconciles: str = "Do the counts reconcile?"
    yes: str = "yes"
    no: str = "NO"
    all_ages: str = "All"
    flags: str = "Flags"
    flags_note: str = "A case can carry several flags. Flags of excluded cases are not counted."
    flag_all: str = "All cases"
    flag_rate: str = "In the rate"
    flag_review: str = "Needs review"
    flag_excepted: str = "Lifted by an exception"
    step: str = "Step"
    reasons: str = "Why cases left the rate"
    reason: str = "Reason"
    cases: str = "Cases"
    contents: str = "Where to find what"
    sheet: str = "Sheet"
    question: str = "Question"
    warning: str = "Attention: {text}"
    new_since: str = "Since the last run: {changes} (see {sheet})"
    other_changes: str = "Other changes"
    nothing_new: str = "Nothing has changed since the last run."
    first_run: str = "No earlier run to compare with."
    waterfall: str = "From all cases to the rate"
    chart_data: str = "Data of the chart"
    advisories: str = "Notes (they never change a status)"
    day: str = "Day"
    date: str = "Date"
    what: str = "What"
    performed: str = "Done?"
    effect: str = "What it did to the verdict"
    clause: str = "Rule"
    statement: str = "Guideline statement"
    strip: str = (
        "One block a case, most urgent first. In the strip on the right each cell is {days} days, "
        "day 0 (the index exam) one of its own; the darker band is the window. Capital letters: "
        "exams that count; small letters: done, but do not count. {legend}"
    )
    back_to_case: str = "to its row in {sheet}"
    index_exam: str = "Index exam: opens the case"
    first_of_kind: str = "First qualifying {kind} after the index exam"
    satisfies: str = "satisfies the pathway"
    not_performed: str = "Not performed: does not count"
    unclear: str = "Cannot be told whether it was performed"
    neutral: str = "Does not change the verdict"
    absence: str = "(absent)"
    role_flag: str = "Flag"
    role_exclusion: str = "Excluded"
    role_exception: str = "Exception"
    role_advisory: str = "Note"
    role_review: str = "Needs review"
    opened_on: str = "Flag opened on"
    window_closes: str = "Window closes on"
    days_left: str = "Days left"
    days_open: str = "Days since opened"
    why_review: str = "Why it needs a person"
    trend_glance: str = "Is it getting better?"
    chart: str = "Chart"
    says: str = "What it says"
    trend_title: str = "{what} by index {unit}"
    month: str = "month"
    quarter: str = "quarter"
    chart_p: str = "p-chart by {unit}"
    chart_g: str = "g-chart, {gaps} gaps"
    chart_none: str = "too few"
    trend_too_few: str = "Too few for a chart: {have} large months or quarters, {gaps} gaps."
    trend_needs: str = (
        "A p-chart needs {points} closed months or quarters with {minimum} or more cases in the "
        "rate, and {expected} or more of the rarer outcome expected in each; a g-chart needs "
        "{points} gaps from one case with the flag to the next, most of them not empty. Without a "
        "chart the last twelve closed months stand beside those before."
    )
    years: str = (
        "{said}: {late_share} in {late}, {early_share} in {early}; difference {change} points, "
        "95 % interval {low} to {high}."
    )
    years_share: str = "{count} of {size}"
    years_same: str = "No change can be told"
    years_better: str = "Better"
    years_worse: str = "Worse"
    gaps_outside: str = "Rarer than chance explains: {count} gap(s) above the limit, {points}."
    points_outside: str = (
        "{count} outside the limits, which chance seldom does: {points} (marked in the table)."
    )
    p_formula: str = (
        "p-chart: share of the cases in the rate; mean p over all closed periods; limits "
        "p ± 3·√(p·(1−p)/n), n the cases of the period. Signals: a point outside the limits, a "
        "long run on one side of the mean, too few crossings of it."
    )
    g_formula: str = (
        "g-chart: how many cases in the rate went by without, between one and the next, by date of "
        "the index exam; mean g; upper limit g + 3·√(g·(g+1)); no lower limit; run tests around "
        "the median. Higher is better. Only cases whose window is over."
    )
    gaps_title: str = "{what}: cases between one and the next"
    gap_column: str = "Gap"
    gap_start: str = "From the case of"
    gap_end: str = "To the case of"
    gap_cases: str = "Cases between"
    gap_running: str = "since the last"
    gap_points: str = "Index exam of the case"
    gap_axis: str = "Cases between (count)"
    missed_cases: str = "Non-compliant cases"
    median: str = "Median"
    share: str = "Share"
    flag_column: str = "With the flag"
    flag_axis: str = "{what} (% of cases)"
    halves_p: str = "Earlier half of the points {early}\u00a0%, later half {late}\u00a0%."
    halves_g: str = (
        "Cases between one and the next: {early} on average in the earlier half, {late} in the "
        "later; {since} since the last."
    )
    trend_open: str = "window still open: not charted"
    outside: str = "outside the limits"
    runs_signal: str = (
        "Shift: longest run on one side {run} (limit {run_limit}), crossings of the centre "
        "line {crossings} (at least {crossings_limit} expected). Something has changed."
    )
    runs_quiet: str = (
        "The run tests see no shift: longest run on one side {run} (limit {run_limit}), crossings "
        "of the centre line {crossings} (at least {crossings_limit} expected)."
    )
    centre: str = "Mean"
    lower_limit: str = "Lower limit"
    upper_limit: str = "Upper limit"
    in_rate: str = "In the rate"
    compliant: str = "Compliant"
    rate_axis: str = "Compliant cases (%)"
    size_axis: str = "Cases in the rate (count)"
    cases_axis: str = "Cases (count)"
    signal: str = "Signal"
    period_column: str = "Period"
    period_start: str = "From"
    period_end: str = "Up to"
    funnel_title: str = "Compliance by {place}"
    funnel_too_few: str = (
        "Too few for a funnel plot: it needs at least {places} places with {minimum} or more "
        "cases in the rate; there are {have}."
    )
    funnel_note: str = (
        "Middle line: mean of all; dashed: 95 % limits; outer: 99.8 % limits. A place outside the "
        "outer lines differs by more than chance. Lowest rate first."
    )
    limits_95: str = "95 % limits"
    limits_998: str = "99.8 % limits"
    lower_95: str = "Lower 95 %"
    upper_95: str = "Upper 95 %"
    lower_998: str = "Lower 99.8 %"
    upper_998: str = "Upper 99.8 %"
    within: str = "within limits"
    beyond_95: str = "outside 95 %"
    beyond_998: str = "outside 99.8 %"
    no_place: str = "(not given)"
    other_places: str = "Others, too small to be named"
    by_age: str = "By age group"
    hidden: str = "hidden"
    copy_note: str = (
        "Copy to hand around: no case, no id, no sentence; counts of 1 to {limit} are hidden, and "
        "as many more as it takes that nobody can work them out."
    )
    copy_no_chart: str = "Too few periods can be shown for a chart."
    copy_rule: str = (
        "Hidden are counts of 1 to {limit}; then the smallest other counts of the same table, "
        "until what is left after subtracting is above {limit} and leaves each hidden count open. "
        "So a hidden count is not always a small one. Places that are too small are taken "
        "together, without their names. A rate is shown where its cases and its compliant cases "
        "are."
    )
    nothing: str = "(nothing to list)"
    count: str = "Count"
    inputs: str = "Files read"
    inputs_note: str = (
        "Every row is kept or set aside: rows in = kept + set aside. Repeated rows are kept once "
        "in effect: they change nothing."
    )
    file: str = "File"
    table: str = "Table"
    column: str = "Column"
    rows: str = "Rows"
    rows_in: str = "Rows in"
    kept: str = "Kept"
    set_aside: str = "Set aside"
    repeated: str = "Of these repeated"
    steps: str = "What became of the rows"
    set_aside_reasons: str = "Rows set aside, by file and reason"
    unknown_procedures: str = "Procedures that no list knows (they count as no event)"
    unknown_statuses: str = "Status words that no list knows"
    procedure: str = "Procedure"
    modality: str = "Modality"
    code: str = "Code"
    status_word: str = "Status as written"
    warnings: str = "What to look at before trusting the figures"
    checks: str = "Checks of the night"
    check: str = "Check"
    outcome: str = "Outcome"
    said: str = "What it says"
    versions: str = "Versions"
    identifiers: str = "What looks like an identifier in the texts"
    identifier_kind: str = "Kind"
    not_checked: str = "not checked"
    none_found: str = "checked: none found"
    feeds_by_day: str = "Rows by day of the exam or order"
    feeds_by_month: str = "Rows by month of the exam or order"
    feeds_note: str = (
        "The last {days} days of what the files hold. Where most days have rows, a day without is "
        "marked: a gap in the export, or a day without exams."
    )
    no_feeds: str = "No row with a date was read in this run."
    rows_axis: str = "Rows (count)"
    mended: str = "Texts changed so that a file can hold them"
    illegal: str = "Control characters removed"
    cut: str = "Texts cut in the workbook because they are longer than a cell (whole in the CSV)"
    name: str = "Name"
    heading: str = "Heading"
    meaning: str = "Meaning"
    type: str = "Type"
    values: str = "Values"
    value: str = "Value"
    unset: str = "(none)"
    source: str = "Source"
    run_facts: str = "What was run"
    settings: str = "Windows and settings in force"
    statements: str = "Guideline statements that the rules rest on"
    formulas: str = "Formulas and their sources"
    tool: str = "Version of the auditor"
    pipeline: str = "Pipeline and version"
    pipeline_digest: str = "Digest of the pipeline folder (SHA-256)"
    as_of: str = "Data cut-off"
    input_digest: str = "Digest (SHA-256)"

    @model_validator(mode="after")
    def _can_be_filled(self) -> Self:
        for name, field in type(self).model_fields.items():
            unknown = placeholders(getattr(self, name)) - placeholders(field.default)
            if unknown:
                raise ValueError(f"{name}: there is nothing to fill in for {{{min(unknown)}}}")
        return self
