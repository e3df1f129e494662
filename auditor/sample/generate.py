"""Patients one after another -> the files of a sample."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from auditor.errors import ConfigError, OutputError
from auditor.sample.casting import MOST_PATIENTS, Casting
from auditor.sample.files import CsvTable
from auditor.sample.formats.kinds import FORMATS
from auditor.sample.history import write_patient
from auditor.sample.library import Library
from auditor.sample.settings import read_sample_settings
from auditor.sample.truth import CASE, truth_columns


@dataclass(frozen=True, slots=True)
class SampleFiles:
    """What was written.

    Attributes:
        reports: Path of the file that holds the reports.
        orders: Path of the file that holds the orders.
        truth: Path of the truth table: one row per case, or per patient without one.
        readme: Path of the page that describes them.
        report_rows: How many reports.
        order_rows: How many orders.
        cases: Cases among the truth rows.
        stories: Patients by story, in the order of the stories.
    """

    reports: Path
    orders: Path
    truth: Path
    readme: Path
    report_rows: int
    order_rows: int
    cases: int
    stories: dict[str, int]


def write_sample(
    folder_out: Path,
    *,
    patients: int,
    seed: int,
    pipeline_folder: Path,
    as_of: str = "2026-06-30",
    case_rate: float | None = None,
    kind: str = "csv",
) -> SampleFiles:
    """Write invented exports with known truth; the same arguments give the same bytes.

    Rows are written as they are made, patient by patient, so memory does not grow with the size.

    Args:
        folder_out: Where the exports, `truth.csv` and `README.md` go.
        patients: How many patients.
        seed: Any whole number.
        pipeline_folder: The pipeline whose `sample/` folder says what to write.
        as_of: ISO date on which the exports end; a patient is examined on that day where the
            sample is large enough to hold every story.
        case_rate: Share of the patients drawn to be cases, besides the one of each story; None
            takes it from the settings.
        kind: Format of the exports, a key of `formats.kinds.FORMATS`.

    Raises:
        ConfigError: A setting is wrong, or an argument is out of range.
        OutputError: The folder cannot be written.
    """
    last_day = _check_arguments(patients, as_of, case_rate, kind)
    library = Library(read_sample_settings(pipeline_folder))
    casting = Casting(library, patients=patients, seed=seed, case_rate=case_rate)
    try:
        folder_out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder_out}: cannot be made ({error.strerror}).") from error
    files = _write_tables(folder_out, patients, last_day, casting, library, kind)
    text = library.settings.mix.readme.format(
        patients=patients, seed=seed, as_of=as_of, **_counts(files)
    )
    for name, path in (("reports.csv", files.reports), ("orders.csv", files.orders)):
        text = text.replace(f"`{name}`", f"`{path.relative_to(folder_out).as_posix()}`")
    files.readme.write_text(text.lstrip("\n"), encoding="utf-8", newline="\n")
    return files


def _write_tables(
    folder: Path, patients: int, last_day: date, casting: Casting, library: Library, kind: str
) -> SampleFiles:
    stories = {story.name: 0 for story in library.settings.stories}
    cases = reports = orders = 0
    columns = truth_columns(library.settings.mix.truth)
    with FORMATS[kind](folder) as exports, CsvTable(folder / "truth.csv", columns) as truth:
        for index in range(patients):
            patient = casting.cast(index)
            rows = write_patient(patient, last_day, library)
            exports.write(rows.reports, rows.orders)
            reports += len(rows.reports)
            orders += len(rows.orders)
            truth.write(rows.truth)
            stories[patient.story.name] += 1
            cases += sum(row["kind"] == CASE for row in rows.truth)
    return SampleFiles(
        reports=exports.reports,
        orders=exports.orders,
        truth=truth.path,
        readme=folder / "README.md",
        report_rows=reports,
        order_rows=orders,
        cases=cases,
        stories=stories,
    )


def _counts(files: SampleFiles) -> dict[str, str | int]:
    """The slots of the README that depend on what was written."""
    return {
        "reports": files.report_rows,
        "orders": files.order_rows,
        "cases": files.cases,
        "stories": "\n".join(f"- {name}: {count}" for name, count in files.stories.items()),
    }


def _check_arguments(patients: int, as_of: str, case_rate: float | None, kind: str) -> date:
    if kind not in FORMATS:
        raise ConfigError(f"sample: '{kind}' is no format; known: {', '.join(sorted(FORMATS))}.")
    if not 1 <= patients <= MOST_PATIENTS:
        raise ConfigError(
            f"sample: the number of patients must lie between 1 and {MOST_PATIENTS}, "
            f"not {patients}."
        )
    if case_rate is not None and not 0 <= case_rate <= 1:
        raise ConfigError(f"sample: the case rate must lie between 0 and 1, not {case_rate}.")
    try:
        return date.fromisoformat(as_of)
    except ValueError as error:
        raise ConfigError(f"sample: '{as_of}' is not a date; write it as 2026-06-30.") from error
