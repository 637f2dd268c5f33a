"""A small file system to be filled: a tmpfs, where mounting is allowed."""

import contextlib
import shutil
import subprocess

SIZE_MB = 96


@contextlib.contextmanager
def quota(folder):
    """Its path, or None where this process may not mount. What is there in the end stays in the folder."""
    folder.mkdir(parents=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", folder], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
    try:
        yield folder if mounted else None
    finally:
        if mounted:
            kept = folder.with_name(f"{folder.name}-kept")
            shutil.copytree(folder, kept)
            subprocess.run(["umount", "-l", folder], check=True)
            folder.rmdir()
            kept.rename(folder)
