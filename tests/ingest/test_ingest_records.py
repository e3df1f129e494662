"""The careful reader, and that the fast one gives the same rows."""

import csv
import io
from collections.abc import Iterator
from unittest.mock import patch

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from ingest_files import csv_text, report

from auditor.ingest import regular
from auditor.ingest.outline import Outline
from auditor.ingest.records import LONGEST_CELL, PhysicalLines, Record, read_records
from auditor.ingest.regular import read_regular
from auditor.ingest.rows import Rows, listed
from auditor.ingest.survey import Survey, SurveyedBytes, Surveyor, survey_file

# Of the contract's columns: ids, the exam's date, the text.
REPORTS = Outline(14, ",", ids=(0, 1), dates=(3,), texts=(10,))
FOUR = Outline(4, ",", ids=(0,), dates=(1,), texts=(2,))


def read(text: str, outline: Outline = FOUR) -> list[Record]:
    return list(read_records(PhysicalLines(io.StringIO(text, newline="")), outline))


def test_records_carry_their_physical_line() -> None:
    text = (
        'A,2025-01-01,"one\ntwo\n\nthree",x\n\nB,2025-01-02,"he said ""no""",y\r\nC,2025-01-03,,z'
    )
    assert read(text) == [
        (1, ["A", "2025-01-01", "one\ntwo\n\nthree", "x"], ""),
        (6, ["B", "2025-01-02", 'he said "no"', "y"], ""),
        (7, ["C", "2025-01-03", "", "z"], ""),
    ]


def test_blank_lines_are_no_records_but_empty_cells_are() -> None:
    assert read("\n  \nA,2025-01-01,t,x\n\r\n,,,\n") == [
        (3, ["A", "2025-01-01", "t", "x"], ""),
        (5, ["", "", "", ""], ""),
    ]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("B,2025-01-02,t", "too_few_fields"),
        ("B", "too_few_fields"),
        ("B,2025-01-02,t,x,", "too_many_fields"),
        ('B,2025-01-02,"two\nlines"', "too_few_fields"),
        ('B,2025-01-02,"Left" flank,x', "stray_quote"),
        ('B,2025-01-02,"a 5" thing,\nthen more",x', "stray_quote"),
        ('B,2025-01-02,"open,x', "unclosed_quote"),
        ('B,2025-01-02,"open\nover lines, and\n\nmore,x', "unclosed_quote"),
        ('"B,2025-01-02,t,x', "unclosed_quote"),
    ],
)
@pytest.mark.parametrize(
    "after",
    ["C,2025-01-03,t,z\n", 'C,2025-01-03,"two\nlines",z\n', '"C","2025-01-03","t","z"\n', ""],
)
def test_a_broken_record_costs_only_itself(broken: str, reason: str, after: str) -> None:
    got = read(f"A,2025-01-01,t,x\n{broken}\n{after}")
    assert [record.line for record in got[:2]] == [1, 2]
    assert got[0].cells == ["A", "2025-01-01", "t", "x"]
    if after or reason != "unclosed_quote":
        assert got[1] == (2, [], reason)
    assert [record.cells[0] for record in got[2:]] == (["C"] if after else [])
    if after:
        assert got[2].line == 2 + broken.count("\n") + 1


def test_rows_swallowed_by_a_quote_that_closes_again_are_found() -> None:
    swallowed = 'A,2025-01-01,"open,x\nB,2025-01-02,t,x\nC,2025-01-03,ends",x\n'
    assert len(next(csv.reader(io.StringIO(swallowed)))) == 4  # it looks like one good row
    assert read(swallowed) == [
        (1, [], "unclosed_quote"),
        (2, ["B", "2025-01-02", "t", "x"], ""),
        (3, ["C", "2025-01-03", 'ends"', "x"], ""),
    ]


def test_a_quote_within_a_bare_cell_is_a_character() -> None:
    assert read('A,2025-01-01,5" thing,x\n') == [(1, ["A", "2025-01-01", '5" thing', "x"], "")]


def test_lines_of_text_that_look_a_little_like_rows_stay_text() -> None:
    text = "Prior films:\nB,2025-01-02\nC,not a date,t,x\n,2025-01-02,t,x\nend"
    assert read(csv_text([["A", "2025-01-01", text, "x"]])) == [
        (1, ["A", "2025-01-01", text, "x"], "")
    ]


def test_an_open_quote_holds_no_more_than_the_longest_cell() -> None:
    filler = "no row begins here\n" * (2 * LONGEST_CELL // 19)
    lines = PhysicalLines(io.StringIO(f'A,2025-01-01,"open\n{filler}B,2025-01-02,t,x\n'))
    most, got = 0, []
    for record in read_records(lines, FOUR):
        most = max(most, sum(map(len, lines.held)))
        got.append(record)
    assert got[0] == (1, [], "unclosed_quote")
    assert got[-1].cells == ["B", "2025-01-02", "t", "x"]
    assert most <= LONGEST_CELL


def test_a_long_report_is_read() -> None:
    text = "word " * 100_000
    assert read(csv_text([["A", "2025-01-01", text, "x"]]))[0].cells[2] == text


pieces = st.sampled_from(
    ['"', '""', ",", "\n", "\r\n", "\r", "a", "é", " ", "A1", "2025-01-02", '","', "5 cm, "]
)
texts = st.lists(pieces, max_size=8).map("".join) | st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12
)


@settings(deadline=None)
@given(
    st.lists(st.tuples(texts, texts, texts), max_size=6),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_whatever_csv_writes_is_read_back(rows, quoting: int, ending: str) -> None:
    if quoting == csv.QUOTE_MINIMAL:  # it leaves the other kinds of line break unquoted
        assume(ending == "\r\n")
    # Three columns of anything: no line can be mistaken for one with a date.
    outline = Outline(5, ",", ids=(0,), dates=(1,), texts=(2,))
    full = [["A1", "2025-01-02", *row] for row in rows]
    assume(not any("2025-01-02" in cell for row in rows for cell in row))
    got = read(csv_text(full, quoting=quoting, lineterminator=ending), outline)
    assert [record.cells for record in got] == full


report_pieces = st.sampled_from(
    ["mass", " ", '"', ",", "\n", "\r\n", "5 cm", "\n\n", "2025-01-02", "no, ", '"left"', '","']
)
reports = st.lists(
    st.builds(
        lambda text, code, when: report(
            report_text="".join(text), procedure_code=code, report_datetime=when
        ),
        st.lists(report_pieces, max_size=9),
        st.sampled_from(["", "a, b", '"']),
        st.sampled_from(["", "2025-01-02T10:00"]),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=300, deadline=None)
@given(
    reports,
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.data(),
)
def test_damage_to_one_row_leaves_the_others(rows, quoting: int, ending: str, data) -> None:
    for number, row in enumerate(rows):
        row[0] = f"P{number}"
    raws = [csv_text([row], quoting=quoting, lineterminator=ending) for row in rows]
    hit = data.draw(st.integers(0, len(rows) - 1))
    raw = raws[hit].removesuffix(ending)
    at = data.draw(st.integers(0, len(raw)))
    if data.draw(st.booleans()):
        raw = raw[:at] + data.draw(st.sampled_from(['"', ",", "\n", '""', "\0", "x"])) + raw[at:]
    else:
        raw = raw[:at] + raw[at + 1 :]
    raws[hit] = raw + ending
    got = [record.cells for record in read("".join(raws), REPORTS)]
    assert [row for row in rows if row in got and row is not rows[hit]] == [
        row for row in rows if row is not rows[hit]
    ]


structure = st.sampled_from(
    ['"', '""', ",", "\n", "\r\n", "\r", "a", "P1", "2025-01-02", "P1,2025-01-02,", ",x,y"]
    + ['"x\ny"', "\nP1,2025-01-02,t,z\n", "2025-01-02,P1", " "]
)
cells = st.lists(structure, max_size=4).map("".join)
bodies = st.lists(structure, max_size=14).map("".join) | st.builds(
    lambda rows, quoting, ending: csv_text(rows, quoting=quoting, lineterminator=ending),
    st.lists(st.lists(cells, min_size=4, max_size=4), max_size=4),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
outlines = st.sampled_from(
    [
        FOUR,
        Outline(4, ",", ids=(1,), dates=(0,), texts=(3,)),
        Outline(4, ",", ids=(0,), dates=(3,), texts=(1, 2)),
        Outline(4, ",", ids=(0,), dates=(3,)),
        Outline(4, ",", texts=(0,)),
        Outline(4, ","),
    ]
)


@settings(max_examples=300, deadline=None)
@given(
    bodies,
    outlines,
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([16, 24, 64, 8 << 20]),
)
def test_the_fast_reader_gives_what_the_careful_one_gives(
    body: str, outline: Outline, ending: str, block_bytes: int
) -> None:
    """From the start to where it stops, if it stops: before what is not regular."""
    content = f"a,b,c,d{ending}{body}".encode()
    lines = PhysicalLines(io.TextIOWrapper(io.BytesIO(content), "utf-8", newline=""))
    lines.hold(0)
    lines.settle(1)
    careful = list(read_records(lines, outline))
    fast: list[Record] = []
    trusted = True
    for rows in fast_rows(content, outline, batch_rows=2, block_bytes=block_bytes):
        if rows is None:
            trusted = False
            break
        fast += map(Record, rows.lines, map(list, zip(*map(listed, rows.columns), strict=True)))
    assert fast == (careful if trusted else careful[: len(fast)])


def look(content: bytes) -> Survey:
    return survey_file(io.BytesIO(content), surveyor(","))


def surveyor(delimiter: str) -> Surveyor:
    return Surveyor("utf-8-sig", settled=False, delimiter=delimiter)


def fast_rows(
    content: bytes, outline: Outline, *, batch_rows: int, block_bytes: int
) -> Iterator[Rows | None]:
    surveyed = SurveyedBytes(io.BytesIO(content), surveyor(outline.delimiter))
    with patch.object(regular, "_BLOCK_BYTES", block_bytes):
        yield from read_regular(surveyed, outline, header_lines=1, batch_rows=batch_rows)


def test_the_fast_reader_stops_before_what_is_not_regular() -> None:
    rows = "".join(f"P{number},2025-01-02,t,z\n" for number in range(100))
    content = f'a,b,c,d\n{rows}P,2025-01-02,5" t,z\n'.encode()
    *runs, last = fast_rows(content, FOUR, batch_rows=1000, block_bytes=200)
    assert last is None
    # How far it comes depends on how far ahead pyarrow has read.
    assert sum(len(run.lines) for run in runs if run) < 100


def test_the_fast_reader_is_used_for_ordinary_reports() -> None:
    text = "FINDINGS: gas, stool, bones, 5 x 4 cm.\n\nCompared with 3/4/2024, stable, no change."
    content = csv_text([["h"] * 14] + [report(report_text=text)] * 50).encode()
    assert look(content).regular
    runs = list(fast_rows(content, REPORTS, batch_rows=20, block_bytes=8 << 20))
    assert [len(rows.lines) if rows else None for rows in runs] == [20, 20, 10]


@pytest.mark.parametrize(
    "body",
    [
        "a,b,c,d\n",
        'A,2025-01-01,"t" x,y\n',
        'A,2025-01-01,5" t,y\n',
        'A,2025-01-01, "t",y\n',
        "A,2025-01-01,t,y\n\nB,2025-01-01,t,y\n",
        "A,2025-01-01,t,y\r\n\r\nB,2025-01-01,t,y\r\n",
        'A,2025-01-01,"t,y\n',
        "A,2025-01-01,\0,y\n",
    ],
)
@pytest.mark.parametrize("filler", [0, 1 << 20])
def test_what_is_not_regular_is_seen_wherever_it_stands(body: str, filler: int) -> None:
    """Also across the blocks in which a file is looked through."""
    header = "h,h,h,h\n"
    row = "A,2025-01-01,t,y\n"
    for shift in range(len(body) + 2):
        count = max(0, filler - len(header) - shift) // len(row)
        padding = "x" * ((filler - len(header) - shift) % len(row)) if filler else ""
        text = header + row * count + f"{padding}," * bool(padding) + body
        assert look(text.encode()).regular == (body == "a,b,c,d\n")
        if not filler:
            break
