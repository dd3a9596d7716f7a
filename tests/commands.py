"""Runs a management command as a shell would: its exit code and what it printed."""

from __future__ import annotations

import io
from typing import Any, NamedTuple

from django.core.management import CommandError, call_command
from django.utils import translation


class Answer(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def rows_with_errors(self) -> list[int]:
        """Numbers of the rows an import named as wrong, as Excel shows them."""
        return [
            int(line.split(",")[0].removeprefix("row "))
            for line in self.out.splitlines()
            if line.startswith("row ") and ": error: " in line
        ]


def run(*arguments: Any) -> Answer:
    """``run("import_staff", path, "--dry-run")``, in English."""
    name, *rest = [str(argument) for argument in arguments]
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with translation.override("en"):
        try:
            call_command(name, *rest, stdout=out, stderr=err)
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        except CommandError as error:
            code = error.returncode
            err.write(str(error))
    return Answer(code, out.getvalue(), err.getvalue())
