"""The wheel carries all that the tool needs, and what is slow to load waits until it is used."""

import csv
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor import __version__

ROOT = Path(__file__).parents[1]
# Folders of the checkout, and the packages that they are in the wheel.
PACKAGES = {
    "auditor": "auditor",
    "pipelines": "auditor_pipelines",
    "sample_data": "auditor_samples",
}
SLOW_TO_LOAD = ("spacy", "medspacy", "pandas", "pyarrow", "sqlalchemy", "openpyxl", "numpy")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy so that nothing is left in the checkout."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for folder in PACKAGES:
        shutil.copytree(
            ROOT / folder, source / folder, ignore=shutil.ignore_patterns("__pycache__")
        )
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"]
    command += ["--no-build-isolation", "--wheel-dir", str(out), str(source)]
    subprocess.run(command, check=True)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the programs of a new environment that has the wheel, and its dependencies only."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    command = [sys.executable, "-m", "pip", "--python", str(programs / "python"), "install"]
    subprocess.run([*command, "--quiet", "--no-deps", "--no-index", str(wheel)], check=True)
    # A path file is not followed further: the checkout's own editable installation stays unseen.
    (site,) = folder.rglob("site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return programs


def _files(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith("."):
            yield path.relative_to(folder).as_posix()


@pytest.mark.slow
def test_the_wheel_holds_every_file_of_its_packages(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    for folder, package in PACKAGES.items():
        wanted = [f"{package}/{name}" for name in _files(ROOT / folder)]
        if folder == "auditor":  # its README files are for readers of the checkout
            wanted = [name for name in wanted if name.endswith(".py")]
        assert sorted(set(wanted) - inside) == []
    assert {Path(name).suffix for name in inside} >= {".py", ".toml", ".json", ".csv", ".txt"}


@pytest.mark.slow
def test_the_wheel_says_its_licence_and_notices(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert any(
        name.endswith("/licenses/pipelines/flank_mass_calcification/NOTICE.md") for name in names
    )


@pytest.mark.slow
def test_an_installed_wheel_works_from_any_folder(installed: Path, tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def call(program: str, *arguments: str) -> str:
        run = subprocess.run(
            [installed / program, *arguments],
            cwd=tmp_path,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        return run.stdout

    where = call("python", "-c", "import auditor; print(auditor.__file__)")
    assert Path(where.strip()).is_relative_to(installed.parent)
    assert call("auditor", "--version") == f"auditor {__version__}\n"
    shown = call("auditor", "demo", "--out", "demo")
    assert str(Path("demo", "compliance.xlsx")) in shown
    assert (tmp_path / "demo" / "compliance.xlsx").stat().st_size > 0
    assert _rows(tmp_path / "demo" / "cases.csv")


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _loaded(*arguments: str) -> set[str]:
    """Run the command line in a new process; which of the slow modules it has loaded at its end."""
    script = (
        "import sys\n"
        "from auditor.cli import main\n"
        "try:\n"
        "    main()\n"
        "except SystemExit as end:\n"
        "    assert not end.code, end.code\n"
        "print('\\n' + ' '.join(sys.modules))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True
    )
    return set(SLOW_TO_LOAD) & set(run.stdout.splitlines()[-1].split())


def test_importing_the_package_loads_nothing_slow() -> None:
    script = "import auditor, sys; print(' '.join(sys.modules))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not set(SLOW_TO_LOAD) & set(run.stdout.split())


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["run", "--help"]])
def test_help_loads_nothing_slow(arguments: list[str]) -> None:
    assert _loaded(*arguments) == set()


@pytest.mark.parametrize(
    ("title", "loads"), [("XR CHEST 2 VIEWS", set()), ("XR ABDOMEN 1 VIEW", {"spacy", "medspacy"})]
)
def test_spacy_is_loaded_only_where_a_report_needs_reading(
    tmp_path: Path, title: str, loads: set[str]
) -> None:
    reports, orders = tmp_path / "reports.csv", tmp_path / "orders.csv"
    reports.write_text(
        "patient_id,report_id,exam_datetime,procedure_description,report_text\n"
        f"P1,R1,2026-01-05,{title},FINDINGS: Calcified nodule on the left. No mass.\n"
    )
    orders.write_text("patient_id,order_id,order_datetime,status,procedure_description\n")
    arguments = ["run", "--reports", str(reports), "--orders", str(orders)]
    loaded = _loaded(*arguments, "--out", str(tmp_path / "out"), "--workers", "0")
    assert loaded & {"spacy", "medspacy"} == loads
