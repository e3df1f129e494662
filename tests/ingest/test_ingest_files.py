"""Whole files: encodings, delimiters, line ends, gzip, globs, and what is said when one is bad."""

import gzip
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ingest_files import csv_text, kept, names_of, order, read_one, reasons, report, save

from auditor.config.site import FileShape, Site
from auditor.errors import AuditError, SourceError
from auditor.ingest import regular
from auditor.ingest.canonical import check_files, read_batches
from auditor.ingest.opening import digest_file, find_files

HEADER = names_of("reports")
TEXT = "Gas – 2 µm,\nno “mass”."


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
@pytest.mark.parametrize("packed", [False, True])
def test_the_same_rows_come_out_of_every_kind_of_file(
    tmp_path, ending, delimiter, encoding, packed
) -> None:
    rows = [HEADER, report(report_text=TEXT), report(report_id="R2", report_text="")]
    text = csv_text(rows, delimiter=delimiter, lineterminator=ending, quoting=1)
    content = text.encode(encoding)
    path = save(tmp_path / "export.dat", gzip.compress(content) if packed else content)
    check_files([path], "reports", Site())
    batch = read_one(path)
    assert [(row["report_id"], row["report_text"]) for row in kept(batch)] == [
        ("R1", TEXT),
        ("R2", ""),
    ]
    assert [row["line"] for row in kept(batch)] == [2, 4]
    assert not batch.set_aside


@pytest.mark.parametrize(
    ("content", "named", "expected"),
    [
        ("caf\xe9 5 \xb0".encode("cp1252"), "auto", "café 5 °"),
        ("caf\xe9".encode("latin-1"), "latin-1", "café"),
        ("żółw".encode("cp1250"), "cp1250", "żółw"),
        ("żółw".encode(), "auto", "żółw"),
    ],
)
def test_encodings(tmp_path, caplog, content, named, expected) -> None:
    text = csv_text([HEADER, report(report_text="TEXT")]).encode()
    path = save(tmp_path / "r.csv", text.replace(b"TEXT", content))
    batch = read_one(path, site=Site(files=FileShape(encoding=named)))
    assert kept(batch)[0]["report_text"] == expected
    guessed = b"\xe9" in content and named == "auto"
    assert ("is not UTF-8: read as Windows-1252" in caplog.text) == guessed


@pytest.mark.parametrize("bad", [b"\x81", b"\xff", "µ".encode() + b"\xe9"])
def test_bytes_that_are_no_text_set_their_row_aside(tmp_path, bad) -> None:
    text = csv_text([HEADER, report(report_text="TEXT"), report()]).encode()
    batch = read_one(save(tmp_path / "r.csv", text.replace(b"TEXT", b"x" + bad)))
    assert reasons(batch) == [(2, "report_text", "bad_encoding", "text")]
    assert len(kept(batch)) == 1


def test_an_encoding_named_by_the_site_is_not_second_guessed(tmp_path) -> None:
    text = csv_text([HEADER, report(report_text="TEXT")]).encode().replace(b"TEXT", b"caf\xe9")
    batch = read_one(save(tmp_path / "r.csv", text), site=Site(files=FileShape(encoding="utf-8")))
    assert reasons(batch) == [(2, "report_text", "bad_encoding", "text")]


def test_a_header_may_span_lines_and_follow_blank_ones(tmp_path) -> None:
    header = ["Patient ID", "REPORT-ID", "exam\ndatetime", " Report_Text "]
    path = save(tmp_path / "r.csv", "\n\n" + csv_text([header, ["P", "R", "2025-01-02", "gas"]]))
    assert [(row["report_text"], row["line"]) for row in kept(read_one(path))] == [("gas", 5)]


def test_a_header_may_be_windows_text(tmp_path) -> None:
    header = ["patient_id", "report_id", "exam_datetime", "Bericht für Ärzte"]
    text = csv_text([header, ["P", "R", "2025-01-02", "gas"]]).encode("cp1252")
    site = Site.model_validate({"columns": {"reports": {"report_text": "Bericht für Ärzte"}}})
    path = save(tmp_path / "r.csv", text)
    check_files([path], "reports", site)
    assert kept(read_one(path, site=site))[0]["report_text"] == "gas"


def test_a_file_of_a_header_alone_is_told_as_a_file_of_no_rows(tmp_path) -> None:
    path = save(tmp_path / "r.csv", csv_text([HEADER]))
    batches = list(read_batches([path], "reports", Site()))
    assert [(batch.file, batch.rows_in, batch.rows.num_rows) for batch in batches] == [
        (str(path), 0, 0)
    ]


def test_batches_are_bounded_and_follow_the_files(tmp_path) -> None:
    paths = [
        save(tmp_path / f"{name}.csv", csv_text([HEADER, *map(report_number, numbers)]))
        for name, numbers in (("a", range(7)), ("b", range(7, 9)))
    ]
    batches = list(read_batches(paths, "reports", Site(), batch_rows=3))
    assert [(batch.file, batch.rows_in) for batch in batches] == [
        (str(paths[0]), 3),
        (str(paths[0]), 3),
        (str(paths[0]), 1),
        (str(paths[1]), 2),
    ]
    rows = [row for batch in batches for row in kept(batch)]
    assert [row["report_id"] for row in rows] == [f"R{number}" for number in range(9)]
    assert [row["line"] for row in rows] == [*range(2, 9), 2, 3]


def report_number(number: int) -> list[str]:
    return report(report_id=f"R{number}")


@pytest.mark.parametrize("block_bytes", [256, 1024, 1 << 20])
@pytest.mark.parametrize("bad", [0, 1, 7, 30, 59])
def test_the_careful_reader_takes_over_where_the_fast_one_stops(
    tmp_path, monkeypatch, bad, block_bytes
) -> None:
    monkeypatch.setattr(regular, "_BLOCK_BYTES", block_bytes)
    rows = [report(report_id=f"R{n}", report_text="two\nlines" * (n % 2)) for n in range(60)]
    rows[bad] = [*rows[bad], "one more"]
    path = save(tmp_path / "r.csv", csv_text([HEADER, *rows]))
    batches = list(read_batches([path], "reports", Site(), batch_rows=10))
    assert sum(batch.rows_in for batch in batches) == 60
    got = [row["report_id"] for batch in batches for row in kept(batch)]
    assert got == [f"R{n}" for n in range(60) if n != bad]
    aside = [row for batch in batches for row in batch.set_aside]
    assert [(row.line, row.reason) for row in aside] == [(2 + bad + bad // 2, "too_many_fields")]


def test_a_file_of_one_broken_row(tmp_path) -> None:
    path = save(tmp_path / "r.csv", csv_text([HEADER, ["P1", "R1"]]))
    assert reasons(read_one(path)) == [(2, "", "too_few_fields", "row")]


def test_a_row_longer_than_a_block_is_read(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(regular, "_BLOCK_BYTES", 512)
    path = save(tmp_path / "r.csv", csv_text([HEADER, report(), report(report_text="gas " * 999)]))
    rows = [row for b in read_batches([path], "reports", Site()) for row in kept(b)]
    assert [len(row["report_text"]) for row in rows] == [17, 3996]


def test_a_lost_row_is_a_defect(tmp_path) -> None:
    batch = read_one(save(tmp_path / "r.csv", csv_text([HEADER, report(), report()])))
    with pytest.raises(AuditError, match="3 rows came in, 2 were kept and 0 set aside"):
        replace(batch, rows_in=3)


# What is said when a file cannot be read.


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty, without even a header line"),
        (b"\n\n", "is empty, without even a header line"),
        (b"PK\x03\x04rest", "the zip archive or Excel workbook is damaged or cut short"),
        (b"PAR1....", "the Parquet or Arrow file is damaged"),
        (b"%PDF-1.7", "is a PDF, which is not read"),
        (b"\n <html>", "is an XML or HTML file, which is not read. Open it in a spreadsheet"),
        (b"PK\x05\x06" + bytes(18), "is an empty zip archive"),
        (gzip.compress(gzip.compress(b"a,b", mtime=0), mtime=0), "is packed twice"),
        (gzip.compress(b"PAR1....", mtime=0), "is a packed workbook or Parquet file; unpack it"),
        (b'patient_id,"report_id\n', "the header line cannot be read: a quote in it is not closed"),
        (gzip.compress(b"patient_id,report_id\n", mtime=0)[:20], "the gzip file is damaged or cut"),
        ("patient_id\n".encode("utf-16")[:-1], "is damaged or not utf-16"),
    ],
)
def test_files_that_cannot_be_read(tmp_path, content, sentence) -> None:
    path = save(tmp_path / "export.csv", content)
    with pytest.raises(SourceError) as caught:
        check_files([path], "reports", Site())
    assert str(caught.value).startswith(f"{path}: ")
    assert sentence in str(caught.value)


def test_a_gzip_file_cut_short_after_its_header_gives_no_rows(tmp_path) -> None:
    noise = [report(report_text=f"{n * 7919 % 10007} {n * 104729 % 99991}") for n in range(9000)]
    content = gzip.compress(csv_text([HEADER, *noise]).encode())
    path = save(tmp_path / "r.csv.gz", content[: len(content) // 2])
    check_files([path], "reports", Site())
    with pytest.raises(SourceError, match="the gzip file is damaged or cut short"):
        next(read_batches([path], "reports", Site()))


def test_a_missing_file(tmp_path) -> None:
    with pytest.raises(SourceError, match=r"none\.csv: cannot be read \(No such file"):
        check_files([tmp_path / "none.csv"], "orders", Site())


def test_globs_and_paths_give_each_file_once_and_sorted(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deep" / "er.csv").mkdir(parents=True)
    for name in ("b.csv", "a.csv", "deep/c.csv", "odd[1].csv"):
        save(tmp_path / name, "x")
    assert list(map(str, find_files(["*.csv", "./a.csv", str(tmp_path / "b.csv")]))) == [
        "a.csv",
        "b.csv",
        "odd[1].csv",
    ]
    assert list(map(str, find_files(["odd[1].csv"]))) == ["odd[1].csv"]
    assert list(map(str, find_files(["deep/**/*.csv"]))) == ["deep/c.csv"]
    with pytest.raises(SourceError, match=r"No file matches 'night_\*.csv': check the path"):
        find_files(["a.csv", "night_*.csv"])
    with pytest.raises(SourceError, match=r"deep is a folder: name the files in it, as in deep/\*"):
        find_files(["deep"])


def test_a_files_digest_is_that_of_its_bytes(tmp_path) -> None:
    path = save(tmp_path / "abc", b"abc")
    # The test vector of FIPS 180-2.
    assert digest_file(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    with pytest.raises(SourceError, match="cannot be read"):
        digest_file(tmp_path / "none")


def test_orders_are_read_like_reports(tmp_path) -> None:
    text = csv_text([names_of("orders"), order(reason=" flank pain,\n2 days ")])
    assert kept(read_one(save(tmp_path / "o.csv", text), "orders"))[0]["reason"] == (
        " flank pain,\n2 days "
    )


@settings(deadline=None)
@given(st.binary(max_size=60) | st.text('",\n\r\0P1é', max_size=60).map(str.encode), st.booleans())
def test_no_content_makes_a_row_vanish(body, among_rows) -> None:
    """A batch that does not reconcile raises; rows before and after stay."""
    good = csv_text([report(report_id=f"R{number}") for number in range(3)]).encode()
    content = csv_text([HEADER]).encode() + (good if among_rows else b"") + body
    with TemporaryDirectory() as folder:
        path = save(Path(folder) / "r.csv", content + b"\n" + good)
        batches = list(read_batches([path], "reports", Site(), batch_rows=2))
    ids = [row["report_id"] for batch in batches for row in kept(batch)]
    assert ids[-3:] == ["R0", "R1", "R2"]
    assert not among_rows or ids[:3] == ["R0", "R1", "R2"]
    lines = [row["line"] for batch in batches for row in kept(batch)]
    assert lines == sorted(set(lines))


@pytest.mark.parametrize(
    "above",
    [
        "Radiology extract\n\nRun on: 2025-01-03, by jobs\n",
        "sep=,\n",
        '"sep=,"\n\n',
        "one,two,three\n",
    ],
)
def test_lines_above_the_header_are_passed_over(tmp_path, above) -> None:
    text = above + csv_text([HEADER, report(), report(report_id="R2")])
    path = save(tmp_path / "r.csv", text)
    check_files([path], "reports", Site())
    batch = read_one(path)
    first = above.count("\n") + 2
    assert [row["line"] for row in kept(batch)] == [first, first + 1]
    assert not batch.set_aside


def test_a_line_that_names_the_delimiter_is_believed(tmp_path) -> None:
    header = ["patient_id", "report_id", "exam_datetime", "report_text,or_none,at,all,of,it"]
    text = "sep=;\n" + ";".join(header) + "\nP1;R1;2025-01-02;gas\n"
    site = Site.model_validate({"columns": {"reports": {"report_text": header[-1]}}})
    assert [row["report_text"] for row in kept(read_one(save(tmp_path / "r.csv", text), site=site))]


def test_a_broken_header_is_told_even_where_lines_follow(tmp_path) -> None:
    path = save(tmp_path / "r.csv", 'patient_id,"report_id\nP,R\n')
    with pytest.raises(SourceError, match="a quote in it is not closed"):
        check_files([path], "reports", Site())
