"""A PostgreSQL server of the tests' own, reached by a socket in its folder alone."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path
from tempfile import mkdtemp

DEBIAN = Path("/usr/lib/postgresql")

PROGRAMS = ("initdb", "pg_ctl", "psql")

# PostgreSQL does not run as root.
UNPRIVILEGED = "postgres"

# A test's data need not survive a power cut.
CONFIGURATION = "listen_addresses=''\nfsync=off\nsynchronous_commit=off\nfull_page_writes=off\n"


def find_postgres() -> Path | None:
    """Return the folder of the server's programs, or None where they could not be run."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(DEBIAN.glob("*/bin"), reverse=True)
    found = next((f for f in folders if all((f / program).exists() for program in PROGRAMS)), None)
    return found if os.geteuid() != 0 or _exists(UNPRIVILEGED) else None


def _exists(user: str) -> bool:
    return any(entry.pw_name == user for entry in pwd.getpwall())


class PostgresServer:
    """
    One server whose files and socket lie in a folder of its own.

    Not in pytest's: that one is closed to the user that the server runs as.
    """

    def __init__(self, binaries: Path) -> None:
        self._binaries = binaries
        self._folder = Path(mkdtemp(prefix="triage-postgres-"))
        self._data = self._folder / "data"

    def start(self) -> None:
        """Make the database cluster and return when it answers."""
        if os.geteuid() == 0:
            shutil.chown(self._folder, UNPRIVILEGED)
        self._run("initdb", "-D", self._data, "-U", "test", "-A", "trust", "-E", "UTF8", "-N")
        with (self._data / "postgresql.conf").open("a") as file:
            file.write(f"unix_socket_directories='{self._folder}'\n{CONFIGURATION}")
        self._run("pg_ctl", "-D", self._data, "-l", self._folder / "log", "-w", "start")

    def stop(self) -> None:
        """End the server and leave nothing of it."""
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(self._folder)

    def emptied(self) -> str:
        """Empty the database and return its URL."""
        to_it = ("-h", self._folder, "-U", "test", "-d", "postgres", "-q")
        self._run("psql", *to_it, "-c", "DROP SCHEMA public CASCADE", "-c", "CREATE SCHEMA public")
        return f"postgresql+asyncpg://test@/postgres?host={self._folder}"

    def _run(self, program: str, *arguments: str | Path) -> None:
        command = [str(self._binaries / program), *map(str, arguments)]
        if os.geteuid() == 0:
            command = ["runuser", "-u", UNPRIVILEGED, "--", *command]
        # A server that is left running must not hold this process's pipes open.
        with (self._folder / "output").open("ab") as output:
            done = subprocess.run(command, stdout=output, stderr=output, cwd="/", check=False)
        if done.returncode != 0:
            raise RuntimeError((self._folder / "output").read_text(errors="replace")[-2000:])
