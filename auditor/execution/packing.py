"""Chunks, and what they were read into, as bytes that Spark carries between processes."""

from __future__ import annotations

import pickle
from collections.abc import Sequence

import pyarrow as pa

from auditor.errors import AuditError
from auditor.execution.chunks import Chunk, ReadRows

# Fast, and about a tenth of the size.
_CODEC = "zstd"
_SIZE_BYTES = 8


def pack_chunk(chunk: Chunk) -> bytes:
    """A chunk as bytes; of a slice only its own rows."""
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression=_CODEC)
    with pa.ipc.new_stream(sink, chunk.rows.schema, options=options) as writer:
        writer.write_batch(chunk.rows)
    rows = sink.getvalue().to_pybytes()
    return pickle.dumps((chunk.table, chunk.file, rows, chunk.set_aside))


def unpack_chunk(body: bytes) -> Chunk | AuditError:
    """The chunk that was packed, or the error that was packed instead of one."""
    content = pickle.loads(body)  # noqa: S301 - written by this program a moment ago
    if isinstance(content, AuditError):
        return content
    table, file, rows, set_aside = content
    with pa.ipc.open_stream(rows) as reader:
        # A chunk without rows is one batch without rows.
        return Chunk(table, file, reader.read_next_batch(), set_aside)


def pack_error(error: AuditError) -> bytes:
    """An error as bytes, in place of a chunk."""
    return pickle.dumps(error)


def pack_read(read: Sequence[ReadRows] | AuditError) -> bytes:
    """What a chunk was read into as bytes, or an error in place of it."""
    plain = pickle.dumps(read, protocol=pickle.HIGHEST_PROTOCOL)
    packed = pa.compress(plain, codec=_CODEC, asbytes=True)
    return len(plain).to_bytes(_SIZE_BYTES, "little") + packed


def unpack_read(body: bytes) -> Sequence[ReadRows]:
    """What was packed.

    Raises:
        AuditError: That was packed instead.
    """
    size = int.from_bytes(body[:_SIZE_BYTES], "little")
    plain = pa.decompress(body[_SIZE_BYTES:], size, codec=_CODEC, asbytes=True)
    read = pickle.loads(plain)  # noqa: S301 - written by this program a moment ago
    if isinstance(read, AuditError):
        raise read
    return read
