"""What the README tells people to type and to write works; what the pages point at is there."""

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from builders import read_rows
from typer.core import TyperGroup

from auditor import cli
from auditor.config.site import read_site
from auditor.ingest.schema import ORDER_COLUMNS, REPORT_COLUMNS

ROOT = Path(__file__).parents[1]
AUDITOR = (sys.executable, "-m", "auditor")
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted(
    path
    for path in ROOT.rglob("*.md")
    if not any(part.startswith(".") or part == "build" for part in path.relative_to(ROOT).parts)
)


def _blocks(language: str) -> list[str]:
    """The README's code blocks in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def _group() -> TyperGroup:
    group = typer.main.get_command(cli.app)
    assert isinstance(group, TyperGroup)
    return group


def _typed() -> Iterator[list[str]]:
    """The arguments of every `auditor ...` line of the README's shell blocks."""
    for block in _blocks("sh") + _blocks("bat"):
        for line in block.splitlines():
            words = shlex.split(line.replace("\\", "/"), comments=True)
            if words and Path(words[0]).name == "auditor":
                yield words[1:]


def test_every_command_and_option_is_documented() -> None:
    rows = {
        match["name"]: match.group()
        for match in re.finditer(r"^\| `auditor (?P<name>\w+).*$", README, re.MULTILINE)
    }
    commands = _group().commands
    assert sorted(rows) == sorted(commands)
    for name, command in commands.items():
        options = {option for parameter in command.params for option in parameter.opts}
        wanted = {option for option in options if option.startswith("--")} - {"--help"}
        assert set(re.findall(r"--[a-z-]+", rows[name])) == wanted, name


def test_every_option_of_the_tool_itself_is_documented() -> None:
    for parameter in _group().params:
        assert f"auditor {parameter.opts[0]}" in README


@pytest.mark.parametrize("arguments", list(_typed()), ids=" ".join)
def test_commands_in_shell_blocks_parse(arguments: list[str]) -> None:
    group = _group()
    with group.make_context("auditor", list(arguments)) as context:
        if not context.params["version"]:
            name, command, rest = group.resolve_command(context, arguments)
            assert name is not None and command is not None
            command.make_context(name, rest, parent=context)  # wrong arguments raise


def test_make_targets_in_shell_blocks_exist() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"^make (\w+)", "\n".join(_blocks("sh")), re.MULTILINE))
    assert named and named <= targets


def test_the_contract_columns_are_documented() -> None:
    for table, columns in {"reports": REPORT_COLUMNS, "orders": ORDER_COLUMNS}.items():
        (row,) = re.findall(rf"^\| {table}, one row.*$", README, re.MULTILINE)
        named = re.findall(r"[a-z]+(?:_[a-z]+)+|(?<=, )(?:accession|modality|reason|facility)", row)
        bold = set(re.findall(r"\*\*(\w+)\*\*", row))
        assert bold == {column.name for column in columns if column.required}
        assert set(named) | bold == {column.name for column in columns}


def test_the_site_file_reads_exports_of_that_shape(tmp_path: Path) -> None:
    (block,) = _blocks("toml")
    (tmp_path / "site.toml").write_text(block, encoding="utf-8")
    site = read_site(tmp_path / "site.toml")
    assert site.sign_off.approved_by
    text = "FINDINGS: Left flank bump containing coarse calcifications."
    (tmp_path / "reports.csv").write_text(
        "MRN,DOC_ID,accession,EXAM_DT,SIGNED_DT,procedure_description,NARRATIVE,patient_age\n"
        f"P1,D1,A1,03/04/2026 09:15,03/04/2026 11:00,XR ABDOMEN 1 VIEW,{text},9\n"
    )
    (tmp_path / "orders.csv").write_text(
        "MRN,order_id,accession,ORDERED_DT,PERFORMED_DT,ORDER_STATUS,procedure_description\n"
        "P1,O1,A1,03/04/2026,03/04/2026 09:15,Exam ended,XR ABDOMEN 1 VIEW\n"
        "P1,O2,A2,03/05/2026,03/20/2026 08:00,Exam ended,FLANK PROTOCOL B\n"
    )
    arguments = "run --reports reports.csv --orders orders.csv --site site.toml --out out".split()
    subprocess.run([*AUDITOR, *arguments], cwd=tmp_path, check=True, capture_output=True)
    (case,) = read_rows(tmp_path / "out" / "cases.csv")
    # The bump is a mass, March comes before the 4th, the local name is a CT, 14 days are the limit.
    assert case["index_datetime"] == "2026-03-04T09:15"
    assert (case["laterality"], case["days_to_ct"]) == ("left", "16")
    assert (case["status"], case["flags"]) == ("non_compliant", "ct_delayed")


@pytest.mark.slow
def test_the_python_example_runs(tmp_path: Path) -> None:
    (example,) = _blocks("python")
    shutil.copytree(ROOT / "sample_data", tmp_path / "sample_data")
    run = subprocess.run(
        [sys.executable, "-c", example], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert "non_compliant" in run.stdout
    assert (tmp_path / "out" / "from_python" / "compliance.xlsx").exists()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which `auditor demo` was run."""
    folder = tmp_path_factory.mktemp("demo")
    subprocess.run([*AUDITOR, "demo"], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.mark.slow
def test_every_dependency_has_its_row_with_licence_and_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["postgres"], *extras["spark"]]
    names = {re.match(r"[\w-]+", one).group().lower() for one in wanted}
    page = (ROOT / "auditor" / "README.md").read_text(encoding="utf-8")
    table = page.partition("| package | licence | why |\n")[2].partition("\n\n")[0]
    rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in table.splitlines()[1:]]
    assert all(len(row) == 3 and all(row) for row in rows)
    told = {name for row in rows for name in re.findall(r"[\w-]+", row[0].lower())}
    assert names <= told


def test_every_output_of_a_run_is_documented(demo: Path) -> None:
    outputs = re.search(r"\*\*Out\.\*\*.*?\n\n\*\*", README, re.DOTALL)
    assert outputs
    named = re.findall(r"^\| `([\w.]+)`", outputs.group(), re.MULTILINE)
    assert sorted(named) == sorted(path.name for path in (demo / "out" / "demo").iterdir())


@pytest.mark.slow
def test_the_case_explained_is_one_of_the_demo(demo: Path) -> None:
    (arguments,) = [typed for typed in _typed() if "--out" in typed and typed[0] == "explain"]
    run = subprocess.run(
        [*AUDITOR, *arguments], cwd=demo, check=True, capture_output=True, text=True
    )
    assert arguments[1] in run.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    anchors = {
        re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-")
        for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    }
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("#"):
            assert target[1:] in anchors, target
        elif "://" not in target:
            assert (page.parent / target).exists(), target
