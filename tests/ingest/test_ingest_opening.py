"""What is put in an export's place and refused: archives, links, devices, files that change."""

import gzip
import io
import os
import stat
import zipfile
from pathlib import Path

import pytest
from ingest_files import csv_text, kept, names_of, read_one, report, save
from workbook_files import save_parts, text_row

from auditor.config.site import Site
from auditor.errors import SourceError
from auditor.ingest import archives
from auditor.ingest.canonical import check_files, read_batches
from auditor.ingest.opening import find_files

TEXT = csv_text([names_of("reports"), report()])


def zipped(*members: tuple[str | zipfile.ZipInfo, str | bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members:
            archive.writestr(name, text)
    return content.getvalue()


def refused(path: Path, site: Site | None = None) -> str:
    """What is said of a file that is not read, without its name."""
    with pytest.raises(SourceError) as caught:
        list(read_batches([path], "reports", site or Site()))
    assert str(caught.value).startswith(f"{path}: ")
    assert str(caught.value).count("\n") == 0
    return str(caught.value).removeprefix(f"{path}: ")


# --- archives -------------------------------------------------------------------------------------


def test_a_zip_archive_of_one_file_is_read_like_the_file(tmp_path) -> None:
    content = zipped(("out/", ""), ("out/reports.csv", TEXT), ("__MACOSX/out/._reports.csv", "x"))
    (row,) = kept(read_one(save(tmp_path / "reports.zip", content)))
    assert (row["report_id"], row["line"]) == ("R1", 2)


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ([("a.csv", TEXT), ("b.csv", TEXT)], "the zip archive holds 2 files; pack each export by"),
        ([("folder/", "")], "the zip archive holds 0 files"),
        ([("../reports.csv", TEXT)], "leads out of its folder or is a link; it is not read"),
        ([("/etc/reports.csv", TEXT)], "leads out of its folder or is a link"),
        ([("C:\\reports.csv", TEXT)], "leads out of its folder or is a link"),
        ([("a\\..\\..\\reports.csv", TEXT)], "leads out of its folder or is a link"),
        ([(link("reports.csv"), "/etc/passwd")], "leads out of its folder or is a link"),
        ([("reports.csv.gz", gzip.compress(TEXT.encode(), mtime=0))], "holds another packed file"),
        ([("reports.xlsx", b"PK\x03\x04...")], "holds another packed file or a workbook"),
    ],
)
def test_archives_that_are_not_read(tmp_path, members, sentence) -> None:
    assert sentence in refused(save(tmp_path / "reports.zip", zipped(*members)))


def test_an_archive_with_a_password_or_a_rare_method(tmp_path) -> None:
    content = bytearray(zipped(("reports.csv", TEXT)))
    at = content.index(b"PK\x01\x02")
    content[6] = content[at + 8] = 1
    assert "the zip archive wants a password" in refused(save(tmp_path / "a.zip", bytes(content)))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("reports.csv", TEXT)
    assert "packed by a method that is not read" in refused(
        save(tmp_path / "b.zip", packed.getvalue())
    )


@pytest.mark.parametrize("pack", [gzip.compress, lambda text: zipped(("reports.csv", text))])
def test_what_unpacks_without_end_is_stopped(tmp_path, monkeypatch, pack) -> None:
    monkeypatch.setattr(archives, "HARMLESS_BYTES", 100_000)
    whole = TEXT.encode() + b",,,\n" * 500_000
    path = save(tmp_path / "reports.gz", pack(whole))
    assert path.stat().st_size * 200 < len(whole)
    assert "unpacks to more than 200 times its size" in refused(path)


@pytest.mark.parametrize("pack", [gzip.compress, lambda text: zipped(("reports.csv", text))])
def test_an_ordinary_archive_is_read_to_its_end(tmp_path, monkeypatch, pack) -> None:
    monkeypatch.setattr(archives, "HARMLESS_BYTES", 100_000)
    rows = [report(report_id=f"R{number}") for number in range(4000)]
    path = save(tmp_path / "r.bin", pack(csv_text([names_of("reports"), *rows]).encode()))
    batches = list(read_batches([path], "reports", Site()))
    assert sum(batch.rows.num_rows for batch in batches) == 4000


@pytest.mark.parametrize("cut", [30, -1, -30])
def test_a_zip_archive_that_is_cut_short(tmp_path, cut) -> None:
    path = save(tmp_path / "reports.zip", zipped(("reports.csv", TEXT))[:cut])
    assert "the zip archive or Excel workbook is damaged or cut short" in refused(path)


# --- workbooks ------------------------------------------------------------------------------------

ROWS = text_row(1, names_of("reports")) + text_row(2, report())


def test_a_workbook_of_two_cells_far_apart_needs_no_room(tmp_path) -> None:
    far = '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>'
    path = save_parts(tmp_path / "r.xlsx", ROWS + far)
    assert len(kept(read_one(path))) == 1


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
    ],
)
@pytest.mark.parametrize("part", ["sheet", "xl/workbook.xml", "xl/sharedStrings.xml"])
def test_xml_with_entities_is_refused(tmp_path, head, part) -> None:
    more = {} if part == "sheet" else {part: f"{head}<workbook/>"}
    shared = ROWS.replace("<c ", '<c t="s"><v>0</v></c><c ', 1) if "Strings" in part else ROWS
    path = save_parts(tmp_path / "r.xlsx", shared, head=head if part == "sheet" else "", more=more)
    said = refused(path)
    assert said == (
        "holds XML that no spreadsheet program writes (a document type or entities); it is not "
        "read."
    )


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/styles.xml"])
def test_a_workbook_that_unpacks_without_end_is_stopped(tmp_path, monkeypatch, part) -> None:
    monkeypatch.setattr(archives, "HARMLESS_BYTES", 100_000)
    more = {part: b"<worksheet>" + b" " * 1_000_000 + b"</worksheet>"}
    path = save_parts(tmp_path / "r.xlsx", ROWS, more=more)
    assert "unpacks to more than 200 times its size" in refused(path)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"xl/worksheets/sheet1.xml": "<worksheet><sheetData>"}, "the Excel workbook is damaged"),
        ({"xl/workbook.xml": "<html/>"}, "the Excel workbook is damaged"),
        ({"xl/_rels/workbook.xml.rels": "<Relationships/>"}, "no sheet that can be seen"),
        ({"mimetype": "application/vnd.oasis"}, ""),
    ],
)
def test_a_workbook_that_is_not_whole(tmp_path, more, sentence) -> None:
    path = save_parts(tmp_path / "r.xlsx", ROWS, more=more)
    if sentence:
        assert sentence in refused(path)
    else:
        assert len(kept(read_one(path))) == 1


def test_a_document_that_is_no_workbook(tmp_path) -> None:
    content = zipped(("mimetype", "application/vnd.oasis.opendocument.spreadsheet"))
    assert "the Excel workbook is damaged" in refused(save(tmp_path / "r.ods", content))
    content = zipped(
        ("[Content_Types].xml", "<Types/>"),
        (
            "_rels/.rels",
            '<Relationships><Relationship Id="a" Type="x/officeDocument" Target="xl/workbook.bin"/>'
            "</Relationships>",
        ),
    )
    assert "is a binary Excel workbook; save it as .xlsx or CSV" in refused(
        save(tmp_path / "r.xlsb", content)
    )


def test_an_old_workbook_that_is_damaged_or_locked(tmp_path) -> None:
    old = (Path(__file__).parents[1] / "fixtures" / "exports" / "old.xls").read_bytes()
    said = refused(save(tmp_path / "cut.xls", old[:3000]))
    assert "old Excel workbook is damaged" in said or "wants a password" in said
    assert "wants a password or is no workbook" in refused(
        save(tmp_path / "locked.xls", old.replace("Workbook".encode("utf-16-le"), b"E" * 16))
    )


# --- links, devices, changes ----------------------------------------------------------------------


def test_a_pattern_does_not_follow_links(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    save(tmp_path / "elsewhere.csv", TEXT)
    Path("inbox/deep").mkdir(parents=True)
    save(Path("inbox/a.csv"), TEXT)
    Path("inbox/b.csv").symlink_to(tmp_path / "elsewhere.csv")
    with pytest.raises(SourceError) as caught:
        find_files(["inbox/*.csv"])
    assert str(caught.value) == (
        "inbox/b.csv is a symbolic link or lies behind one, which a pattern does not follow: name "
        "the file by itself, or put a copy there."
    )
    assert find_files(["inbox/a.csv", "inbox/b.csv"]) == [Path("inbox/a.csv"), Path("inbox/b.csv")]
    Path("inbox/b.csv").unlink()
    Path("inbox/deep/out").symlink_to(tmp_path)
    with pytest.raises(SourceError, match="lies behind one"):
        find_files(["inbox/**/*.csv"])


def test_a_folder_that_is_itself_a_link_may_hold_the_exports(tmp_path) -> None:
    (tmp_path / "real").mkdir()
    save(tmp_path / "real" / "a.csv", TEXT)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert find_files([str(tmp_path / "link" / "*.csv")]) == [tmp_path / "link" / "a.csv"]


def test_pipes_and_devices_are_no_exports(tmp_path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    for name in (str(tmp_path / "pipe.csv"), str(tmp_path / "*.csv"), "/dev/zero"):
        with pytest.raises(SourceError, match="is no ordinary file; give the export as a file"):
            find_files([name])
    with pytest.raises(SourceError, match="is no ordinary file"):
        check_files([tmp_path / "pipe.csv"], "reports", Site())


@pytest.mark.parametrize("change", ["grown", "touched", "replaced"])
def test_a_file_that_changes_while_it_is_read_is_told(tmp_path, change) -> None:
    rows = [report(report_id=f"R{number}") for number in range(50)]
    path = save(tmp_path / "r.csv", csv_text([names_of("reports"), *rows]))
    batches = read_batches([path], "reports", Site(), batch_rows=10)
    next(batches)
    if change == "grown":
        with path.open("a") as file:
            file.write(csv_text([report(report_id="R99")]))
    elif change == "touched":
        os.utime(path, ns=(1, 1))
    else:
        save(tmp_path / "other", path.read_bytes()).replace(path)
    with pytest.raises(SourceError) as caught:
        list(batches)
    assert str(caught.value) == (
        f"{path}: changed while it was being read; run again when its export is complete."
    )
