"""Rules of the house as tests: what a reader may rely on without looking."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.checks import run_checks
from django.template import Context, Origin, Template, engines
from django.urls import reverse

from skma_qualification.checks import every_page_names_its_permission, is_public, patterns

ROOT = Path(settings.BASE_DIR)
FLOORS = (
    "interface",
    "workflow",
    "staff",
    "training_plans",
    "internships",
    "reports",
    "skma_qualification",
)


def sources(*parts: str) -> Iterator[Path]:
    """Python files of the floors, migrations left out; of folders named ``parts`` if given."""
    for floor in FLOORS:
        for path in sorted((ROOT / floor).rglob("*.py")):
            inside = path.relative_to(ROOT).parts
            if "migrations" not in inside and (not parts or set(parts) & set(inside)):
                yield path


def templates() -> Iterator[Path]:
    yield from sorted((ROOT / "templates").rglob("*.html"))
    for floor in FLOORS:
        yield from sorted((ROOT / floor / "templates").rglob("*.html"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


# --- pages --------------------------------------------------------------------------------------
PUBLIC = {
    "login",
    "password_reset",
    "password_reset_done",
    "password_reset_confirm",
    "set_language",
    "favicon",
    "health_live",
    "health_ready",
    "verification",
}


def test_every_page_names_its_permission_or_is_public_on_purpose():
    assert every_page_names_its_permission(None) == []
    assert {pattern.name for pattern in patterns() if is_public(pattern)} == PUBLIC


def test_every_address_has_a_name_of_its_own():
    names = [pattern.name for pattern in patterns()]
    assert None not in names
    assert len(names) == len(set(names))


def test_the_systems_own_checks_find_nothing():
    assert run_checks() == []


@pytest.mark.django_db
def test_who_is_not_signed_in_is_led_to_the_sign_in_page(client):
    response = client.get(reverse("home"))
    assert (response.status_code, response["Location"]) == (302, f"{reverse('login')}?next=/")


# --- files --------------------------------------------------------------------------------------
NAMELESS = {"utils", "util", "helpers", "common", "misc", "services", "selectors"}


def test_files_are_named_after_what_the_academy_calls_the_thing():
    found = [name_of(p) for p in sources() if NAMELESS & {*p.relative_to(ROOT).parts, p.stem}]
    assert found == []


def test_domain_and_workflow_modules_say_what_they_are_for():
    silent = [
        name_of(path)
        for path in sources("domain", "workflow")
        if path.stat().st_size
        and path.name not in {"__init__.py", "apps.py"}
        and ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) is None
    ]
    assert silent == []


def public_functions(path: Path) -> Iterator[ast.FunctionDef]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node


# Calculations and readers of cells; the verbs, which change something, are all elsewhere.
CALCULATIONS = {"standing.py", "standings.py", "workbooks.py"}


def test_verbs_take_their_arguments_by_name():
    crowded = [
        f"{name_of(path)}:{function.name}"
        for path in sources("domain")
        if path.name not in CALCULATIONS
        for function in public_functions(path)
        if len(function.args.posonlyargs + function.args.args) > 2
    ]
    assert crowded == []


CLOCK = {"today", "localdate"}


def test_the_domain_is_told_the_day_and_never_asks_the_clock():
    asking = [
        f"{name_of(path)}:{node.lineno}"
        for path in sources("domain")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Attribute) and node.func.attr in CLOCK)
            or (isinstance(node.func, ast.Name) and node.func.id in CLOCK)
        )
    ]
    assert asking == []


def test_the_domain_knows_no_request_and_no_template():
    words = re.compile(r"^\s*(?:from|import) django\.(?:http|shortcuts|template|views)", re.M)
    knowing = [
        name_of(path)
        for path in sources("domain")
        if words.search(path.read_text(encoding="utf-8"))
    ]
    assert knowing == []


# --- models -------------------------------------------------------------------------------------
# Rows the program writes about itself, or that follow from others: nobody types them.
WITHOUT_HISTORY = {
    "workflow.StoredFile",
    "workflow.JobRun",
    "workflow.OutgoingMail",
    "staff.ImportRun",
    "staff.ImportEntry",
    "staff.Standing",
    "staff.PastDay",
    # Written once and never changed.
    "workflow.Decision",
    "workflow.NumberRegister",
    "workflow.IssuedPaper",
    "workflow.RenderedPaper",
    "training_plans.PlanVersion",
    "training_plans.ApplicationGroup",
    # Each change of a step is a decision, which says who, when and why.
    "training_plans.RouteStep",
}


def test_everything_a_person_can_change_keeps_its_history():
    without = {
        model._meta.label
        for floor in FLOORS
        for model in apps.get_app_config(floor).get_models()
        if not hasattr(model, "history") and not model.__name__.startswith("Historical")
    }
    assert without == WITHOUT_HISTORY


# --- templates ----------------------------------------------------------------------------------
INLINE = re.compile(
    r"""<script(?![^>]*\bsrc=)[^>]*>|\sstyle\s*=\s*["']|\son[a-z]+\s*=\s*["']|<style\b""", re.I
)


def test_pages_hold_no_script_or_style_of_their_own():
    """The content security policy would refuse them; letters are no pages."""
    found = [
        f"{name_of(path)}: {match.group()}"
        for path in templates()
        if "emails" not in path.parts
        for match in INLINE.finditer(path.read_text(encoding="utf-8"))
        if 'type="application/json"' not in match.group()
    ]
    assert found == []


def test_blocks_of_text_are_trimmed():
    """Untrimmed ones put line breaks and indentation into the catalogue."""
    found = [
        name_of(path)
        for path in templates()
        if re.search(r"{%\s*blocktrans(?:late)?\b(?![^%]*\btrimmed\b)", path.read_text("utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize("text", ["{{ nobody }}", "{{ person.nothing }}"])
def test_an_undefined_variable_in_our_own_templates_fails_the_tests(text):
    ours = Origin(name=str(ROOT / "templates" / "page.html"))
    library = Origin(name=str(ROOT / ".venv" / "lib" / "page.html"))
    engine = engines["django"].engine
    context = Context({"person": object()})
    with pytest.raises(pytest.fail.Exception, match="is not defined"):
        Template(text, origin=ours, engine=engine).render(context)
    assert Template(text, origin=library, engine=engine).render(context) == ""
    guarded = "{% if nobody %}x{% endif %}{% for x in nothing %}x{% endfor %}"
    assert Template(guarded, origin=ours, engine=engine).render(context) == ""


# --- what is tracked ----------------------------------------------------------------------------
def tracked() -> list[Path]:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    command = ["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True)
    return [path for line in listed.stdout.splitlines() if (path := ROOT / line).is_file()]


# Put together here, so that this file does not hold them.
MACHINE = re.compile("|".join(f"/{name}/" for name in ("work", "farm", "tmp/studio", "root")))


def test_no_path_of_somebodys_machine_is_in_the_project():
    found = []
    for path in tracked():
        content = path.read_bytes()
        if b"\x00" in content[:8000]:
            continue
        if MACHINE.search(content.decode("utf-8", errors="replace")):
            found.append(name_of(path))
    assert found == []


def test_nothing_made_by_running_is_tracked():
    made = re.compile(
        r"(^|/)(var|__pycache__|\.venv|node_modules|staticfiles)/|\.(sqlite3|mo|pyc)$"
    )
    assert [name_of(path) for path in tracked() if made.search(name_of(path))] == []


# --- tests --------------------------------------------------------------------------------------
def test_tests_do_not_mock():
    mocking = [
        name_of(path)
        for path in sorted((ROOT / "tests").rglob("*.py"))
        if re.search(r"^\s*(?:from unittest|import unittest)", path.read_text("utf-8"), re.M)
    ]
    assert mocking == []
