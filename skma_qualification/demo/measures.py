"""What ``bench`` measures, each against what it is compared with, in one run on the same data."""

from __future__ import annotations

import datetime as dt
import io
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Count
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse
from openpyxl import Workbook
from python_calamine import CalamineWorkbook
from simple_history.utils import bulk_create_with_history

from reports.documents.kinds import kind_of
from reports.documents.rendering import html_of, pdf_of
from staff.domain.standings import norms, past_day, restate, restate_everybody
from staff.models import PastDay, Person, Post, Provider, Standing, TrainingRecord, Unit, User
from training_plans.models import (
    Contract,
    Evidence,
    Order,
    OrderLine,
    Request,
    TraineeReport,
    TrainingApplication,
)
from workflow.calendar import DAY
from workflow.models import IssuedPaper

from .crowd_cases import FATES
from .names import invent_name, synthetic_iin

PAGES = [
    *("home", "compliance", "compliance_list", "compliance_units", "proposals"),
    *("person_list", "record_list", "unit_list", "import_list", "accounts", "invite"),
    *("planning", "course_list", "event_list"),
]
# What the planning year shows: the year meant is the coming one.
PLANNING_PAGES = [
    *("planning_year", "needs", "needs_list", "request_list", "plan", "plan_waiting"),
    *("plan_coverage", "plan_load", "plan_money", "plan_checks", "plan_forecast"),
]
IMPORTED = 10_000


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def memory_mb() -> float:
    """The most memory this process has had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# --- everybody's standing -----------------------------------------------------------------------


def bare_query(on: dt.date) -> str:
    """The decisive record of every person under every norm, straight in SQL.

    Without what the product adds: leaves, runs of posts, the residual norm's exceptions, due
    dates, comparison with what is stored.
    """
    lines = []
    for norm in norms():
        categories = sorted(norm.categories) or ["administrative", "researcher"]
        leaders = "AND is_leader" if norm.leaders_only else "AND NOT is_leader"
        quoted = ", ".join(f"'{category}'" for category in categories)
        areas = ", ".join(f"'{area}'" for area in sorted(norm.areas))
        lines.append(
            f"SELECT r.person_id, {norm.key} AS requirement_id, r.id, r.ends_on, r.hours,\n"  # noqa: S608  # nosec B608
            f"         {max(norm.centihours / 100, 0.1)} AS norm\n"
            "    FROM staff_trainingrecord r JOIN (\n"
            "         SELECT DISTINCT person_id FROM staff_post\n"
            f"          WHERE starts_on <= '{on}' AND (ends_on IS NULL OR ends_on >= '{on}')\n"
            f"            AND category IN ({quoted})"
            f" {leaders if norm.leaders_only or norm.residual else ''}\n"
            "         ) held ON held.person_id = r.person_id\n"
            f"   WHERE r.state = 'verified' AND r.ends_on <= '{on}'"
            f" {f'AND r.area IN ({areas})' if areas else ''}"
        )
    ledger = "\n  UNION ALL\n  ".join(lines)
    return (
        "SELECT person_id, requirement_id, id, ends_on FROM (\n"  # noqa: S608  # nosec B608
        "  SELECT person_id, requirement_id, id, ends_on, hours, norm,\n"
        "         SUM(hours) OVER (PARTITION BY requirement_id, person_id\n"
        "                          ORDER BY ends_on DESC, id DESC\n"
        "                          ROWS UNBOUNDED PRECEDING) AS gathered\n"
        f"  FROM (\n  {ledger}\n  ) AS ledger\n"
        ") AS walk\n"
        "WHERE gathered >= norm AND gathered - hours < norm"
    )


def _run_bare(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return len(cursor.fetchall())


def first_fill(*, on: dt.date, rounds: int) -> dict[str, Any]:
    """Standings of everybody into an empty table, against the bare query."""
    sql, times = bare_query(on), []
    for place in range(rounds):
        Standing.objects.all()._raw_delete("default")
        times.append(seconds(lambda: restate_everybody(on=on)))
        if place == 0:
            peak = memory_mb()
    bare = [seconds(lambda: _run_bare(sql)) for _ in range(rounds)]
    return {
        "seconds": statistics.median(times),
        "bare": statistics.median(bare),
        "memory": peak,
        "standings": Standing.objects.count(),
    }


def nothing_changed(*, on: dt.date, rounds: int) -> dict[str, Any]:
    """Everybody recomputed where all is as it should be, against the bare query, turn about."""
    sql, times, bare = bare_query(on), [], []
    found = restate_everybody(on=on)
    peak = memory_mb()
    decisive = _run_bare(sql)
    for _ in range(rounds):
        bare.append(seconds(lambda: _run_bare(sql)))
        times.append(seconds(lambda: restate_everybody(on=on)))
    return {
        "seconds": statistics.median(times),
        "bare": statistics.median(bare),
        "memory": peak,
        "differences": found.total,
        "decisive": decisive,
        "stored_decisive": Standing.objects.on(on).filter(decisive__isnull=False).count(),
        "past_day": seconds(lambda: past_day(day=on - 365 * DAY)),
        "sql": sql,
    }


# --- one person -----------------------------------------------------------------------------------


def one_person(*, on: dt.date, rounds: int) -> dict[str, Any]:
    """One person's standing after one new record: time in the database, number of queries."""
    chance = random.Random(1)  # noqa: S311
    people = list(Person.objects.values_list("pk", flat=True))
    provider = Provider.objects.first()
    in_database, whole, queries = [], [], []
    for number in range(max(rounds * 10, 30)):
        person = chance.choice(people)
        TrainingRecord.objects.create(
            person_id=person,
            title=f"Bench {number}",
            area="profile",
            hours=72,
            starts_on=on - 9 * DAY,
            ends_on=on - DAY,
            provider=provider,
            document_number=f"bench-{number}",
            source="hr",
            state="verified",
        )
        with CaptureQueriesContext(connection) as asked:
            clock = _DatabaseClock()
            with connection.execute_wrapper(clock):
                whole.append(seconds(lambda: restate(people=[person], on=on)))  # noqa: B023
        queries.append(len(asked))
        in_database.append(clock.seconds)
    return {
        "database_ms": 1000 * statistics.median(in_database),
        "whole_ms": 1000 * statistics.median(whole),
        "queries": statistics.median(queries),
    }


class _DatabaseClock:
    """Adds up the time statements take; rows of a single person come with the statement."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(
        self, execute: Any, sql: Any, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        start = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.seconds += time.perf_counter() - start


# --- pages ----------------------------------------------------------------------------------------


def addresses(on: dt.date) -> dict[str, str]:
    """The pages measured, by what they are called: those there are.

    The unit is the whole academy; the past day is computed before it is asked for.
    """
    past = on - 365 * DAY
    if not PastDay.objects.filter(day=past, complete=True, stale=False).exists():
        past_day(day=past)
    wanted: list[tuple[str, str, list[int], str]] = [(name, name, [], "") for name in PAGES]
    wanted += [
        ("a person", "person", list(Person.objects.values_list("pk", flat=True)[:1]), ""),
        (
            "the academy",
            "unit",
            list(Unit.objects.order_by("pk").values_list("pk", flat=True)[:1]),
            "",
        ),
        ("compliance, past day", "compliance", [], f"?on={past.isoformat()}"),
    ]
    found = {}
    for title, name, arguments, query in wanted:
        with suppress(NoReverseMatch):
            found[title] = reverse(name, args=arguments) + query
    return found


def pages(*, on: dt.date, rounds: int) -> list[dict[str, Any]]:
    """Server time and queries of the dashboard, the lists and some pages, as HR."""
    client = _signed_in("bench-hr")
    return [_page(client, *page, max(rounds, 5)) for page in addresses(on).items()]


def planning_pages(*, on: dt.date, rounds: int) -> list[dict[str, Any]]:
    """The same of the planning year's pages, as the Centre; the request is the longest one."""
    client = _signed_in("bench-centre")
    lines = Count("lines")
    longest = Request.objects.annotate(count=lines).order_by("-count").values_list("pk", flat=True)
    wanted = [(name, name, on.year + 1) for name in PLANNING_PAGES]
    wanted += [
        ("one request", "request", longest[0]),
        ("execution", "plan_execution", on.year),
        ("execution, lines", "plan_execution_list", on.year),
    ]
    found = {title: reverse(name, args=[key]) for title, name, key in wanted}
    found |= {name: reverse(name) for name in ("course_list", "event_list")}
    return [_page(client, *page, max(rounds, 5)) for page in found.items()]


# Lists and queues of the cases, by who looks at them.
CASE_LISTS = {
    "bench-hr": ["home", "case_list", "order_list", "order_new", "evidence_queue", "case_slow"],
    "bench-head": ["home", "case_list", "case_queue", "order_list", "contract_list"],
    "bench-rector": ["home", "case_list", "case_queue", "compliance"],
    "bench-centre": ["home", "case_list", "case_queue", "report_queue", "course_call_off"],
    "bench-finance": ["home", "case_queue"],
    "bench-legal": ["home", "contract_list"],
}
# Whose account, page, fate of the case (``crowd_cases``); «own» is the account of the employee.
CASE_PAGES = [
    *(("bench-hr", "case", fate) for fate in FATES if fate != "draft"),
    *(("own", "case", fate) for fate in ("draft", "at the rector", "documents due")),
    *(("bench-rector", "case", "at the rector"), ("bench-head", "case", "at the head")),
    *(("own", "application_edit", fate) for fate in ("draft", "returned")),
    *(("own", "hand_in", fate) for fate in ("documents due", "documents late", "handed in")),
    *(("own", "report_edit", fate) for fate in ("documents due", "documents late")),
    *(("own", "home", fate) for fate in ("draft", "documents due", "in training")),
    *(("own", "case_list", fate) for fate in ("documents due",)),
]


def case_pages(*, on: dt.date, rounds: int, fates: dict[str, int]) -> list[dict[str, Any]]:
    """Server time and queries of every page of the case; ``fates`` as ``pour_cases`` gave them."""
    found = []
    for name, titles in CASE_LISTS.items():
        client = _signed_in(name)
        for title in titles:
            found.append(_page(client, f"{title}, {name[6:]}", reverse(title), rounds))
    for name, title, fate in CASE_PAGES:
        case = TrainingApplication.objects.get(pk=fates[fate])
        client = _signed_in(f"bench-{case.person_id}" if name == "own" else name)
        about = [] if title in ("home", "case_list") else [case.pk]
        whose = "own" if name == "own" else name[6:]
        found.append(_page(client, f"{title} {fate}, {whose}", reverse(title, args=about), rounds))
    for name, title, what, key in _of_the_offices(fates):
        called = f"{title} {what}, {name[6:]}"
        found.append(_page(_signed_in(name), called, reverse(title, args=[key]), rounds))
    return found


def _of_the_offices(fates: dict[str, int]) -> list[tuple[str, str, str, int]]:
    """Whose, page, what and key: the largest orders, what is to be checked, a contract by state."""
    lines = OrderLine.objects.values("order").annotate(count=Count("pk"))
    largest = lines.order_by("-count", "order").values_list("order", flat=True)
    issued = largest.filter(order__kind=Order.Kind.SEND, order__number__isnull=False)[0]
    draft = largest.filter(order__state=Order.State.DRAFT)[0]
    handed_in = fates["handed in"]
    found = [
        ("bench-hr", "order", "issued", issued),
        ("bench-hr", "order_change", "issued", issued),
        *(("bench-hr", name, "draft", draft) for name in ("order", "order_edit", "order_add_case")),
        ("bench-hr", "evidence", "sent", Evidence.objects.get(application=handed_in).pk),
        (
            "bench-centre",
            "trainee_report",
            "sent",
            TraineeReport.objects.get(application=handed_in).pk,
        ),
    ]
    for state in Contract.State.values:
        contract = Contract.objects.filter(state=state).order_by("pk").first()
        if contract is not None:
            found.append(("bench-legal", "contract", state, contract.pk))
    return found


def _signed_in(name: str) -> Client:
    client = Client()
    client.force_login(
        User.objects.get(username=name),
        backend=settings.AUTHENTICATION_BACKENDS[-1],
    )
    return client


def _page(client: Client, title: str, address: str, rounds: int) -> dict[str, Any]:
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(address)
    queries = len(asked)
    times, processor = [], []
    for _ in range(rounds):
        before = time.process_time()
        times.append(seconds(lambda: client.get(address)))
        processor.append(time.process_time() - before)
    return {
        "page": title,
        "status": answer.status_code,
        "queries": queries,
        "ms": 1000 * statistics.median(times),
        "processor_ms": 1000 * statistics.median(processor),
    }


def plan_paper() -> dict[str, Any]:
    """The approved plan as PDF/A: processor time and memory of the process that makes it."""
    paper = IssuedPaper.objects.get(kind="annual_plan")
    html = html_of(kind_of(paper.kind), paper.data, "kk", paper=paper)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        pdf_of(html, Path(folder) / "plan.pdf", identifier=paper.fingerprint)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "lines": len(paper.data["lines"]),
        "seconds": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "memory": after.ru_maxrss / 1024,
    }


# --- Excel ----------------------------------------------------------------------------------------

HEADINGS = (
    "Таб. №",
    "ЖСН",
    "Тегі",
    "Аты",
    "Әкесінің аты",
    "Бөлімше",
    "Лауазымы",
    "Санаты",
    "Басшы",
    "Жұмысқа қабылданған күні",
)


def write_workbook(path: Path, count: int, on: dt.date) -> None:
    """A staff workbook of ``count`` new people in the units there are."""
    chance = random.Random(2)  # noqa: S311
    units = list(Unit.objects.exclude(kind__in=["academy", "other"]).values_list("name_kk"))
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(HEADINGS)
    for number in range(count):
        name = invent_name(chance, is_woman=chance.random() < 0.6)
        sheet.append(
            [
                f"N{number:06d}",
                synthetic_iin(dt.date(1800, 1, 1) + number * DAY, is_woman=name.is_woman, serial=1),
                name.last,
                name.first,
                name.patronymic,
                chance.choice(units)[0],
                "аға оқытушы",
                "ПОҚ",
                "",
                on - chance.randint(30, 9_000) * DAY,
            ]
        )
    book.save(path)


def bare_import(path: Path, units: dict[str, Unit]) -> None:
    rows: list[Any] = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()[1:]
    people, posts = [], []
    for number, iin, last, first, patronymic, unit, position, _category, _leader, hired in rows:
        person = Person(
            personnel_number=number,
            iin=iin,
            last_name=last,
            first_name=first,
            patronymic=patronymic,
            hired_on=hired,
        )
        person.set_keys()
        people.append(person)
        posts.append(
            Post(
                person=person,
                unit=units[unit],
                position=position,
                category=Post.Category.UNIVERSITY_TEACHER,
                starts_on=hired,
            )
        )
    bulk_create_with_history(people, Person, batch_size=1_000)
    bulk_create_with_history(posts, Post, batch_size=1_000)


def taken_back(work: Callable[[], object]) -> float:
    """How long ``work`` takes in a transaction; what it wrote is taken back."""
    with transaction.atomic():
        taken = seconds(work)
        transaction.set_rollback(True)
    return taken


def excel_import(*, on: dt.date, rounds: int, count: int = IMPORTED) -> dict[str, Any]:
    """``import_staff`` of new people, against a bare read and ``bulk_create`` with history."""
    units = {unit.name_kk: unit for unit in Unit.objects.all()}
    times, bare = [], []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "staff.xlsx"
        write_workbook(path, count, on)

        def bring_in() -> None:
            with redirect_stdout(io.StringIO()):
                call_command("import_staff", str(path), stdout=io.StringIO())

        for _ in range(rounds):
            bare.append(taken_back(lambda: bare_import(path, units)))
            times.append(taken_back(bring_in))
    return {
        "seconds": statistics.median(times),
        "bare": statistics.median(bare),
        "people": count,
        "memory": memory_mb(),
    }
