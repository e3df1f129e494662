"""Exports damaged in every way, through every reader: rows that reconcile, or one sentence.

A sample of each format is changed byte by byte, also below its packing: some bytes are lost,
doubled, moved or replaced, some are what formats stumble over. `EXPLORE=1` tries many more, and
new ones each time.
"""

from __future__ import annotations

import gzip
import io
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.feather
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.config.site import Site
from auditor.errors import ConfigError, SourceError
from auditor.ingest.canonical import read_batches, read_exports
from auditor.ingest.exports import find_sources
from auditor.ingest.parts import Notes
from auditor.sample import write_sample

ROOT = Path(__file__).parents[2]
PIPELINE = ROOT / "pipelines" / "flank_mass_calcification"
EXAMPLES = 2_000 if os.environ.get("EXPLORE") else 25

# What formats stumble over: quotes, escapes, ends, brackets, numbers without measure, entities.
TOKENS = (
    *(
        b'"',
        b'""',
        b"\x00",
        b"\xff",
        b"\r",
        b"\n",
        b"\r\n",
        b"\t",
        b",",
        b";",
        b"|",
        b"^",
        b"~",
        b"&",
    ),
    *(
        b"\\",
        b"\\X0D\\",
        b"\\.br\\",
        b"\\.in-\\",
        b"\\X8\\",
        b"\x0b",
        b"\x1c\r",
        b"MSH|^~\\&|",
        b"OBX|",
        b"PID|",
        b"BTS|9\r",
    ),
    *(
        b"{",
        b"}",
        b"[" * 2000,
        b"]",
        b":",
        b"null",
        b"true",
        b"[[]]",
        b"{}",
        b'{"resourceType":"Bundle"',
    ),
    *(
        b"0",
        b"-1",
        b"99999999999999999999",
        b"1e999",
        b"NaN",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\xed\xa0\x80",
    ),
    *(
        b"<",
        b">",
        b"</",
        b"<!DOCTYPE a>",
        b"&#0;",
        b"&a;",
        b"<c/>",
        b"<row>",
        b"_x0000_",
        b"XFE1048577",
    ),
    *(
        b"2025-13-45",
        b"20250230",
        b"Patient/",
        b"#",
        b"urn:uuid:",
        b"sep=|\n",
        b"PK\x03\x04",
        b"PAR1",
    ),
)


@st.composite
def changes(draw: st.DrawFn) -> Callable[[bytes], bytes]:
    """One to four changes of some bytes."""
    steps = draw(
        st.lists(
            st.tuples(
                st.sampled_from(("put", "over", "drop", "double", "move", "end", "flip")),
                st.floats(0, 1),
                st.integers(1, 400),
                st.one_of(st.sampled_from(TOKENS), st.binary(min_size=1, max_size=8)),
            ),
            min_size=1,
            max_size=4,
        )
    )

    def change(content: bytes) -> bytes:
        for what, place, size, token in steps:
            at = int(place * len(content))
            piece = content[at : at + size]
            before, after = content[:at], content[at + len(piece) :]
            content = {
                "put": before + token + content[at:],
                "over": before + token + content[at + len(token) :],
                "drop": before + after,
                "double": before + piece + piece + after,
                "move": piece + before + after,
                "end": before,
                "flip": before + bytes([b ^ 1 << size % 8 for b in piece[:1]]) + content[at + 1 :],
            }[what]
        return content

    return change


# --- the samples ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def samples(tmp_path_factory) -> Path:
    """A folder with a small sample of each format."""
    folder = tmp_path_factory.mktemp("samples")
    for kind in ("csv", "tsv", "jsonl", "parquet", "xlsx", "hl7v2", "fhir", "omop", "sql"):
        write_sample(
            folder / kind,
            patients=3,
            seed=5,
            pipeline_folder=PIPELINE,
            as_of="2026-06-30",
            kind=kind,
        )
    table = pa.parquet.read_table(folder / "parquet" / "reports.parquet")
    pa.feather.write_feather(table, folder / "reports.feather")
    with pa.ipc.new_stream(folder / "reports.arrows", table.schema) as stream:
        stream.write_table(table)
    for name, pack in (("gz", gzip.compress), ("zip", lambda text: zipped({"r.csv": text}))):
        (folder / f"reports.csv.{name}").write_bytes(
            pack((folder / "csv/reports.csv").read_bytes())
        )
    shutil.copy(ROOT / "tests" / "fixtures" / "exports" / "old.xls", folder / "old.xls")
    return folder


def zipped(parts: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()


# Where each single-table sample stands.
TABLES = {
    "csv": "csv/reports.csv",
    "tsv": "tsv/orders.tsv",
    "jsonl": "jsonl/reports.jsonl",
    "parquet": "parquet/reports.parquet",
    "feather": "reports.feather",
    "arrow stream": "reports.arrows",
    "xlsx": "xlsx/reports.xlsx",
    "xls": "old.xls",
    "gzip": "reports.csv.gz",
    "zip": "reports.csv.zip",
}
# The folders or files of those that hold both tables.
BOTH = {"hl7v2": "hl7v2/hl7v2", "fhir": "fhir/fhir", "omop": "omop/omop", "sql": "sql/hospital.db"}


# --- what comes out -------------------------------------------------------------------------------


def is_one_sentence(said: str) -> bool:
    return "\n" not in said and "Traceback" not in said and 20 < len(said) < 3_000


def read_as_tables(path: Path) -> None:
    """Read a file as both tables; a batch checks that its rows reconcile."""
    for table in ("reports", "orders"):
        try:
            for _ in read_batches([path], table, Site(), batch_rows=7):
                pass
        except (SourceError, ConfigError) as error:
            assert is_one_sentence(str(error))


def read_as_both(name: Path) -> None:
    notes = Notes()
    try:
        sources = find_sources([str(name)], Site(), notes, {})
        for _ in read_exports(sources, Site(), notes):
            pass
    except (SourceError, ConfigError) as error:
        assert is_one_sentence(str(error))
    assert all(map(is_one_sentence, notes.sentences()))


@pytest.mark.parametrize("kind", TABLES)
def test_a_damaged_table_gives_rows_or_a_sentence(samples, tmp_path_factory, kind) -> None:
    content = (samples / TABLES[kind]).read_bytes()
    path = tmp_path_factory.mktemp("damaged") / Path(TABLES[kind]).name
    path.write_bytes(content)
    assert sum(batch.rows.num_rows for batch in read_batches_of(path)) > 0

    @settings(max_examples=EXAMPLES)
    @given(changes())
    def check(change: Callable[[bytes], bytes]) -> None:
        path.write_bytes(change(content))
        read_as_tables(path)

    check()


def read_batches_of(path: Path) -> Iterator:
    for table in ("reports", "orders"):
        try:
            yield from read_batches([path], table, Site())
        except SourceError:
            continue


@pytest.mark.parametrize("kind", ["xlsx", "zip", "gzip"])
def test_what_is_packed_is_damaged_too(samples, tmp_path_factory, kind) -> None:
    path = tmp_path_factory.mktemp("damaged") / Path(TABLES[kind]).name
    if kind == "gzip":
        parts = {"": gzip.decompress((samples / TABLES[kind]).read_bytes())}
    else:
        with zipfile.ZipFile(samples / TABLES[kind]) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}

    @settings(max_examples=EXAMPLES * (2 if kind == "xlsx" else 1))
    @given(st.sampled_from(sorted(parts)), changes())
    def check(name: str, change: Callable[[bytes], bytes]) -> None:
        damaged = {**parts, name: change(parts[name])}
        path.write_bytes(gzip.compress(damaged[""]) if kind == "gzip" else zipped(damaged))
        read_as_tables(path)

    check()


@pytest.mark.parametrize("kind", BOTH)
def test_damaged_exports_of_both_tables_give_rows_or_a_sentence(
    samples, tmp_path_factory, kind
) -> None:
    name = tmp_path_factory.mktemp("damaged") / Path(BOTH[kind]).name
    copy = shutil.copytree if (samples / BOTH[kind]).is_dir() else shutil.copy
    copy(samples / BOTH[kind], name)
    files = sorted(path for path in name.rglob("*") if path.is_file()) or [name]
    contents = {path: path.read_bytes() for path in files}

    @settings(max_examples=EXAMPLES * 2)
    @given(st.sampled_from(files), changes())
    def check(path: Path, change: Callable[[bytes], bytes]) -> None:
        path.write_bytes(change(contents[path]))
        try:
            read_as_both(name)
            read_as_both(path)
        finally:
            path.write_bytes(contents[path])

    check()


STARTS = (
    *(
        b"",
        b"PK\x03\x04",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"PAR1",
        b"ARROW1\0\0",
        b"\xff\xff\xff\xff",
    ),
    *(b"{", b'{"resourceType":"Bundle","entry":[', b"[", b"MSH|^~\\&|", b"FHS|^~\\&\rBHS|^~\\&\r"),
    *(
        b"\x1f\x8b\x08\0",
        b"SQLite format 3\0",
        b"note_id,person_id,note_date\n",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
    ),
    *(b"patient_id,report_id,exam_datetime,report_text\n", b"sep=;\n"),
)


@settings(max_examples=EXAMPLES * 4)
@given(
    st.sampled_from(STARTS), st.lists(st.one_of(st.binary(max_size=300), st.sampled_from(TOKENS)))
)
def test_what_is_no_export_at_all_gives_a_sentence(tmp_path_factory, start, pieces) -> None:
    path = tmp_path_factory.getbasetemp() / f"anything-{os.getpid()}"
    path.write_bytes(start + b"".join(pieces))
    read_as_tables(path)
    read_as_both(path)
