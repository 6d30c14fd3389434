"""One file or several that belong together: a file, a folder, or a zip unpacked within limits."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from .rows import Unreadable

MOST_FILES = 50_000
MOST_BYTES = 4 * 1024**3
MOST_RATIO = 200  # text packs 5 to 30 times; only a bomb packs more than this
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a bundle; `name` is its path inside, with forward slashes."""

    name: str
    path: Path

    @property
    def ending(self) -> str:
        return Path(self.name.lower().removesuffix(".gz")).suffix


@dataclass(frozen=True, slots=True)
class Bundle:
    parts: tuple[Part, ...]

    @classmethod
    def of(cls, path: Path) -> Bundle:
        """A file as a bundle of one; a folder with everything in it that is no hidden file."""
        if not path.is_dir():
            return cls((Part(path.name, path),))
        found = [Part(p.relative_to(path).as_posix(), p) for p in sorted(path.rglob("*")) if p.is_file()]
        return cls(tuple(p for p in found if _wanted(p.name)))

    @property
    def first(self) -> Part:
        if not self.parts:
            raise Unreadable("There is no file in it.")
        return self.parts[0]

    def ending(self, *endings: str) -> Iterator[Part]:
        yield from (p for p in self.parts if p.ending in endings)


def _wanted(name: str) -> bool:
    parts = [p for p in PurePosixPath(name.replace("\\", "/")).parts if p not in ("..", ".")]
    return not any(part.startswith(".") or part == "__MACOSX" for part in parts)


def is_zip(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")


def unpack(path: Path, folder: Path) -> Path:
    """Everything in a zip, written under `folder`. Raises Unreadable, with nothing left, for what is no plain zip
    or would grow beyond all measure; the sizes are counted while writing, never believed."""
    try:
        with zipfile.ZipFile(path) as packed:
            _write(packed, path.stat().st_size, folder)
    except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, RuntimeError, ValueError) as e:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(e, Unreadable):
            raise
        raise Unreadable(f"The zip cannot be unpacked ({e}).") from None
    return folder


def _write(packed: zipfile.ZipFile, size: int, folder: Path) -> None:
    entries = [i for i in packed.infolist() if not i.is_dir() and _wanted(i.filename)]
    if any(i.filename == "[Content_Types].xml" for i in entries):
        raise Unreadable("This is an office document. Save the sheet as CSV (UTF-8) and bring that in.")
    if len(entries) > MOST_FILES:
        raise Unreadable(f"The zip holds {len(entries):,} files; {MOST_FILES:,} at most.")
    if not entries:
        raise Unreadable("There is no file in the zip.")
    folder.mkdir(parents=True)
    most = min(MOST_BYTES, max(size * MOST_RATIO, 50 * 1024**2))
    written = 0
    for entry in entries:
        parts = [p for p in PurePosixPath(entry.filename.replace("\\", "/")).parts if p not in ("/", "..", ".")]
        if not parts or entry.flag_bits & 1:
            raise Unreadable("The zip is locked with a password. Unpack it and zip the files again.")
        target = folder.joinpath(*(p[:120].replace(":", "_") for p in parts[-4:]))
        target.parent.mkdir(parents=True, exist_ok=True)
        with packed.open(entry) as source, target.open("xb") as out:
            while chunk := source.read(CHUNK):
                written += len(chunk)
                if written > most:
                    raise Unreadable("The zip unpacks to far more than it should hold: it is not read.")
                out.write(chunk)


def together(paths: list[tuple[str, Path]], folder: Path) -> Path:
    """Several files moved into one folder under names of their own; zips among them are unpacked."""
    folder.mkdir(parents=True)
    for number, (name, path) in enumerate(paths, 1):
        target = folder / Path(name.replace("\\", "/")).name[-150:].lstrip(".")
        if target.exists() or target == folder:
            target = folder / f"{number}-{target.name}"
        shutil.move(path, target)
        if is_zip(target):
            unpack(target, folder / f"{number}-{target.stem}")
            target.unlink()
    return folder
