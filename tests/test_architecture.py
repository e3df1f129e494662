"""How the code is built: imports run one way, modules stay small, and no disease is named in it."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ENGINE = ROOT / "auditor"
PIPELINE = ROOT / "pipelines" / "flank_mass_calcification"
MODULES = sorted(ENGINE.rglob("*.py"))
LONGEST_MODULE, LONGEST_FUNCTION = 400, 60

# The way of a datum; a stage knows itself and those before it.
STAGES = ("config", "ingest", "language", "ledger", "pathway", "workbook")
# Beside the stages: where the first two run, and what invents exports for them.
MAY_IMPORT = {stage: set(STAGES[: number + 1]) for number, stage in enumerate(STAGES)}
MAY_IMPORT["execution"] = {"config", "ingest", "language", "execution"}
MAY_IMPORT["privacy"] = {"config", "ingest", "language", "privacy"}
MAY_IMPORT["onboarding"] = {"config", "ingest", "language", "onboarding"}
MAY_IMPORT["sample"] = {"config", "sample"}
# The contract's columns, which invented exports have as well.
CONTRACT = "ingest.schema"
# Modules of no stage that stages may use.
COMMON = {"errors"}
# Who may import what stands beside the stages.
USERS = {
    "sample": {"bench", "cli"},
    # The command line has the processes started while it reads the settings.
    "execution": {"bench", "cli", "job", "readers", "request"},
    "bench": {"cli"},
    "nightly": {"cli"},
}
USERS["onboarding"] = {"cli"}
USERS["privacy"] = {"explain", "job", "profile", "readers", "redaction"}
USERS["profile"] = {"cli"}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def name_of(path: Path) -> str:
    """A module's name below `auditor`, e.g. `pathway.cases` or `audit`."""
    parts = path.relative_to(ENGINE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def part_of(name: str) -> str:
    """The folder or module of the engine's top level that a module belongs to."""
    return name.partition(".")[0]


def imported(path: Path) -> Iterator[str]:
    """What a module imports of the engine, wherever in it the import stands."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: a relative import"
            module = node.module or ""
            names = [module if module != "auditor" else f"auditor.{a.name}" for a in node.names]
        else:
            continue
        below = (name.partition(".")[2] for name in names if name.startswith("auditor."))
        yield from (name for name in below if not name.startswith("__"))


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


# --- imports --------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", MODULES, ids=short)
def test_imports_run_one_way(path) -> None:
    part = part_of(name_of(path))
    targets = {part_of(name) for name in imported(path) if (part, name) != ("sample", CONTRACT)}
    if part in MAY_IMPORT:
        assert targets <= MAY_IMPORT[part] | COMMON
    elif part in COMMON | {"logs"}:
        assert targets == set()


@pytest.mark.parametrize("beside", USERS)
def test_what_stands_beside_the_stages_has_few_users(beside) -> None:
    users = {
        part_of(name_of(path))
        for path in MODULES
        if any(part_of(name) == beside for name in imported(path))
    }
    assert users <= {beside, *USERS[beside]}


def test_no_module_imports_itself_in_a_circle() -> None:
    """Within a stage, too, the modules have an order."""
    edges = {name_of(path): set(imported(path)) for path in MODULES}
    known = set(edges)
    open_, done = set(), set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert name not in open_, " -> ".join((*way, name))
        if name in done:
            return
        open_.add(name)
        for target in sorted(edges[name] & known - {name}):
            visit(target, (*way, name))
        open_.remove(name)
        done.add(name)

    for name in sorted(known):
        visit(name, ())


# --- size and shape -------------------------------------------------------------------------------


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function's code: what its docstring says does not make it harder to read."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    doc = node.body[0] if len(body) < len(node.body) else None
    return lines - ((doc.end_lineno or 0) - doc.lineno + 1 if doc else 0)


@pytest.mark.parametrize("path", MODULES, ids=short)
def test_modules_and_functions_stay_small(path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE
    long = {node.name: lines_of(node) for node in functions(path)}
    assert {name: size for name, size in long.items() if size > LONGEST_FUNCTION} == {}


@pytest.mark.parametrize("path", MODULES, ids=short)
def test_every_public_name_has_a_docstring(path) -> None:
    """Of what is private, or defined inside a function, the reader finds the use beside it."""
    missing = [] if ast.get_docstring(tree(path)) else ["the module"]

    def visit(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef | ast.FunctionDef) and child.name[0] != "_":
                if ast.get_docstring(child) is None:
                    missing.append(prefix + child.name)
                if isinstance(child, ast.ClassDef):
                    visit(child, f"{prefix}{child.name}.")

    visit(tree(path), "")
    assert missing == []


@pytest.mark.parametrize("path", MODULES, ids=short)
def test_only_the_command_line_prints_or_exits(path) -> None:
    if part_of(name_of(path)) == "cli":
        return
    called = {ast.unparse(n.func) for n in ast.walk(tree(path)) if isinstance(n, ast.Call)}
    raised = {
        ast.unparse(n.exc) for n in ast.walk(tree(path)) if isinstance(n, ast.Raise) and n.exc
    }
    forbidden = {"print", "sys.exit", "exit", "typer.echo", "sys.stdout.write", "os._exit"}
    assert called & forbidden == set()
    assert not any(text.startswith("SystemExit") for text in raised)


@pytest.mark.parametrize("path", MODULES, ids=short)
def test_no_module_reads_the_clock_or_draws_by_chance(path) -> None:
    """Dates are arguments: the same in, the same out. The command line has the clock."""
    if part_of(name_of(path)) == "cli":
        return
    called = {ast.unparse(n.func) for n in ast.walk(tree(path)) if isinstance(n, ast.Call)}
    clock = {"datetime.now", "datetime.today", "date.today", "time.time", "datetime.utcnow"}
    assert called & (clock | {"uuid4", "uuid.uuid4"}) == set()
    assert not any(
        alias.name == "random"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Import)
        for alias in node.names
    ), "use `random.Random` with a seed"


# --- state ----------------------------------------------------------------------------------------

# Process-wide state, each with its reason.
STATE = {
    ("ingest.dates", "read_datetime"): "a cache of a pure function",
    ("ingest.messages", "_starts"): "a cache of a pure function",
    ("language.procedures", "_decide_by_columns"): "a cache of a pure function",
    ("language.procedures", "_decide_by_title"): "a cache of a pure function",
    ("language.procedure_texts", "_negation_pattern"): "a cache of a pure function",
    ("language.procedure_texts", "_heading_pattern"): "a cache of a pure function",
    ("workbook.measure", "count_lines"): "a cache of a pure function",
    ("workbook.pathway_sheet", "_strip_look"): "a cache of a pure function",
}
CHANGING = {
    *("append", "add", "update", "setdefault", "pop", "popitem", "extend", "clear", "remove"),
    *("discard", "insert", "sort", "reverse"),
}


def state_of(path: Path) -> Iterator[str]:
    """Names at a module's top level that its code changes, and functions that remember."""
    top = {
        target.id
        for node in tree(path).body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Global):
            yield from node.names
        elif isinstance(node, ast.FunctionDef):
            for decorator in node.decorator_list:
                if re.match(r"(?:functools\.)?(?:lru_)?cache\b", ast.unparse(decorator)):
                    yield node.name
            yield from _changed_in(node, top)


def _changed_in(function: ast.FunctionDef, top: set[str]) -> Iterator[str]:
    own = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and _stores(n)}
    own |= {argument.arg for argument in ast.walk(function) if isinstance(argument, ast.arg)}
    for node in ast.walk(function):
        owner: ast.AST | None = None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value if node.func.attr in CHANGING else None
        elif isinstance(node, ast.Subscript | ast.Attribute) and _stores(node):
            owner = node.value
        if isinstance(owner, ast.Name) and owner.id in top - own:
            yield owner.id


def _stores(node: ast.Name | ast.Subscript | ast.Attribute) -> bool:
    return isinstance(node.ctx, ast.Store | ast.Del)


def test_state_is_passed_and_not_kept_in_modules() -> None:
    found = {(name_of(path), name) for path in MODULES for name in state_of(path)}
    assert found == set(STATE)


# --- the engine names no disease ------------------------------------------------------------------

# Words of the lexicon that say nothing of this audit where the engine uses them.
PLAIN = {
    # The engine's own words: a lesion has a sign, a place, perhaps in a quadrant, and a side.
    *("lesion", "lesions", "bare", "quadrant", "quadrants", "region", "sites", "outer", "vague"),
    *("side", "sided", "right", "upper", "lower", "midline", "elsewhere", "known_diagnosis"),
    *("no_later_activity",),
    # English, in words and patterns.
    *("around", "containing", "contents", "defined", "dense", "middle", "multiple", "overlying"),
    *("project", "several", "small", "soft", "space", "within"),
    *("contains", "elements", "external", "joint", "present", "round", "visible"),
    # Prefixes that keep their hyphen, and Mr.
    *("inter", "retro", "supra", "mr"),
    # Words of another trade: punctuation, code systems, databases, output, pages, charts.
    *("capital", "cat", "colon", "echo", "foreign", "margins", "marker", "node", "nodes"),
    *("process", "segment", "system"),
}
# Clinical words that stand in the engine all the same, by module, each with its reason.
NAMED = {
    "bundled": ("flank mass calcification", "the name of the folder that comes with the tool"),
    "language.ages": (
        "bone fractures mri scars skeletal stents",
        "what has an age and is no patient",
    ),
    "onboarding.names": ("nm rad xr", "abbreviations in the names of columns"),
}


def _words_of(pattern: str) -> set[str]:
    """Whole words of five letters or more in a regular expression."""
    text = re.sub(r"\\[a-zA-Z]|\[[^]]*\]|\(\?[^)|]{0,3}[:=!]", " ", pattern)
    return {word.lower() for word in re.findall(r"[A-Za-z]{5,}", text)}


def clinical_words() -> set[str]:
    """Words of the bundled pipeline's lexicon, its event kinds and its verdicts' codes."""
    files = [PIPELINE / "lexicon" / name for name in ("flank_mass.toml", "calcification.toml")]
    words: set[str] = set()
    for table in (tomllib.loads(file.read_text(encoding="utf-8")) for file in files):
        words.add(table["part"]["key"])
        for entry in (*table["term"], *table.get("place", ()), *table.get("explanation", ())):
            words |= _words_of(entry["pattern"]) | set(entry["id"].split("_"))
    events = tomllib.loads((PIPELINE / "events.toml").read_text(encoding="utf-8"))
    words |= {kind for kind in events["kinds"] if kind not in ("other", "unknown")}
    words |= {word for words in events["modality"]["words"].values() for word in words}
    verdicts = tomllib.loads((PIPELINE / "verdicts.toml").read_text(encoding="utf-8"))
    for group in ("flags", "exclusions", "exceptions", "advisories"):
        words |= {rule["code"] for rule in verdicts[group]}
    return {word for word in words if word.isidentifier() and len(word) > 1} - PLAIN


def literals(path: Path) -> Iterator[str]:
    """String literals; docstrings, which may give examples, are left out."""
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.value


def names(path: Path) -> Iterator[str]:
    """Names that the code gives: of functions, classes, arguments, attributes and variables."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr


def named_in(path: Path, words: set[str]) -> set[str]:
    """Which of the words a module's literals and names hold."""
    found: set[str] = set()
    for text in (*literals(path), *names(path)):
        parts = set(re.findall(r"[a-z]+", re.sub(r"([A-Z])", r" \1", text).lower()))
        found |= words & parts | {word for word in words if "_" in word and word in text}
    return found


def test_the_engine_names_no_disease_organ_or_exam() -> None:
    words = clinical_words()
    assert {"calcification", "flank", "kidney", "mass", "biopsy", "mri", "skipped_ct"} <= words
    found = {name_of(path): named_in(path, words) for path in MODULES}
    expected = {module: set(text.split()) for module, (text, _) in NAMED.items()}
    assert {module: named for module, named in found.items() if named} == expected


def test_the_engine_finds_no_pipeline_by_itself() -> None:
    """A folder reaches it as a path; only the command line and the API know the bundled one."""
    users = {part_of(name_of(p)) for p in MODULES if "bundled" in set(imported(p))}
    assert users <= {"cli", "api"}
    for path in MODULES:
        if part_of(name_of(path)) not in ("bundled", "cli"):
            assert not any("flank_mass" in text for text in literals(path)), short(path)
            assert "__file__" not in path.read_text(encoding="utf-8"), short(path)
