"""No patient's id and no word of a text leaves by a log, a message or a record of the run."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from builders import FILM, ORDERS, REPORTS, Row, on_day, order, report, set_up_once, write_table

from auditor import cli

# Words that stand nowhere but in the ids and texts of the exports below.
MARKERS = tuple(
    f"zq{name}"
    for name in (
        *("patient", "reportid", "accession", "text", "orderid", "reason", "brokenid"),
        *("brokentext", "brokendate", "swallowed", "sixth", "headerless"),
    )
)
# What may not stand in a message about these exports, however it is cut or written.
EVERY = tuple(form for marker in MARKERS for form in (marker, marker.upper(), marker.title()))

CASE = "FINDINGS: Calcified zqtext mass in the left flank. ZQTEXT again."


def rows() -> tuple[list[Row], list[Row]]:
    """Exports with a case, and with rows broken in many ways."""
    known = {"accession": "zqaccession-1"}
    reports = [
        report("zqpatient-1", text=CASE, report_id="zqreportid-1", **known),
        report("zqpatient-2", text=CASE, report_id="zqreportid-2", report_status="unheard of"),
        report("zqpatient-3", text=CASE, report_id="zqreportid-3", procedure="UNHEARD OF"),
        report("zqbrokenid", text="zqbrokentext", exam_datetime="zqbrokendate"),
        report("zqbrokenid", text="zqbrokentext", exam_datetime="2025-02-31"),
        report("", text="zqbrokentext"),
        report("zqbrokenid", text="zqbrokentext\0zqswallowed"),
    ]
    reason = "Left flank mass, zqreason?"
    orders = [
        order("zqpatient-1", 0, FILM, order_id="zqorderid-1", reason=reason, **known),
        order("zqpatient-1", 9, "CT ABDOMEN", order_id="zqorderid-2", status="unheard of"),
        order("zqbrokenid", 9, "CT", order_id="zqorderid-3", order_datetime="", reason="zqreason"),
    ]
    return reports, orders


def write_marked(folder: Path) -> None:
    """Write them, with rows that no CSV reader can cut rightly at the end."""
    reports, orders = rows()
    path = write_table(folder / "reports.csv", REPORTS, reports)
    write_table(folder / "orders.csv", ORDERS, orders)
    with path.open("ab") as file:
        file.write(b"zqbrokenid,zqreportid-8,zqbrokentext\n")
        file.write(b"zqbrokenid" + b",zqsixth" * 30 + b"\n")
        file.write(b'zqbrokenid,"zqreportid-9 zqbrokentext \xff\xfe and no end\nzqswallowed,2\n')


class Run:
    """The command line called in this process, and all that it said."""

    def __init__(self, monkeypatch, capsys, caplog) -> None:
        self.monkeypatch = monkeypatch
        self.capsys = capsys
        self.caplog = caplog

    def __call__(self, *arguments: str) -> int:
        """Call it with `--verbose` and return the exit code."""
        self.monkeypatch.setattr(sys, "argv", ["auditor", "--verbose", *arguments])
        code = 0
        try:
            cli.main()
        except SystemExit as ended:
            code = int(ended.code)
        captured = self.capsys.readouterr()
        self.said = captured.out + captured.err + self.caplog.text
        return code

    def audit(self, workers: int = 0) -> int:
        """Run the marked exports."""
        tables = ("--reports", "reports.csv", "--orders", "orders.csv")
        return self("run", *tables, "--out", "out", "--workers", str(workers))


@pytest.fixture
def run(monkeypatch, capsys, caplog, tmp_path) -> Iterator[Run]:
    logger = logging.getLogger("auditor")
    before = (logger.handlers, logger.level, logger.propagate)
    monkeypatch.chdir(tmp_path)
    write_marked(tmp_path)
    with set_up_once(), caplog.at_level(logging.DEBUG):
        logging.getLogger().addHandler(caplog.handler)
        yield Run(monkeypatch, capsys, caplog)
    logger.handlers, logger.level, logger.propagate = before


def found_in(text: str) -> set[str]:
    return {marker for marker in EVERY if marker in text}


def test_the_markers_are_read_and_the_case_is_found(run) -> None:
    """Otherwise the tests below would pass over nothing."""
    assert run.audit() == 0
    cases = Path("out/cases.csv").read_text(encoding="utf-8")
    assert {"zqpatient", "zqreportid", "zqtext"} <= found_in(cases)
    assert Path("out/set_aside.csv").read_text(encoding="utf-8").count("\n") > 6


@pytest.mark.parametrize("workers", [0, 1])
def test_logs_and_terminal_hold_counts_and_names_only(run, workers) -> None:
    assert run.audit(workers) == 0
    assert "rows in" in run.said
    assert found_in(run.said) == set()


@pytest.mark.parametrize("name", ["run.json", "set_aside.csv"])
def test_records_of_the_run_hold_no_value_of_a_row(run, name) -> None:
    run.audit()
    assert found_in(Path("out", name).read_text(encoding="utf-8")) == set()


def test_check_tells_of_exports_without_quoting_them(run) -> None:
    assert run("check", "reports.csv", "orders.csv") == 0
    assert "unheard of" in run.said.lower()
    assert found_in(run.said) == set()


def test_a_first_line_that_is_a_row_is_not_quoted_as_column_names(run) -> None:
    line = f"zqpatient-1,zqreportid-1,{on_day(0)},zqheaderless mass in the left flank"
    Path("reports.csv").write_text(f"{line}\n{line}\n", encoding="utf-8")
    assert run.audit() == 3
    assert found_in(run.said) == set()


# --- when something fails -------------------------------------------------------------------------

FAULTS = [
    "auditor.job.read_batches",
    "auditor.ingest.canonical.RowChecks.check_table",
    "auditor.language.procedure_columns.classify_procedure",
    "auditor.language.reading.find_remarks",
    "auditor.language.layout.Layout.sentences",
    "auditor.language.nlp.Reader.targets",
    "auditor.ledger.facts.encode_facts",
    "auditor.ledger.facts.read_patients",
    "auditor.ledger.cases.save_cases",
    "auditor.job.find_evidence",
    "auditor.job.judge_patient",
    "auditor.workbook.outputs.build_tables",
    "auditor.workbook.outputs.write_workbook",
    "auditor.workbook.csvs.guard_formula",
]


def _quoting(error: Callable[[str], Exception]) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise error("zqpatient-1: zqtext mass in zqreason")

    return fail


@pytest.mark.parametrize("stage", FAULTS)
@pytest.mark.parametrize("error", [KeyError, OSError])
def test_a_failure_anywhere_is_told_without_its_values(run, monkeypatch, stage, error) -> None:
    monkeypatch.setattr(stage, _quoting(error))
    # In this process, where the fault is: a reading process of its own would not have it.
    if run.audit() == 0:
        assert "reading_failed" in Path("out/set_aside.csv").read_text(encoding="utf-8")
    else:
        assert run.said.splitlines()[-1]
    assert "Traceback" not in run.said
    assert found_in(run.said) == set()


def test_a_ledger_that_breaks_in_mid_run_does_not_quote_its_rows(run, tmp_path) -> None:
    """Neither in the message nor in the errors behind it, which a notebook would show."""
    import sqlite3

    from builders import audit_folder

    from auditor.errors import LedgerError

    ledger = tmp_path / "ledger.db"
    audit_folder(tmp_path, None, ledger=str(ledger), started="1")
    with sqlite3.connect(ledger) as connection:
        for table in ("report_facts", "order_facts", "cases", "case_history"):
            connection.execute(
                f"CREATE TRIGGER stop_{table} BEFORE INSERT ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'refused'); END"
            )
    reports, orders = rows()
    reports[0]["report_text"] += " Amended."
    write_table(tmp_path / "reports.csv", REPORTS, reports)
    with pytest.raises(LedgerError) as raised:
        audit_folder(tmp_path, None, ledger=str(ledger), started="2")
    shown = "".join(traceback.format_exception(raised.value))
    assert "refused" in shown
    assert found_in(shown) == set()
