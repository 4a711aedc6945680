"""Files that are replaced whole or not at all."""

from __future__ import annotations

import os
import shutil
import uuid
from pathlib import Path


def write_atomically(target: Path, content: bytes) -> None:
    """Replace a file so that a reader, or a crash, sees the old or the new content and nothing between.

    An existing file keeps its mode, a link stays a link, and a write that fails leaves nothing behind.

    Raises:
        OSError: the folder is absent, or the file cannot be written.
    """
    target = target.resolve()
    temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex}.tmp")
    try:
        with temporary.open("xb") as file:
            if target.exists():
                shutil.copymode(target, temporary)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
