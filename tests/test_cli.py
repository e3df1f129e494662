"""The command line: help, exit codes, one sentence for each error, nothing that should not be."""

from __future__ import annotations

import gzip
import io
import json
import logging
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import typer
from builders import (
    TOY,
    on_day,
    order,
    read_outputs,
    read_rows,
    report,
    set_up_once,
    write_exports,
)

from auditor import __version__, cli

SECRET = "Quincewick"
COMMANDS = typer.main.get_command(cli.app).commands
# All but the line feed.
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


class Outcome(NamedTuple):
    code: int
    out: str
    err: str


Call = Callable[..., Outcome]


@pytest.fixture
def call(monkeypatch, capsys, tmp_path) -> Iterator[Call]:
    """Calls the command line in this process, in a folder with invented exports."""
    logger = logging.getLogger("auditor")
    before = (logger.handlers, logger.level, logger.propagate)
    monkeypatch.chdir(tmp_path)
    write_exports(tmp_path, [report(SECRET), report("Q", 150)], [order(SECRET, 9, "CT ABDOMEN")])

    def run(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["auditor", *map(str, arguments)])
        code = 0
        try:
            cli.main()
        except SystemExit as ended:
            code = ended.code
        return Outcome(code, *capsys.readouterr())

    with set_up_once():
        yield run
    logger.handlers, logger.level, logger.propagate = before


TABLES = ("--reports", "reports.csv", "--orders", "orders.csv")
# In this process: starting another takes longer than such a run.
RUN = ("run", *TABLES, "--workers", "0", "--as-of", on_day(200))


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def case_id(folder: Path) -> str:
    return read_rows(folder / "cases.csv")[0]["case_id"]


# --- help -----------------------------------------------------------------------------------------


def test_the_commands_are_those_of_the_design() -> None:
    assert set(COMMANDS) >= {"run", "demo", "check", "explain", "sample"}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_has_help(call, name) -> None:
    outcome = call(name, "--help")
    assert (outcome.code, outcome.err) == (0, "")
    assert COMMANDS[name].help.split()[0] in outcome.out
    for parameter in COMMANDS[name].params:
        assert parameter.help, parameter.name
        assert all(option in outcome.out for option in parameter.opts)


def test_without_arguments_the_help_is_shown(call) -> None:
    outcome = call()
    assert outcome.code == 2
    assert all(name in outcome.out for name in COMMANDS)


def test_the_version_is_told(call) -> None:
    assert call("--version") == (0, f"auditor {__version__}\n", "")


# --- what the commands do -------------------------------------------------------------------------


def test_a_run_writes_its_files_and_ends_with_a_summary(call) -> None:
    outcome = call(*RUN, "--out", "new/out")
    assert (outcome.code, outcome.err) == (0, "")
    assert {path.name for path in Path("new/out").iterdir()} >= {
        *("cases.csv", "near_misses.csv", "events.csv", "findings.csv", "set_aside.csv"),
        *("changes.csv", "compliance.xlsx", "run.json"),
    }
    shown = dict(re.findall(r"│ (.+?)\s+│\s+(.+?) │", outcome.out))
    assert (shown["Reports in"], shown["Cases (initial population)"]) == ("2", "2")
    assert shown["Rate (95 % interval)"] == "too few for a percentage"
    assert "compliance.xlsx" in outcome.out


def test_cases_that_do_not_comply_are_a_result_and_no_error(call) -> None:
    assert call(*RUN, "--out", "out").code == 0
    assert {row["status"] for row in read_rows(Path("out/cases.csv"))} >= {"compliant", "pending"}


def test_a_run_says_on_request_what_each_stage_did(call) -> None:
    quiet, verbose = call(*RUN, "--out", "out"), call("--verbose", *RUN, "--out", "out")
    assert quiet.err == ""
    assert "2 rows in, 2 kept, 0 set aside" in verbose.err


def test_a_ledger_is_kept_from_run_to_run(call) -> None:
    early = ("run", "--reports", "reports.csv", "--orders", "orders.csv", "--ledger", "l.db")
    assert call(*early, "--out", "out", "--as-of", on_day(151)).code == 0
    Path("reports.csv").write_text(",".join(read_rows(Path("reports.csv"))[0]) + "\n")
    assert call(*early, "--out", "out", "--as-of", on_day(250)).code == 0
    changed = {(row["before"], row["after"]) for row in read_rows(Path("out/changes.csv"))}
    assert ("pending", "non_compliant") in changed


def test_check_describes_exports_and_writes_nothing(call, tmp_path) -> None:
    Path("site.toml").write_text('name = "North"\n')
    before = files(tmp_path)
    outcome = call("check", "reports.csv", "orders.csv", "--site", "site.toml")
    assert (outcome.code, outcome.err) == (0, "")
    assert "reports.csv: reports\n  rows 2, kept 2, set aside 0" in outcome.out
    assert "orders.csv: orders\n  rows 1, kept 1, set aside 0" in outcome.out
    assert SECRET not in outcome.out
    assert files(tmp_path) == before


def test_check_takes_any_pipeline_folder(call) -> None:
    assert call("check", "--pipeline", TOY) == (0, "Pipeline toy 1: in order.\n", "")


@pytest.mark.parametrize("kept_in", ["--out", "--ledger"])
def test_explain_tells_why(call, kept_in) -> None:
    place = {"--out": "out", "--ledger": "ledger.db"}
    assert call(*RUN, "--out", "out", "--ledger", "ledger.db").code == 0
    outcome = call("explain", case_id(Path("out")), kept_in, place[kept_in])
    assert (outcome.code, outcome.err) == (0, "")
    assert "calcified mass in the left flank" in " ".join(outcome.out.split())


def test_explain_reads_a_text_from_a_file_or_from_stdin(call, monkeypatch) -> None:
    text = "FINDINGS: No calcified mass in the left flank."
    Path("text.txt").write_text(text)
    from_file = call("explain", "--text", "text.txt")
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    from_stdin = call("explain", "--text", "-")
    assert from_file == from_stdin
    assert from_file.code == 0
    assert "negat" in from_file.out


@pytest.mark.parametrize("arguments", [("explain", "C-1"), ("rejudge", "--out", "out")])
def test_a_ledger_that_is_only_read_is_not_made(call, tmp_path, arguments) -> None:
    before = files(tmp_path)
    assert call(*arguments, "--ledger", "no_such.db").code in (2, 5)
    assert files(tmp_path) == before


@pytest.mark.parametrize("kept_in", ["--out", "--ledger"])
def test_explain_shows_brackets_of_a_text_as_they_are(call, kept_in) -> None:
    """Square brackets are markup to the library that prints: a text may hold any."""
    text = "FINDINGS: Calcified mass in the left flank [see image 3] [/b]."
    write_exports(Path(), [report("P", text=text)])
    assert call(*RUN, "--out", "out", "--ledger", "ledger.db").code == 0
    place = {"--out": "out", "--ledger": "ledger.db"}[kept_in]
    outcome = call("explain", case_id(Path("out")), kept_in, place)
    assert (outcome.code, outcome.err) == (0, "")
    assert "[/b]" in outcome.out


def test_sample_writes_the_same_exports_for_the_same_seed(call) -> None:
    for name in ("a", "b"):
        assert call("sample", "--out", name, "--patients", 5, "--seed", 3).code == 0
    assert call("sample", "--out", "c", "--patients", 5, "--seed", 4).code == 0
    assert read_outputs(Path("a")) == read_outputs(Path("b")) != read_outputs(Path("c"))
    assert {"reports.csv", "orders.csv", "truth.csv"} <= set(read_outputs(Path("a")))


# --- how it ends when something is wrong ----------------------------------------------------------

USAGE: list[tuple[str, ...]] = [
    ("no_such_command",),
    ("run", "--out", "out"),
    (*RUN, "--out", "out", "--no-such-option"),
    (*RUN[:-1], "30.06.2026", "--out", "out"),
    (*RUN, "--out", "out", "--workers", "-1"),
    (*RUN, "--out", "out", "--engine", "cloud"),
    ("bench", "--out", "out", "--format", "xlsx"),
    (*RUN, "--out", "out", "--pipeline", "no_such_pipeline"),
    (*RUN, "--out", "out", "--site", "no_such_site.toml"),
    (*RUN, "--out", "out", "--site", "bad_site.toml"),
    ("check", "--site", "bad_site.toml"),
    ("check", "--pipeline", "bad_pipeline"),
    ("explain",),
    ("explain", "C-1", "--out", "out", "--ledger", "ledger.db"),
    ("sample", "--out", "s", "--patients", "0"),
    ("sample", "--out", "s", "--as-of", "soon"),
]
SOURCE: list[tuple[str, ...]] = [
    ("run", "--reports", "none.csv", "--orders", "orders.csv", "--out", "out"),
    ("run", "--reports", "none*.csv", "--orders", "orders.csv", "--out", "out"),
    ("run", "--reports", "orders.csv", "--orders", "orders.csv", "--out", "out"),
    ("run", "--reports", "reports.csv", "--orders", "cut.csv.gz", "--out", "out"),
    ("run", "--reports", "book.xlsx", "--orders", "orders.csv", "--out", "out"),
    ("run", "--reports", ".", "--orders", "orders.csv", "--out", "out"),
    ("run", "--exports", "reports.csv", "--out", "out"),
    ("run", "--exports", "none.hl7", "--out", "out"),
    ("run", "--exports", "postgresql://u:TopSecret@127.0.0.1:1/db", "--out", "out"),
    ("run", "--exports", "sqlite:///none.db", "--out", "out"),
    ("check", "none.csv"),
    ("check", "other.csv"),
    ("explain", "--text", "none.txt"),
]
OUTPUT: list[tuple[str, ...]] = [
    (*RUN, "--out", "reports.csv"),
    (*RUN, "--out", "out", "--ledger", "reports.csv"),
    (*RUN, "--out", "out", "--ledger", "no_such_folder/ledger.db"),
    (*RUN, "--out", "out", "--ledger", "oracle://server/ledger"),
    ("sample", "--out", "reports.csv", "--patients", "1"),
]


@pytest.mark.parametrize(
    ("code", "arguments"),
    [(code, row) for code, rows in ((2, USAGE), (3, SOURCE), (5, OUTPUT)) for row in rows],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(value),
)
def test_an_error_is_one_sentence_with_its_exit_code(call, tmp_path, code, arguments) -> None:
    Path("bad_site.toml").write_text("[windows]\nct_window = 5\n")
    Path("bad_pipeline").mkdir()
    Path("bad_pipeline/pipeline.toml").write_text('name = "half"\n')
    Path("cut.csv.gz").write_bytes(gzip.compress(Path("orders.csv").read_bytes())[:-20])
    Path("book.xlsx").write_bytes(b"PK\x03\x04 and so on")
    Path("other.csv").write_text("colour,size\nred,3\n")
    before = files(tmp_path)
    outcome = call(*arguments)
    assert outcome.code == code, outcome.err
    assert outcome.out == "" or arguments[0] == "check"
    assert re.fullmatch(r"auditor: [^\n]{10,}\n", outcome.err), outcome.err
    assert "Traceback" not in outcome.err
    assert SECRET not in outcome.err
    assert {name: files(tmp_path).get(name) for name in before} == before
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((*RUN, "--out", "out", "--engine", "cloud"), "--engine must be one of: local, spark"),
        (("bench", "--out", "out", "--format", "xlsx"), "--format must be one of: csv, parquet"),
        (("explain",), "give a CASE_ID with --out or --ledger, or --text FILE"),
        (
            ("init", "reports.csv", "--out", "orders.csv"),
            "orders.csv: is there already; name another file, or move it away.",
        ),
    ],
)
def test_an_error_says_what_to_do(call, arguments, said) -> None:
    assert said in call(*arguments).err


def test_exports_of_both_tables_are_told_of_without_their_values(call, monkeypatch) -> None:
    monkeypatch.setenv("SECRET_PATH", "hospital.db")
    header = "MSH|^~\\&|RIS|N|||20250103||{}|1|P|2.5\rPID|1||" + SECRET + "^^^^MR\r"
    result = header.format("ORU^R01") + "OBR|1|P1|A1|1^XR|||20250102||||||||||||||||||F\r"
    messages = result + header.format("ADT^A08") + result.replace("20250102", SECRET)
    Path("feed.hl7").write_text(messages + "\x1c\r" + SECRET, newline="")
    outcome = call("--verbose", "run", "--exports", "feed.hl7", "--out", "out")
    assert outcome.code == 0, outcome.err
    assert SECRET not in outcome.out + outcome.err
    aside = read_rows(Path("out/set_aside.csv"))
    assert [(row["line"], row["reason"]) for row in aside] == [
        ("6", "unparseable_date"),
        ("10", "no_message_header"),
    ]
    run = json.loads(Path("out/run.json").read_text())
    assert run["warnings"] == [
        "HL7 messages that are neither results nor orders, left out (ADT): 1."
    ]
    outcome = call("run", "--exports", "sqlite:///${SECRET_PATH}", "--out", "out2")
    assert outcome.err == "auditor: sqlite:///hospital.db: there is no such file.\n"


def test_reports_alone_are_audited_and_the_lack_of_orders_is_told(call) -> None:
    outcome = call("run", "--reports", "reports.csv", "--out", "out")
    assert outcome.code == 0
    assert outcome.err == "No orders were given: what only an order tells of is not known.\n"


@pytest.mark.parametrize(
    "stage",
    [
        "auditor.job.read_batches",
        "auditor.job.read_sifted",
        "auditor.job.find_evidence",
        "auditor.job.judge_patient",
        "auditor.job.write_outputs",
        "auditor.summary.summary_rows",
    ],
)
def test_a_defect_is_named_without_its_values(call, monkeypatch, stage) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KeyError(f"{SECRET}: calcified mass")

    monkeypatch.setattr(stage, fail)
    outcome = call("--verbose", *RUN, "--out", "out")
    assert outcome.code == 1
    message = outcome.err.splitlines()[-1]
    assert re.fullmatch(
        r"auditor: a defect of the auditor \(KeyError at \w+\.py:\d+\)\..*", message
    )
    assert SECRET not in outcome.err + outcome.out
    assert "Traceback" not in outcome.err


def test_reading_that_fails_for_every_row_is_a_defect(call, monkeypatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KeyError(f"{SECRET}: calcified mass")

    monkeypatch.setattr("auditor.language.reading.RowReader.read", fail)
    outcome = call(*RUN, "--out", "out")
    assert outcome.code == 1
    assert "rows could not be read, so the run was stopped" in outcome.err.splitlines()[-1]
    assert "KeyError at" in outcome.err
    assert SECRET not in outcome.err + outcome.out


def test_an_interrupted_run_says_so_and_leaves_nothing(call, monkeypatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("auditor.job.judge_patient", interrupt)
    outcome = call(*RUN, "--out", "out")
    assert outcome.code == 130
    assert outcome.err.strip() == "auditor: Stopped."
    assert not Path("out").exists()


def test_a_terminal_that_cannot_show_an_arrow_does_not_stop_explain(call, monkeypatch) -> None:
    """As on Windows, or in a job whose locale is C."""
    assert call(*RUN, "--out", "out", "--ledger", "ledger.db").code == 0
    narrow = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", narrow)
        outcome = call("explain", case_id(Path("out")), "--ledger", "ledger.db")
    assert (outcome.code, outcome.err) == (0, "")


# --- as a process ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_process_without_a_terminal_prints_plain_text(tmp_path) -> None:
    write_exports(tmp_path, [report("P")], [order("P", 9, "CT ABDOMEN")])
    done = subprocess.run(
        [sys.executable, "-m", "auditor", *RUN, "--out", "out"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Cases (initial population)" in done.stdout
    assert not CONTROL.search(done.stdout)


@pytest.mark.slow
def test_a_failing_process_prints_its_sentence_alone(tmp_path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "auditor", *RUN, "--out", "out"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
    )
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("auditor: No file matches 'reports.csv'")
    assert done.stderr.count("\n") == 1
    assert not CONTROL.search(done.stderr)
