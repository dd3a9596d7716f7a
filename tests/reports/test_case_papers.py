"""The papers of a case: what is frozen, what it says in three languages, the PDF."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from django.utils.html import strip_tags

from reports.documents import kind_of, preview, words
from reports.documents.rendering import html_of, pdf_of
from reports.management.commands.make_report import Command
from staff.models import Provider, Role
from training_plans.case_papers import (
    application_data,
    contract_data,
    order_data,
    trainee_report_data,
)
from training_plans.models import (
    Attachment,
    Contract,
    Evidence,
    Order,
    OrderLine,
    PersonalDataConsent,
    PlanVersion,
    Precision,
    RouteStep,
    TraineeReport,
    TrainingApplication,
)
from workflow.models import Decision, IssuedPaper, StoredFile
from workflow.papers import issue

from ..commands import run
from ..factories import (
    PersonFactory,
    PlanLineFactory,
    PostFactory,
    ProviderFactory,
    UnitFactory,
    UserFactory,
)
from .papers_data import LETTERS, LONG_TOPIC, needs_pango

pytestmark = pytest.mark.django_db

DAY = dt.date(2027, 2, 10)
needs_pdftotext = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="poppler-utils is not installed here"
)


# --- a case and what belongs to it --------------------------------------------------------------
def somebody(last: str, first: str, *, position: str = "доцент", **values: Any) -> Any:
    person = PersonFactory(last_name=last, first_name=first, patronymic="Әлімжанқызы")
    return PostFactory(person=person, position=position, **values)


def a_file(name: str = "x.pdf") -> StoredFile:
    return StoredFile.keep(
        ContentFile(b"%PDF-1.7", name=name), name=name, content_type="application/pdf", by=None
    )


def a_case(post: Any = None, **values: Any) -> TrainingApplication:
    """An application of 1 February 2027 for a course of 1 to 12 March, paid by the employer."""
    post = post or somebody("Құрманғалиева-Төлегенова", "Үмітжан")
    number = TrainingApplication.objects.count() + 143
    given = {
        "year": 2027,
        "number": number,
        "person": post.person,
        "post": post,
        "unit": post.unit,
        "state": TrainingApplication.State.APPROVED,
        "filed_by": UserFactory(),
        "applied_on": dt.date(2027, 2, 1),
        "apply_by": dt.date(2027, 2, 9),
        "topic": LONG_TOPIC,
        "area": "profile",
        "provider": ProviderFactory(),
        "country": "Қазақстан",
        "city": "Астана",
        "mode": "on_site",
        "language": "kk",
        "precision": Precision.DAYS,
        "starts_on": dt.date(2027, 3, 1),
        "ends_on": dt.date(2027, 3, 12),
        "hours": Decimal("72.0"),
        "credits": Decimal("2.4"),
        "funding": "employer",
        "cost_tuition": Decimal(180_000),
        "cost_travel": Decimal(40_000),
        "cost_daily": Decimal(20_000),
    }
    return TrainingApplication.objects.create(**(given | values))


def in_the_plan(case: TrainingApplication) -> TrainingApplication:
    """The case is item 14 of version 2 of the approved plan; version 1 had it elsewhere."""
    line = PlanLineFactory(post=case.post)
    actor = UserFactory()
    for version, item in ((1, 3), (2, 14)):
        data = {"year": 2027, "lines": [{"id": line.pk, "no": item}, {"id": 0, "no": 1}]}
        paper = issue(
            kind="annual_plan",
            number="БАЖ-2027",
            version=version,
            data=data,
            subject=line.plan,
            actor=actor,
            on=DAY,
        )
        PlanVersion.objects.create(
            plan=line.plan, number=version, paper=paper, approved_on=DAY, approved_by=actor
        )
    case.plan_line = line
    case.save()
    return case


def decided(case: TrainingApplication, place: int, kind: str, **values: Any) -> RouteStep:
    given = {"actor": UserFactory(employed=True), "state": "agreed", "reason": "", "round": 1}
    given |= values
    decision = Decision.objects.create(
        subject=case,
        transition="agree",
        source="submitted",
        target="submitted",
        actor=given["actor"],
        on_behalf_of=given.get("instead"),
        decided_on=dt.date(2027, 2, place + 1),
        reason=given["reason"],
    )
    return RouteStep.objects.create(
        application=case,
        round=given["round"],
        place=place,
        kind=kind,
        unit=given.get("unit"),
        state=given["state"],
        decision=decision,
    )


def the_rector() -> Any:
    post = somebody("Сейтқазиев", "Бекзат", position="Ректор", administrative=True)
    return UserFactory(person=post.person, roles=[Role.RECTOR])


def an_order(*cases: TrainingApplication, **values: Any) -> Order:
    given = {
        "year": 2027,
        "number": 12 + Order.objects.count(),
        "state": Order.State.ISSUED,
        "issued_on": DAY,
        "drafted_by": UserFactory(),
        "drafted_on": DAY,
    }
    spans = values.pop("span", {})
    order = Order.objects.create(**(given | values))
    for case in cases:
        terms = {"starts_on": case.starts_on, "ends_on": case.ends_on, "hours": case.hours}
        OrderLine.objects.create(order=order, application=case, **(terms | spans))
    return order


def a_contract(case: TrainingApplication, **values: Any) -> Contract:
    given = {
        "application": case,
        "year": 2027,
        "number": 7,
        "issued_on": DAY,
        "identity_document": "№ 046000000, 12.05.2020, ҚР ІІМ",
        "address": "Шымкент қ., Тәуке хан даңғылы, 1-үй",
        "signatory": "Сейтқазиев Бекзат",
        "authority": "Жарғы",
        "cost_tuition": Decimal(180_000),
        "cost_travel": Decimal(40_000),
        "cost_daily": Decimal("20000.50"),
        "obligation_months": 12,
        "service_from": dt.date(2027, 3, 13),
        "service_to": dt.date(2028, 3, 12),
    }
    return Contract.objects.create(**(given | values))


def a_report(case: TrainingApplication, **values: Any) -> TraineeReport:
    given = {
        "application": case,
        "state": TraineeReport.State.SENT,
        "goals": "Заманауи хаттамаларды меңгеру.\n\nСимуляциялық оқытуды енгізу.",
        "modules": [
            {"topic": "Жедел коронарлық синдром", "hours": "36", "content": "Хаттамалар"},
            {"topic": "Симуляция әдістемесі", "hours": "36,5 с.", "content": "Сценарийлер"},
        ],
        "knowledge": "Сценарий құрастыру.",
        "materials": [{"name": "Презентация"}, {"name": "Нұсқаулық"}],
        "proposals": [
            {
                "what": "Жаңа сценарий",
                "where": "4-курс",
                "how": "силлабус",
                "due": "2027-09-01",
                "effect": "Қателер азаяды",
            }
        ],
        "rating_relevance": 5,
        "rating_content": 4,
        "recommend": True,
        "future_needs": "Ағылшын тілі",
        "sent_on": dt.date(2027, 3, 16),
    }
    return TraineeReport.objects.create(**(given | values))


def text_of(kind: str, data: dict[str, Any], language: str, paper: Any = None) -> str:
    """The words of a paper, spaces made one."""
    html = html_of(kind_of(kind), data, language, paper=paper)
    bare = strip_tags(html[html.index("<body") :]).replace("\u00a0", " ")
    return re.sub(r"\s+", " ", bare).replace("&quot;", '"').replace("&#x27;", "'")


def frozen(data: dict[str, Any]) -> dict[str, Any]:
    """As it comes back from the database."""
    again: dict[str, Any] = json.loads(json.dumps(data, ensure_ascii=False))
    assert again == data
    return again


# --- words --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("first", "last", "kk", "ru", "en"),
    [
        (
            *("2027-03-01", "2027-03-12"),
            "2027 жылғы 1 наурыздан бастап 12 наурызды қоса алғанда",
            "с 1 марта 2027 г. по 12 марта 2027 г. включительно",
            "from 1 March 2027 to 12 March 2027 inclusive",
        ),
        (
            *("2026-12-28", "2027-01-09"),
            "2026 жылғы 28 желтоқсаннан бастап 2027 жылғы 9 қаңтарды қоса алғанда",
            "с 28 декабря 2026 г. по 9 января 2027 г. включительно",
            "from 28 December 2026 to 9 January 2027 inclusive",
        ),
        (
            *("2027-07-05", "2027-07-05"),
            "2027 жылғы 5 шілдеде",
            "5 июля 2027 г.",
            "on 5 July 2027",
        ),
    ],
)
def test_from_to(first: str, last: str, kk: str, ru: str, en: str) -> None:
    for language, expected in (("kk", kk), ("ru", ru), ("en", en)):
        with translation.override(language):
            said = words.from_to({"starts_on": first, "ends_on": last})
            assert said.replace("\u00a0", " ") == expected


@pytest.mark.parametrize(
    ("day", "kk"),
    [
        ("2027-02-10", "2027 жылғы 10 ақпандағы"),
        ("2027-04-10", "2027 жылғы 10 сәуірдегі"),
        ("2027-07-01", "2027 жылғы 1 шілдедегі"),
        ("2027-09-30", "2027 жылғы 30 қыркүйектегі"),
        ("2027-11-22", "2027 жылғы 22 қарашадағы"),
    ],
)
def test_of_day_in_kazakh(day: str, kk: str) -> None:
    with translation.override("kk"):
        assert words.of_day(day).replace("\u00a0", " ") == kk


@pytest.mark.parametrize(
    ("hours", "kk", "ru", "en"),
    [
        ("72.0", "72 сағат", "72 часа", "72 hours"),
        ("1", "1 сағат", "1 час", "1 hour"),
        ("111", "111 сағат", "111 часов", "111 hours"),
        ("121", "121 сағат", "121 час", "121 hours"),
        ("36.5", "36,5 сағат", "36,5 часа", "36.5 hours"),
    ],
)
def test_hours_agree_with_their_number(hours: str, kk: str, ru: str, en: str) -> None:
    for language, expected in (("kk", kk), ("ru", ru), ("en", en)):
        with translation.override(language):
            assert words.hours(hours).replace("\u00a0", " ") == expected


# --- the application ----------------------------------------------------------------------------
def a_full_application() -> TrainingApplication:
    """Returned once, sent again, late and admitted; the vice-rector's visa by a substitute."""
    rector = the_rector()
    substitute = somebody("Оспанова", "Гүлсім").person
    case = a_case(
        is_late=True,
        late_reason="Шақыру кеш келді",
        late_admitted_on=dt.date(2027, 2, 2),
        late_admitted_by=UserFactory(employed=True),
        late_admitted_because="Қабылдаушы ұйымның хаты бар",
        replaced_by=substitute,
        replaced_how="4-топтың сабақтары",
    )
    in_the_plan(case)
    for kind in ("invitation", "programme", "programme"):
        Attachment.objects.create(
            application=case, kind=kind, file=a_file(), added_by=case.filed_by, added_on=DAY
        )
    Attachment.objects.create(
        application=case,
        kind="other",
        file=a_file(),
        added_by=case.filed_by,
        added_on=DAY,
        withdrawn=True,
    )
    PersonalDataConsent.objects.create(
        person=case.person, given_on=dt.date(2027, 1, 15), given_by=case.filed_by
    )
    head = UserFactory(person=somebody("Ұзақбаев", "Ғалым", position="Кафедра меңгерушісі").person)
    decided(case, 1, "head", actor=head, unit=case.unit, state="returned", reason="Мерзімі қате")
    decided(case, 1, "head", actor=head, unit=case.unit, round=2)
    decided(case, 2, "centre", round=2)
    absent = UserFactory(person=somebody("Һәкімова", "Інжу", position="Проректор").person)
    stands_in = UserFactory(person=somebody("Оразбаев", "Өмірзақ", position="Декан").person)
    decided(case, 3, "vice_rector", actor=stands_in, instead=absent, round=2)
    decided(case, 4, "rector", actor=rector, round=2)
    RouteStep.objects.create(application=case, round=3, place=1, kind="head", state="waiting")
    return case


def test_the_application_says_everything_of_the_form() -> None:
    case = a_full_application()
    data = frozen(application_data(case, on=DAY))
    text = text_of("application", data, "kk")
    for part in (
        "Кімге: «ОҚМА» АҚ ректоры Сейтқазиев Бекзат Әлімжанқызы",
        f"Кімнен: {case.unit.name_kk}, доцент, Құрманғалиева-Төлегенова Үмітжан Әлімжанқызы",
        "ӨТІНІШ",
        "Мені 01.03.2027–12.03.2027 аралығында Астана медицина университеті (Астана, Қазақстан) "
        f"базасында «{LONG_TOPIC}» тақырыбы бойынша көлемі 72 сағат (2,4 кредит) "
        "біліктілікті арттыру курсына күндізгі оқыту нысанында жіберуіңізді сұраймын.",
        "жылдық жоспардың 14-тармағы (БАЖ-2027, 2-нұсқа)",
        "Оқу құны180 000 ₸",
        "Барлығы240 000 ₸",
        "доцент, Оспанова Гүлсім Әлімжанқызы",
        "4-топтың сабақтары",
        "Шақыру кеш келді (соңғы күні: 09.02.2027)",
        "Қабылдаушы ұйымның хаты бар",
        "1. шақыру хаты2. бағдарлама (2)",
        "Дербес деректерімді жинауға және өңдеуге келісемін (15.01.2027).",
    ):
        assert part in text
    assert "Тұру шығыны" not in text  # nothing is paid for it
    assert "өзге құжат" not in text  # withdrawn


def test_every_decided_visa_is_printed_and_for_whom_a_substitute_signed() -> None:
    data = application_data(a_full_application(), on=DAY)
    assert [(visa["round"], visa["kind"], visa["state"]) for visa in data["visas"]] == [
        (1, "head", "returned"),
        (2, "head", "agreed"),
        (2, "centre", "agreed"),
        (2, "vice_rector", "agreed"),
        (2, "rector", "agreed"),
    ]
    kk, ru = (text_of("application", data, language) for language in ("kk", "ru"))
    for part in (
        "Қайтарылды Мерзімі қате",
        "Оразбаев Өмірзақ Әлімжанқызы (Һәкімова Інжу Әлімжанқызы үшін)",
        "Бұйрық шығарылсын 05.02.2027",
    ):
        assert part.replace(" ", "") in kk.replace(" ", "")
    assert "(за: Һәкімова Інжу Әлімжанқызы)" in ru
    assert "Издать приказ" in ru


def test_an_application_outside_the_plan_says_why() -> None:
    case = a_case(unplanned_because="Жаңа пән ашылды", funding="free", cost_tuition=0)
    text = text_of("application", application_data(case, on=DAY), "kk")
    assert "жоспардан тыс. Негіздеме: Жаңа пән ашылды" in text
    assert "Виза әзірге қойылған жоқ." in text
    assert "____________________" in text  # no rector is known
    assert "20 күннен кеш" not in text


# --- the order ----------------------------------------------------------------------------------
def paragraphs_of(order: Order, language: str) -> list[tuple[str, list[str]]]:
    with translation.override(language):
        found = kind_of("order").context(frozen(order_data(order, on=DAY)))["paragraphs"]
        bare = "\u00a0"
        return [
            (one.text.replace(bare, " "), [part.replace(bare, " ") for part in one.parts])
            for one in found
        ]


def test_an_order_for_one_person() -> None:
    the_rector()
    case = in_the_plan(a_case())
    Attachment.objects.create(
        application=case, kind="invitation", file=a_file(), added_by=case.filed_by, added_on=DAY
    )
    order = an_order(case, control="жетекшілік ететін проректор")
    name = case.person.full_name
    assert paragraphs_of(order, "kk") == [
        (
            f"{name}, {case.unit.name_kk}, доцент, 2027 жылғы 1 наурыздан бастап 12 наурызды қоса "
            f"алғанда Астана медицина университеті (Астана, Қазақстан) базасында «{LONG_TOPIC}» "
            "тақырыбы бойынша біліктілікті арттыру курсына, көлемі 72 сағат, жіберілсін.",
            [],
        ),
        ("Оқу кезеңінде жұмыс орны (лауазымы) және жалақысы сақталсын.", []),
        (
            "Қаржы-экономикалық басқарма шығындарды жұмыс берушінің қаражаты есебінен төлесін: "
            "240 000 теңге.",
            [],
        ),
        ("Құқықтық қамтамасыз ету бөлімі оқыту шартын жасасын.", []),
        (
            "Қызметкер оқу аяқталғаннан кейін 5 күн ішінде растаушы құжаттың көшірмесін және "
            "Ү 464-002-2025 есебін тапсырсын.",
            [],
        ),
        (
            "Бұйрықтың орындалуын бақылау мына лауазымды адамға жүктелсін: "
            "жетекшілік ететін проректор.",
            [],
        ),
    ]
    text = text_of("order", order_data(order, on=DAY), "kk")
    for part in (
        "Біліктілікті арттыруға жіберу туралы",
        "Қазақстан Республикасы Еңбек кодексінің 118-бабына және Е 464-2025 ережесінің "
        "7.1-тармағына сәйкес БҰЙЫРАМЫН:",
        "Негіздеме: өтініш № 2027-0143 (01.02.2027); жылдық жоспардың 14-тармағы (БАЖ-2027, "
        "2-нұсқа); шақыру хаты.",
        "Сейтқазиев Бекзат Әлімжанқызы",
        "Бұйрықпен таныстым:",
    ):
        assert part in text


def test_an_order_in_russian_names_people_in_the_nominative() -> None:
    case = a_case()
    first = paragraphs_of(an_order(case), "ru")[0][0]
    assert first.startswith(
        "Направить с 1 марта 2027 г. по 12 марта 2027 г. включительно на курс повышения "
        f"квалификации по теме «{LONG_TOPIC}» объёмом 72 часа"
    )
    assert first.endswith(f"работника: {case.person.full_name}, {case.unit.name_ru}, доцент.")
    assert paragraphs_of(an_order(case), "ru")[-1][0] == (
        "Контроль за исполнением приказа оставляю за собой."
    )


def test_the_rector_signs_in_the_language_of_the_paper_unless_another_is_named() -> None:
    the_rector()
    order = an_order(a_case())
    english = text_of("order", order_data(order, on=DAY), "en").replace("&nbsp;", "")
    assert "RectorСейтқазиев Бекзат" in english
    order.signatory = somebody("Оразбаев", "Өмірзақ", position="Ректордың м.а.").person
    text = text_of("order", order_data(order, on=DAY), "kk")
    assert "Ректордың м.а.Оразбаев Өмірзақ" in text.replace("&nbsp;", "")
    assert "Сейтқазиев" not in text


def test_an_order_for_who_is_in_no_plan_says_nothing_of_it() -> None:
    order = an_order(a_case())
    with translation.override("kk"):
        basis = kind_of("order").context(order_data(order, on=DAY))["basis"]
    assert basis.replace("\u00a0", " ") == "өтініш № 2027-0143 (01.02.2027)"


def test_several_people_on_one_course_are_numbered_by_name() -> None:
    posts = [somebody("Ғалиева", "Әсем"), somebody("Әлиева", "Ұлжан"), somebody("Бекова", "Роза")]
    order = an_order(*(a_case(post) for post in posts))
    first, parts = paragraphs_of(order, "kk")[0]
    assert first.startswith("Мына қызметкерлер 2027 жылғы 1 наурыздан бастап")
    assert first.endswith("көлемі 72 сағат, жіберілсін:")
    assert [part.split(" ")[0] for part in parts] == ["Әлиева", "Бекова", "Ғалиева"]
    text = text_of("order", order_data(order, on=DAY), "kk")
    assert "1.1. Әлиева Ұлжан" in text
    assert "1.3. Ғалиева Әсем" in text
    assert "доцент;" in text
    assert "Қызметкерлер оқу аяқталғаннан кейін" in text
    assert "720 000 теңге" in text


def test_several_people_on_different_courses_have_their_terms_each() -> None:
    other = a_case(
        somebody("Әлиева", "Ұлжан"),
        topic="Цифрлық құралдар",
        provider=ProviderFactory(name="Назарбаев Университеті", kind=Provider.Kind.UNIVERSITY),
        funding="grant",
        hours=Decimal("36.0"),
    )
    order = an_order(other, a_case())
    (first, parts), *_rest = paragraphs_of(order, "kk")
    assert first == "Мына қызметкерлер біліктілікті арттыруға (тағылымдамаға) жіберілсін:"
    assert "«Цифрлық құралдар»" in parts[0]
    assert "көлемі 36 сағат" in parts[0]
    assert "көлемі 72 сағат" in parts[1]
    finance = paragraphs_of(order, "kk")[2][0]
    assert "мына көздер есебінен төлесін" in finance
    assert "жұмыс берушінің қаражаты – 240 000 теңге" in finance
    assert "грант (жоба) қаражаты – 240 000 теңге" in finance


@pytest.mark.parametrize("funding", ["own", "host", "free"])
def test_where_the_academy_pays_nothing_nothing_is_said_of_money(funding: str) -> None:
    order = an_order(a_case(funding=funding))
    text = text_of("order", order_data(order, on=DAY), "kk")
    assert "Қаржы-экономикалық" not in text
    assert "оқыту шартын" not in text
    assert len(paragraphs_of(order, "kk")) == 4


def test_a_grant_is_paid_without_a_contract() -> None:
    text = text_of("order", order_data(an_order(a_case(funding="grant")), on=DAY), "kk")
    assert "грант (жоба) қаражаты есебінен төлесін: 240 000 теңге." in text
    assert "оқыту шартын" not in text


def test_the_host_supervisor_is_named_where_one_is_known() -> None:
    data = order_data(an_order(a_case(form="internship", kind="individual")), on=DAY)
    text = text_of("order", data | {"host_supervisor": "Нұрланов Ә., доцент"}, "kk")
    assert "Қабылдаушы ұйымдағы жетекші: Нұрланов Ә., доцент." in text
    assert "Тағылымдамаға жіберу туралы" in text
    assert "жеке тағылымдамаға, көлемі" in text
    assert "Қабылдаушы ұйымдағы" not in text_of("order", data, "kk")


def test_a_change_refers_to_the_first_order_and_shows_before_and_after() -> None:
    case = a_case()
    first = an_order(case)
    change = an_order(
        case,
        kind=Order.Kind.CHANGE,
        refers_to=first,
        because="Қабылдаушы ұйымның хаты",
        span={"starts_on": dt.date(2027, 3, 15), "ends_on": dt.date(2027, 3, 26)},
    )
    kk, ru = (text_of("order", order_data(change, on=DAY), code) for code in ("kk", "ru"))
    assert "2027 жылғы 10 ақпандағы № 12-БА/2027 бұйрыққа өзгеріс енгізу туралы" in kk
    assert "оқу мерзімі – 15.03.2027 – 26.03.2027 (бұрынғысы: 01.03.2027 – 12.03.2027)" in kk
    assert "көлемі –" not in kk  # the hours stay
    assert "Негіздеме: Қабылдаушы ұйымның хаты; өтініш" in kk
    assert "Қаржы-экономикалық" not in kk
    assert "О внесении изменения в приказ от 10 февраля 2027 г. № 12-БА/2027" in ru


def test_a_second_change_shows_what_the_first_change_ordered() -> None:
    case = a_case()
    first = an_order(case)
    change = {"kind": Order.Kind.CHANGE, "refers_to": first}
    an_order(case, span={"hours": Decimal("80.0")}, **change)
    second = an_order(case, span={"hours": Decimal("90.0")}, **change)
    assert order_data(second, on=DAY)["lines"][0]["before"]["hours"] == "80.0"
    assert "көлемі – 90 сағат (бұрынғысы: 80 сағат)" in text_of(
        "order", order_data(second, on=DAY), "kk"
    )


def test_a_cancellation_of_all_or_of_some() -> None:
    cases = [a_case(somebody("Әлиева", "Ұлжан")), a_case(somebody("Бекова", "Роза"))]
    first = an_order(*cases)
    cancel = {"kind": Order.Kind.CANCEL, "refers_to": first}
    whole = paragraphs_of(an_order(*cases, **cancel), "kk")[0]
    part = paragraphs_of(an_order(cases[0], **cancel), "kk")[0]
    assert whole[0] == ("2027 жылғы 10 ақпандағы № 12-БА/2027 бұйрықтың күші жойылды деп танылсын:")
    assert "мына қызметкерлерге қатысты бөлігінің күші жойылды деп танылсын:" in part[0]
    assert [len(whole[1]), len(part[1])] == [2, 1]


def test_a_position_that_ends_with_a_full_stop_is_given_no_second() -> None:
    posts = [somebody("Әлиева", name, position="профессор м.а.") for name in ("Ұлжан", "Роза")]
    cases = [a_case(post) for post in posts]
    text = text_of("order", order_data(an_order(*cases), on=DAY), "kk")
    assert "профессор м.а.; 1.2." in text
    assert ".." not in text
    assert ".." not in text_of("order", order_data(an_order(cases[0]), on=DAY), "ru")


def test_who_was_taken_out_of_the_draft_is_not_in_the_order() -> None:
    cases = [a_case(somebody("Әлиева", "Ұлжан")), a_case(somebody("Бекова", "Роза"))]
    order = an_order(*cases)
    order.lines.filter(application=cases[1]).update(withdrawn=True)
    assert [line["person"] for line in order_data(order, on=DAY)["lines"]] == [
        cases[0].person.full_name
    ]


# --- the contract -------------------------------------------------------------------------------
def test_the_contract_stands_in_kazakh_and_then_in_russian() -> None:
    case = a_case()
    an_order(case)
    data = frozen(contract_data(a_contract(case), on=DAY))
    for asked in ("kk", "ru"):
        text = text_of("contract", data, asked)
        places = [
            text.index(word)
            for word in (
                "Жұмыс берушінің есебінен қызметкерлерді оқыту шарты",
                "1. Шарттың мәні",
                "9. Тараптардың деректемелері мен қолдары",
                "Договор обучения работников за счёт работодателя",
                "1. Предмет договора",
                "9. Реквизиты и подписи сторон",
            )
        ]
        assert places == sorted(places)
        for part in (
            "240 000,50",
            "екі жүз қырық мың теңге 50 тиын",
            "двести сорок тысяч тенге 50 тиын",
            "сто восемьдесят тысяч тенге 00 тиын",
            f"ЖСН {case.person.iin}",
            f"ИИН {case.person.iin}",
            "12 (он екі) ай: 2027 жылғы 13 наурыздан бастап 2028 жылғы 12 наурызды қоса алғанда, "
            "барлығы 366 күнтізбелік күн",
            "12 (двенадцать) месяцев: с 13 марта 2027 г. по 12 марта 2028 г. включительно, всего "
            "366 календарных дней",
            "Өтелетін сома = Ш × Ө ÷ Б",
            "Сумма возмещения = Р × Н ÷ В",
            "2027 жылғы 10 ақпандағы № 12-БА/2027 бұйрық",
            "екі данада",
            "в двух экземплярах",
            "Жеке куәлігі (№, күні, берген орган): № 046000000",
        ):
            assert part in text


def test_in_english_the_contract_is_english_alone() -> None:
    text = text_of("contract", contract_data(a_contract(a_case()), on=DAY), "en")
    assert "Contract of training at the employer" in text
    assert "two hundred forty thousand tenge 50 tiyn" in text
    assert "application No. 2027-0143" in text  # no order yet
    assert "Предмет договора" not in text
    assert "Шарттың мәні" not in text


@pytest.mark.parametrize(
    ("flag", "kk"),
    [
        (True, "жұмыспен өтелген мерзімге есептелмейді"),
        (False, "жұмыспен өтелген мерзімге есептеледі"),
    ],
)
def test_the_contract_says_whether_leave_counts(flag: bool, kk: str) -> None:
    contract = a_contract(a_case(), leave_does_not_count=flag)
    assert kk in text_of("contract", contract_data(contract, on=DAY), "kk")


def test_the_iin_stands_in_the_contract_alone() -> None:
    case = a_case()
    iin = case.person.iin
    order, contract, report = an_order(case), a_contract(case), a_report(case)
    assert contract_data(contract, on=DAY)["iin"] == iin
    for data in (
        application_data(case, on=DAY),
        order_data(order, on=DAY),
        trainee_report_data(report, on=DAY),
    ):
        assert iin not in json.dumps(data)


# --- the trainee's report -----------------------------------------------------------------------
def an_accepted_report() -> TraineeReport:
    faculty = UnitFactory(faculty=True, name_kk="Медицина факультеті")
    head = somebody("Ұзақбаев", "Ғалым", position="Кафедра меңгерушісі").person
    unit = UnitFactory(parent=faculty, head=head, name_kk="Терапия кафедрасы")
    case = in_the_plan(
        a_case(
            somebody("Құрманғалиева-Төлегенова", "Үмітжан", unit=unit),
            documents_due_on=dt.date(2027, 3, 17),
            documents_sent_on=dt.date(2027, 3, 19),
            documents_late_days=2,
            documents_late_because="Ауырып қалдым",
        )
    )
    an_order(case)
    a_contract(case)
    Evidence.objects.create(
        application=case,
        person=case.person,
        state=Evidence.State.SENT,
        topic=case.topic,
        document_type=Evidence.Document.TESTIMONIAL,
        document_number="KZ-00125",
        document_date=dt.date(2027, 3, 13),
        document_issuer="Астана медицина университеті",
        starts_on=dt.date(2027, 3, 2),
        ends_on=dt.date(2027, 3, 13),
        hours=Decimal("70.5"),
        file=a_file(),
        sent_on=dt.date(2027, 3, 19),
    )
    by = UserFactory(person=somebody("Әміров", "Нұрлан", position="Орталық маманы").person)
    return a_report(case, state="accepted", accepted_on=dt.date(2027, 3, 22), accepted_by=by)


def test_the_report_has_its_eight_sections_and_what_is_known() -> None:
    report = an_accepted_report()
    data = frozen(trainee_report_data(report, on=DAY))
    text = text_of("trainee_report", data, "kk")
    sections = [
        "1. Тыңдаушы туралы мәлімет",
        "2. Оқу (тағылымдама) туралы мәлімет",
        "3. Мақсаты мен міндеттері",
        "4. Алынған білім, дағдылар мен құзыреттер",
        "5. Нәтижелерді енгізу ұсыныстары",
        "6. Бағалау (1–5)",
        "7. Кафедра отырысында тыңдалды",
        "8. Тапсыру мерзімі",
    ]
    places = [text.index(section) for section in sections]
    assert places == sorted(places)
    for part in (
        "Ү 464-002-2025",
        "Медицина факультеті",
        report.application.person.masked_iin,
        "№ 12-БА/2027, 10.02.2027",
        "жылдық жоспардың 14-тармағы",
        "№ 7-ОШ/2027, 10.02.2027",
        "02.03.2027 – 13.03.2027, 70,5 сағат",
        "куәлік",
        "KZ-00125, 13.03.2027, Астана медицина университеті",
        "36,5 с.",
        "Презентация",
        "Жаңа сценарий",
        "01.09.2027",
        "2 күн кешіктірілді: Ауырып қалдым",
        "Орталық маманы, Әміров Нұрлан Әлімжанқызы, 22.03.2027",
        "Ұзақбаев Ғалым Әлімжанқызы",
        "иә",
    ):
        assert part in text
    assert "Тағылымдама күнделігі" not in text


def test_the_ratings_are_marked_in_their_column() -> None:
    data = trainee_report_data(an_accepted_report(), on=DAY)
    with translation.override("kk"):
        rows = kind_of("trainee_report").context(data)["ratings"]
    assert rows[0] == {"label": "өзектілігі", "marks": ["", "", "", "", 5]}
    assert rows[1] == {"label": "мазмұны", "marks": ["", "", "", 4, ""]}
    assert rows[2]["marks"] == [""] * 5


def test_a_report_not_begun_is_the_form_filled_with_what_is_known() -> None:
    case = a_case(form="internship", kind="individual")
    text = text_of(
        "trainee_report", trainee_report_data(TraineeReport(application=case), on=DAY), "ru"
    )
    assert "Отчёт слушателя о прохождении курса повышения квалификации (стажировки)" in text
    assert case.person.full_name in text
    assert "Дневник стажировки" in text
    assert "Руководитель от принимающей организации: ____" in text


def test_drafts_that_say_little_are_printed_all_the_same() -> None:
    """Their makers look at them before all is known."""
    nothing = {"topic": "", "provider": None, "country": "", "city": "", "mode": "", "language": ""}
    unknown = {"starts_on": None, "ends_on": None, "hours": None, "credits": None, "number": None}
    case = a_case(**nothing, **unknown, applied_on=None, funding="", cost_tuition=0)
    empty = an_order(number=None, issued_on=None, state=Order.State.DRAFT)
    contract = a_contract(case, number=None, issued_on=None, signatory="", authority="")
    for language in ("kk", "ru", "en"):
        for kind, data in {
            "application": application_data(case, on=DAY),
            "order": order_data(empty, on=DAY),
            "contract": contract_data(contract, on=DAY),
            "trainee_report": trainee_report_data(TraineeReport(application=case), on=DAY),
        }.items():
            assert "None" not in text_of(kind, data, language)


# --- all of them --------------------------------------------------------------------------------
def all_papers() -> dict[str, dict[str, Any]]:
    case = a_full_application()
    group = [a_case(somebody(f"Қасымова-{name}", "Жанаргүл")) for name in ("Әбілова", "Ізбасова")]
    order = an_order(case, *group, control="жетекшілік ететін проректор")
    return {
        "application": application_data(case, on=DAY),
        "order": order_data(order, on=DAY),
        "contract": contract_data(a_contract(case), on=DAY),
        "trainee_report": trainee_report_data(a_report(case), on=DAY),
    }


KINDS = ("application", "order", "contract", "trainee_report")


def queries_of(make: Any, subject: Any) -> int:
    with CaptureQueriesContext(connection) as captured:
        make(subject, on=DAY)
    return len(captured)


def test_an_order_of_six_asks_as_much_as_an_order_of_one() -> None:
    case = in_the_plan(a_case())
    alone = an_order(case)
    cases = [a_case(somebody("Әлиева", str(number))) for number in range(5)]
    for one in cases:
        Attachment.objects.create(
            application=one, kind="programme", file=a_file(), added_by=one.filed_by, added_on=DAY
        )
    six = an_order(case, *cases)
    counts = [queries_of(order_data, Order.objects.get(pk=order.pk)) for order in (alone, six)]
    assert counts[0] == counts[1]


def test_an_application_of_five_visas_asks_as_much_as_one_of_none() -> None:
    visaed, plain = a_full_application(), a_case(somebody("Әлиева", "Ұлжан"))
    plain.plan_line = PlanLineFactory(plan=visaed.plan_line.plan)
    plain.save()
    counts = [queries_of(application_data, case) for case in (visaed, plain)]
    assert counts[0] == counts[1]


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_no_paper_leaves_a_language_for_another(language: str) -> None:
    """Every wording is there: nothing empty, nothing of another language's label."""
    foreign = {
        "kk": ("Приказ", "Заявление", "Section", "None"),
        "ru": ("БҰЙЫРАМЫН", "ӨТІНІШ", "Тыңдаушы туралы", "None"),
        "en": ("БҰЙЫРАМЫН", "ПРИКАЗЫВАЮ", "ӨТІНІШ", "Слушатель", "None"),
    }[language]
    for kind, data in all_papers().items():
        if kind == "contract":
            continue  # stands in two languages
        text = text_of(kind, data, language)
        assert [word for word in foreign if word in text] == []


def test_what_people_typed_is_no_markup() -> None:
    data = trainee_report_data(a_report(a_case(), goals="<img src=x>"), on=DAY)
    html = html_of(kind_of("trainee_report"), data, "kk", paper=None)
    assert "<img src=x>" not in html
    assert "&lt;img src=x&gt;" in html


def test_whoever_may_see_the_case_may_see_its_papers() -> None:
    case = a_case()
    subjects = {
        "application": case,
        "order": an_order(case),
        "contract": a_contract(case),
        "trainee_report": a_report(case),
    }
    permissions = {
        "application": ("training_plans.view_case", case),
        "order": ("training_plans.view_order", subjects["order"]),
        "contract": ("training_plans.view_contract", subjects["contract"]),
        "trainee_report": ("training_plans.view_case", case),
    }
    actor = UserFactory()
    own, stranger = UserFactory(person=case.person), UserFactory(employed=True)
    for name, subject in subjects.items():
        paper = issue(kind=name, number="1", data={}, subject=subject, actor=actor, on=DAY)
        kind = kind_of(name)
        assert (kind.permission, kind.subject(IssuedPaper.objects.get(pk=paper.pk))) == (
            permissions[name]
        )
        assert own.has_perm("reports.view_paper", paper)
        assert not stranger.has_perm("reports.view_paper", paper)


@needs_pango
@needs_pdftotext
@pytest.mark.parametrize("kind", KINDS)
def test_every_letter_arrives_on_paper(kind: str, tmp_path: Path) -> None:
    data = all_papers()[kind]
    path = tmp_path / "draft.pdf"
    path.write_bytes(preview(kind, data, "kk"))
    command = ["pdftotext", "-layout", str(path), "-"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert [letter for letter in LETTERS if letter not in text] == []
    assert "Құрманғалиева" in text
    assert "беттің" in text
    with pikepdf.open(path) as pdf:
        fonts = {
            str(font.BaseFont)
            for page in pdf.pages
            for font in page.Resources.get("/Font", {}).values()
        }
        assert all("PT-Serif" in name or "PTSerif" in name or "DejaVu" in name for name in fonts)


@needs_pango
def test_an_issued_order_is_a_paper_for_the_archive(tmp_path: Path) -> None:
    order = an_order(a_case())
    data = order_data(order, on=DAY)
    paper = issue(
        kind="order",
        number=order.number_text,
        data=data,
        subject=order,
        actor=UserFactory(),
        on=DAY,
    )
    html = html_of(kind_of("order"), paper.data, "kk", paper=paper)
    pdf_of(html, tmp_path / "order.pdf", identifier=paper.fingerprint)
    with pikepdf.open(tmp_path / "order.pdf") as pdf, pdf.open_metadata() as described:
        assert (described["pdfaid:part"], described["pdfaid:conformance"]) == ("2", "A")
        assert "12-БА/2027" in str(described["dc:title"])
        assert str(pdf.Root.Lang) == "kk"


# --- make_report 002 ----------------------------------------------------------------------------
def test_the_command_prints_the_report_as_json() -> None:
    case = a_report(a_case()).application
    answer = run("make_report", "002", "--application", "2027-0143", "--format", "json")
    assert answer.code == 0
    said = json.loads(answer.out)
    assert (said["application"], said["person"]) == ("2027-0143", case.person.full_name)


def test_the_command_prints_what_was_frozen_where_the_report_was_issued(tmp_path: Path) -> None:
    report = a_report(a_case())
    data = trainee_report_data(report, on=DAY)
    report.paper = issue(
        kind="trainee_report",
        number="2027-0143",
        data=data,
        subject=report,
        actor=UserFactory(),
        on=DAY,
    )
    report.goals = "кейін өзгертілді"
    report.save()
    target = tmp_path / "r.json"
    answer = run(
        "make_report", "002", "--application=2027-0143", "--format=json", f"--output={target}"
    )
    assert answer.code == 0
    assert json.loads(target.read_text(encoding="utf-8")) == data


@needs_pango
def test_the_command_makes_a_pdf(tmp_path: Path) -> None:
    a_case()
    target = tmp_path / "F.pdf"
    answer = run("make_report", "002", "--application", "2027-0143", "--output", target)
    assert answer.code == 0
    assert target.read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--application", "2027-9999"),
        ("--application", "1999-0143"),
        ("--application", "2027-0143", "--output", "no/such/folder/F.pdf"),
    ],
)
def test_the_command_refuses_what_is_not_there(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    a_case()
    answer = run("make_report", "002", *arguments)
    assert (answer.code, answer.err[:11]) == (1, "There is no")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("002", "--application", "143"),
        ("002", "--application", "2027/0143"),
        ("002",),
        ("001", "--application", "2027-0143"),
        ("002", "--application", "2027-0143", "--format", "xlsx"),
    ],
)
def test_wrong_usage_of_the_command(arguments: tuple[str, ...]) -> None:
    command = Command()
    command._called_from_command_line = True  # as manage.py does
    parser = command.create_parser("manage.py", "make_report")
    with pytest.raises(SystemExit) as stopped:
        parser.parse_args(arguments)
    assert stopped.value.code == 2
