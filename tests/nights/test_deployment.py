"""The files that start a night: what systemd, cron, Airflow, PostgreSQL and others make of them."""

from __future__ import annotations

import re
import runpy
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
import typer
from builders import ROOT, order, report
from ledgers import contents
from night_builders import CT, Site, cases
from postgres_server import require_binaries
from sqlalchemy import create_engine, text
from sqlalchemy.exc import ProgrammingError
from typer.core import TyperGroup

from auditor import cli
from auditor.bundled import find_pipeline
from auditor.errors import ConfigError, LedgerError
from auditor.ledger.records import PurgeRecord
from auditor.ledger.store import open_ledger

FILES = ROOT / "pipelines" / "nightly"


def parses(arguments: list[str]) -> bool:
    """Whether the command line takes these arguments."""
    group = typer.main.get_command(cli.app)
    assert isinstance(group, TyperGroup)
    with group.make_context("auditor", list(arguments)) as context:
        name, command, rest = group.resolve_command(context, arguments)
        assert command is not None
        command.make_context(name, rest, parent=context)
    return name == "nightly"


def test_the_folder_is_not_taken_for_a_pipeline() -> None:
    with pytest.raises(ConfigError, match=r"bundled pipeline \(flank_mass_calcification\)"):
        find_pipeline("nightly")


def test_each_folder_has_a_page_that_is_listed() -> None:
    listed = re.findall(r"\]\((\w+)/README\.md\)", (FILES / "README.md").read_text())
    folders = sorted(path.name for path in FILES.iterdir() if path.is_dir())
    assert sorted(listed) == [name for name in folders if name != "__pycache__"]
    assert all((FILES / name / "README.md").stat().st_size > 300 for name in listed)


# --- systemd, cron, Windows -----------------------------------------------------------------------


def test_the_unit_starts_a_night_without_network_on_a_read_only_system() -> None:
    lines = (FILES / "systemd" / "auditor-nightly.service").read_text().splitlines()
    (command,) = [line.partition("=")[2] for line in lines if line.startswith("ExecStart=")]
    assert parses(shlex.split(command)[1:])
    for line in ("PrivateNetwork=yes", "ProtectSystem=strict", "PrivateTmp=yes", "Type=oneshot"):
        assert line in lines


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze")
def test_systemd_finds_service_and_timer_in_order(tmp_path: Path) -> None:
    for name in ("auditor-nightly.service", "auditor-nightly.timer"):
        unit = (FILES / "systemd" / name).read_text()
        # Only an installed command passes.
        (tmp_path / name).write_text(unit.replace("/opt/auditor/bin/auditor", sys.executable))
    run = subprocess.run(
        ["systemd-analyze", "verify", *sorted(map(str, tmp_path.iterdir()))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr.strip()) == (0, "")


def test_the_cron_line_is_one_that_cron_and_the_shell_take() -> None:
    lines = (FILES / "cron" / "auditor-nightly").read_text().splitlines()
    (line,) = [line for line in lines if re.match(r"[\d*]", line)]
    *when, user, command = line.split(None, 6)
    assert [bool(re.fullmatch(r"\*|\d+", part)) for part in when] == [True] * 5
    assert user == "auditor" and "%" not in command  # cron would make a line break of it
    subprocess.run(["sh", "-n", "-c", command], check=True)
    called = re.search(r"/bin/auditor (.*?) >>", command)
    assert called and parses(shlex.split(called[1]))


def test_the_windows_task_starts_a_night_once_at_a_time() -> None:
    task = ElementTree.parse(FILES / "windows" / "auditor-nightly.xml").getroot()
    space = {"t": "http://schemas.microsoft.com/windows/2004/02/mit/task"}
    arguments = task.findtext("t:Actions/t:Exec/t:Arguments", "", space)
    assert parses(shlex.split(arguments.replace("\\", "/")))
    settings = {item.tag.partition("}")[2]: item.text for item in task.find("t:Settings", space)}
    assert settings["MultipleInstancesPolicy"] == "IgnoreNew"
    assert settings["StartWhenAvailable"] == "true"  # a night that was missed is made good
    # The schema wants these in this order.
    order = [item.tag.partition("}")[2] for item in task]
    assert order == ["RegistrationInfo", "Triggers", "Principals", "Settings", "Actions"]


# --- Airflow, container ---------------------------------------------------------------------------


def test_airflow_reads_the_dag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    pytest.importorskip("airflow.sdk", reason="Airflow is not installed")
    program = tmp_path / "auditor"
    monkeypatch.setenv("AUDITOR_PROGRAM", str(program))
    dag = runpy.run_path(str(FILES / "airflow" / "auditor_nightly.py"))["night_dag"]
    assert (dag.catchup, dag.max_active_runs, dag.task_ids) == (False, 1, ["night"])
    for code, error in ((4, "AirflowFailException"), (5, "AirflowException")):
        program.write_text(f"#!/bin/sh\nexit {code}\n")
        program.chmod(0o755)
        with pytest.raises(Exception, match=f"exit code {code}") as caught:
            dag.get_task("night").python_callable()
        assert type(caught.value).__name__ == error


def test_the_dag_is_python_that_starts_the_command() -> None:
    source = (FILES / "airflow" / "auditor_nightly.py").read_text()
    compile(source, "auditor_nightly.py", "exec")
    assert '[PROGRAM, "nightly", SITE]' in source


def steps() -> list[tuple[str, str]]:
    """Instruction and value of each line of the container file."""
    text_ = (FILES / "container" / "Containerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text_.splitlines() if line and not line.startswith("#")]
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in lines]


def test_the_container_runs_a_night_as_a_common_user() -> None:
    found = steps()
    images = [value for name, value in found if name == "FROM"]
    assert all(re.match(r"\S+:\d+\.\d+\.\d+", image) for image in images)  # never "latest"
    (user,) = [value for name, value in found if name == "USER"]
    assert user.isdigit() and int(user) > 0
    assert found[-1][0] == "CMD" and parses([word for word in eval(found[-1][1])])
    copied = [
        value.split()[:-1] for name, value in found if name == "COPY" and "--from" not in value
    ]
    assert all((ROOT / item).exists() for items in copied for item in items)


@pytest.mark.skipif(not shutil.which("hadolint"), reason="hadolint is not installed")
def test_hadolint_finds_the_container_file_in_order() -> None:
    command = ["hadolint", str(FILES / "container" / "Containerfile")]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (0, "")


# --- PostgreSQL -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def audit(postgresql_server: str) -> Iterator[Callable[[str], str]]:
    """A database with roles, tables and rights: gives the ledger's URL of a login by role."""
    server = create_engine(postgresql_server, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text("CREATE DATABASE audit"))
    home = f"{postgresql_server.rpartition('/')[0]}/audit"

    def login(role: str) -> str:
        return home.replace("auditor@", f"as_{role}@")

    run_script(home, "roles.sql")
    with server.connect() as connection:
        for role in ("owner", "writer", "reader", "purger"):
            connection.execute(text(f"CREATE ROLE as_{role} LOGIN IN ROLE auditor_{role}"))
    open_ledger(f"{login('owner')}?options=-crole%3Dauditor_owner").close()
    run_script(home, "rights.sql")
    yield login
    server.dispose()


def run_script(url: str, name: str) -> None:
    plain = url.replace("postgresql+psycopg", "postgresql")
    command = [require_binaries() / "psql", "-q", "-v", "ON_ERROR_STOP=1", "-d", plain]
    for _ in range(2):  # each may be run again
        subprocess.run([*command, "-f", FILES / "postgresql" / name], check=True)


def refused(url: str, statement: str) -> bool:
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            connection.execute(text(statement))
    except ProgrammingError as error:
        return "permission denied" in str(error) or "must be owner" in str(error)
    finally:
        engine.dispose()
    return False


@pytest.mark.postgres
def test_the_roles_may_do_what_they_need_and_no_more(
    audit: Callable[[str], str], tmp_path: Path
) -> None:
    writer, reader, purger = audit("writer"), audit("reader"), audit("purger")
    site = Site(tmp_path, writer)
    for day in range(2):
        site.put_night(day, [report(f"P{day}", day)], [order("P0", day, CT)] if day else [])
        assert site.night(day).outcome == "done"
    assert cases(site.latest) == {"P0": "compliant", "P1": "pending"}

    with open_ledger(reader) as ledger:
        assert len(ledger.runs()) == 2
        with pytest.raises(LedgerError, match="permission denied"), ledger.run(ledger.runs()[0]):
            pass
    for statement in (
        "DELETE FROM report_facts",
        "UPDATE report_facts SET body = ''",
        "DELETE FROM case_history",
        "DELETE FROM runs",
        "INSERT INTO purges SELECT 'x', 1, '', '', '', 0, 0, 0, 0, ''",
        "DROP TABLE cases",
        "CREATE TABLE mine (a int)",
    ):
        assert refused(writer, statement), statement
        assert refused(reader, statement), statement
    with open_ledger(writer) as ledger, pytest.raises(LedgerError, match="permission denied"):
        ledger.purge(["P0"], PurgeRecord("2026-01-01", "patient"))
    with open_ledger(purger) as ledger:
        assert ledger.purge(["P0"], PurgeRecord("2026-01-01", "patient")).reports == 1
    assert refused(purger, "DROP TABLE purges") and refused(purger, "DELETE FROM purges")


@pytest.mark.postgres
def test_a_dump_restores_the_ledger(audit: Callable[[str], str], tmp_path: Path) -> None:
    programs = require_binaries()
    url = audit("owner").replace("as_owner@", "auditor@")
    plain = url.replace("postgresql+psycopg", "postgresql")
    dump = tmp_path / "audit.dump"
    dumping = [programs / "pg_dump", "--format=custom", f"--file={dump}", plain]
    subprocess.run(dumping, check=True)
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text("CREATE DATABASE audit_restored"))
    server.dispose()
    restored = f"{plain}_restored"
    restoring = [programs / "pg_restore", "--exit-on-error", f"--dbname={restored}", dump]
    subprocess.run(restoring, check=True)
    assert contents(f"{url}_restored") == contents(url)
