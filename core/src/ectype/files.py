"""Files that are replaced whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def write_atomically(target: Path, content: bytes) -> None:
    """Replace a file so that a reader, or a crash, sees the old or the new content and nothing between.

    An existing file keeps its mode, a link stays a link, and a write that fails leaves nothing behind.

    Raises:
        OSError: the folder is absent, or the file cannot be written.
    """
    target = target.resolve()
    temporary = target.with_name(f".{target.name}.{os.urandom(8).hex()}.tmp")
    try:
        with temporary.open("xb") as file:
            if target.exists():
                temporary.chmod(stat.S_IMODE(target.stat().st_mode))
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
