"""The times promised, measured: ``bench [--people N] [--records N] [--rounds N]``.

Works in databases of its own: files in a temporary folder and, where ``BENCH_DATABASE_URL`` names
a PostgreSQL server, databases created and dropped there. Every step is a process of its own, so
its memory is its own too.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from argparse import SUPPRESS, ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from skma_qualification.demo import crowd, crowd_cases, measures
from workflow.calendar import today

PARTS = ["standings", "person", "pages", "planning", "cases", "import"]
FEW = 1_000
# Who is planned for; a tenth of the lines shows whether a page asks more where there is more.
PLANNED = 1_500
LINES = 800
CASES = 500
MADE = "SKMA_BENCH_DATABASE"


class Command(BaseCommand):
    help = "Measures the promised times in databases made for it and prints a table."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--people", type=int, default=100_000, metavar="N")
        parser.add_argument("--records", type=int, default=500_000, metavar="N")
        parser.add_argument("--rounds", type=int, default=5, metavar="N")
        parser.add_argument("--lines", type=int, default=LINES, metavar="N")
        parser.add_argument("--cases", type=int, default=CASES, metavar="N")
        parser.add_argument("--import-rows", type=int, default=measures.IMPORTED, metavar="N")
        parser.add_argument("--only", nargs="+", choices=PARTS, metavar="PART")
        parser.add_argument("--inside", help=SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["inside"]:
            self.stdout.write(json.dumps(self._step(options["inside"], options)))
            return
        # Stopped from outside, it still drops the databases it made.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        self._parts = options["only"] or PARTS
        self._measure("SQLite", sqlite_databases, options)
        server = os.environ.get("BENCH_DATABASE_URL", "")
        if server:
            self._measure("PostgreSQL", partial(postgresql_databases, server), options)

    # --- inside: one step -----------------------------------------------------------------

    def _step(self, step: str, options: dict[str, Any]) -> Any:
        if not os.environ.get(MADE) or os.environ[MADE] != os.environ.get("DATABASE_URL"):
            raise CommandError("A step of the bench runs in a database the bench has made.")
        settings.DEBUG = False
        settings.WHITENOISE_AUTOREFRESH = False
        on, rounds = today(), options["rounds"]
        if step == "build":
            call_command("migrate", verbosity=0)
            crowd.build(people=options["people"], records=options["records"], on=on)
            crowd.settle()
            return None
        if step == "plan":
            crowd.plan(lines=options["lines"], on=on)
            crowd.settle()
            return None
        if step == "cases":
            fates = crowd_cases.pour_cases(cases=options["cases"], on=on)
            crowd.settle()
            return measures.case_pages(on=on, rounds=rounds, fates=fates)
        if step == "first_fill":
            found = measures.first_fill(on=on, rounds=rounds)
            crowd.settle()
            return found
        if step == "nothing_changed":
            return measures.nothing_changed(on=on, rounds=rounds)
        if step == "one_person":
            return measures.one_person(on=on, rounds=rounds)
        if step == "pages":
            return measures.pages(on=on, rounds=rounds)
        if step == "planning_pages":
            return measures.planning_pages(on=on, rounds=rounds)
        if step == "plan_paper":
            return measures.plan_paper()
        return measures.excel_import(on=on, rounds=rounds, count=options["import_rows"])

    # --- outside: the table ---------------------------------------------------------------

    def _run(self, step: str, url: str, folder: str, **options: Any) -> Any:
        """Another process of this command with ``url`` as its database; what it measured."""
        command = [sys.executable, sys.argv[0], "bench", "--inside", step]
        for name, value in options.items():
            command += [f"--{name.replace('_', '-')}", str(value)]
        environment = os.environ | {
            "DATABASE_URL": url,
            MADE: url,
            "REDIS_URL": "",
            "VAR_ROOT": folder,
            "MEDIA_ROOT": f"{folder}/media",
            "DJANGO_DEBUG": "1",
            "DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE,
            "ALLOWED_HOSTS": "testserver",
        }
        self.stderr.write(f"… {step}")
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=False)  # noqa: S603
        if done.returncode:
            self.stdout.write(f"  {step}: could not be measured (exit code {done.returncode})")
            return None
        return json.loads(done.stdout.splitlines()[-1])

    def _measure(self, title: str, databases: Callable[[], Any], options: dict[str, Any]) -> None:
        people, records, rounds = options["people"], options["records"], options["rounds"]
        with databases() as (large, small, folder):
            self.stdout.write(f"\n{title}: {people:,} people, {records:,} records, {rounds} rounds")
            if {"standings", "pages", "person"} & set(self._parts):
                self._run("build", large, folder, people=people, records=records)
                fill = self._run("first_fill", large, folder, rounds=min(rounds, 3))
            if "standings" in self._parts:
                self._standings(fill, self._run("nothing_changed", large, folder, rounds=rounds))
            if "pages" in self._parts:
                self._pages(self._run("pages", large, folder, rounds=rounds))
            if {"person", "import"} & set(self._parts):
                self._run("build", small, folder, people=FEW, records=5 * FEW)
                self._run("first_fill", small, folder, rounds=1)
            if "person" in self._parts:
                few = self._run("one_person", small, folder, rounds=rounds)
                self._person(few, self._run("one_person", large, folder, rounds=rounds), people)
            if "import" in self._parts:
                rows = options["import_rows"]
                self._import(self._run("import", small, folder, rounds=rounds, import_rows=rows))
        if "planning" in self._parts:
            self._plan(databases(), options["lines"], rounds)
        if "cases" in self._parts:
            self._cases(databases(), options["cases"], rounds)

    def _plan(self, databases: Any, lines: int, rounds: int) -> None:
        with databases as (large, small, folder):
            for url, count in ((large, lines), (small, lines // 10)):
                self._run("build", url, folder, people=PLANNED, records=5 * PLANNED)
                self._run("first_fill", url, folder, rounds=1)
                self._run("plan", url, folder, lines=count)
            few = self._run("planning_pages", small, folder, rounds=1)
            many = self._run("planning_pages", large, folder, rounds=rounds)
            self._planning(lines, few, many)
            self._paper(self._run("plan_paper", large, folder))

    def _cases(self, databases: Any, cases: int, rounds: int) -> None:
        """The pages of the case among ``cases`` in flight, and among a tenth as many."""
        measured = []
        with databases as (large, small, folder):
            for url, count, times in ((small, cases // 10, 1), (large, cases, rounds)):
                self._run("build", url, folder, people=PLANNED, records=5 * PLANNED)
                self._run("first_fill", url, folder, rounds=1)
                self._run("plan", url, folder, lines=LINES)
                measured.append(self._run("cases", url, folder, cases=count, rounds=times))
        few, many = measured
        for less, more in zip(few or [], many or [], strict=True):
            self._grown(f"page {more['page']}, {cases} cases", less, more)

    def _grown(self, what: str, less: dict[str, Any], more: dict[str, Any]) -> None:
        """A page among few and among many: quick, and no query more."""
        good = more["status"] == less["status"] == 200
        self._line(
            what,
            f"{more['ms']:.0f} ms" if good else f"HTTP {more['status']}",
            f"CPU {more['processor_ms']:.0f}; {less['queries']} → {more['queries']} queries",
            "300 ms, same",
            good and more["ms"] <= 300 and more["queries"] == less["queries"],
        )

    def _line(self, what: str, value: str, than: str, limit: str, good: bool) -> None:
        verdict = "ok" if good else "OVER"
        self.stdout.write(f"  {what:<46} {value:>12} {than:>26}  {limit:<14} {verdict}")

    def _ratio(self, what: str, found: dict[str, Any], bare: str, limit: float) -> None:
        ratio = found["seconds"] / found["bare"]
        self._line(
            what,
            f"{found['seconds']:.2f} s",
            f"{bare} {found['bare']:.2f} s: {ratio:.2f}×",
            f"at most {limit:g}×",
            ratio <= limit,
        )

    def _standings(self, fill: dict[str, Any], same: dict[str, Any]) -> None:
        if not fill or not same:
            return
        self.stdout.write(
            f"\nThe bare query ({same['decisive']} decisive records):\n{same['sql']}\n"
        )
        self._ratio("everybody's standing, nothing changed", same, "bare SQL", 3)
        self._ratio(f"first fill of {fill['standings']:,} standings", fill, "bare SQL", 10)
        for what, found in (("nothing changed", same), ("first fill", fill)):
            memory = found["memory"]
            self._line(f"memory, {what}", f"{memory:.0f} MB", "", "under 500 MB", memory < 500)
        self._line("a past day, computed when asked", f"{same['past_day']:.2f} s", "", "", True)
        agreed = same["decisive"] == same["stored_decisive"]
        self._line(
            "decisive records found by both", f"{same['stored_decisive']:,}", "", "equal", agreed
        )

    def _pages(self, pages: list[dict[str, Any]]) -> None:
        for page in pages or []:
            if page["status"] != 200:
                self._line(f"page {page['page']}", f"HTTP {page['status']}", "", "200", False)
                continue
            self._line(
                f"page {page['page']}",
                f"{page['ms']:.0f} ms",
                f"{page['queries']} queries",
                "300 ms, 15",
                page["ms"] <= 300 and page["queries"] <= 15,
            )

    def _planning(self, lines: int, few: list[dict[str, Any]], many: list[dict[str, Any]]) -> None:
        for less, more in zip(few or [], many or [], strict=True):
            self._grown(f"page {more['page']}, {lines} lines", less, more)

    def _paper(self, found: dict[str, Any]) -> None:
        if found:
            self._line(
                f"PDF of {found['lines']} lines, of the processor",
                f"{found['seconds']:.1f} s",
                f"{found['memory']:.0f} MB",
                "10 s, 500 MB",
                found["seconds"] <= 10 and found["memory"] < 500,
            )

    def _person(self, few: dict[str, Any], many: dict[str, Any], people: int) -> None:
        if not few or not many:
            return
        for count, found in ((FEW, few), (people, many)):
            self._line(
                f"one person among {count:,}, time in the database",
                f"{found['database_ms']:.2f} ms",
                f"{found['queries']:.0f} queries, {found['whole_ms']:.1f} ms in all",
                "under 10 ms",
                found["database_ms"] < 10 and found["queries"] == few["queries"],
            )

    def _import(self, found: dict[str, Any]) -> None:
        if found:
            self._ratio(f"import of {found['people']:,} people from Excel", found, "bare", 2)


@contextmanager
def _folder() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="skma-bench-") as folder:
        (Path(folder) / "static").mkdir()
        yield folder


@contextmanager
def sqlite_databases() -> Iterator[tuple[str, str, str]]:
    """Addresses of two databases, and a folder for whatever else is written."""
    with _folder() as folder:
        yield f"sqlite:///{folder}/large.sqlite3", f"sqlite:///{folder}/small.sqlite3", folder


@contextmanager
def postgresql_databases(server: str) -> Iterator[tuple[str, str, str]]:
    """Two databases made on ``server`` and dropped afterwards."""
    import psycopg2

    names = [f"skma_bench_{os.getpid()}_{size}" for size in ("large", "small")]
    made = psycopg2.connect(server)
    made.autocommit = True
    cursor = made.cursor()
    with _folder() as folder:
        try:
            for name in names:
                cursor.execute(f"CREATE DATABASE {name}")
            large, small = (urlsplit(server)._replace(path=f"/{name}").geturl() for name in names)
            yield large, small, folder
        finally:
            for name in names:
                cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            made.close()
