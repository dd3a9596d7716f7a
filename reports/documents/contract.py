"""The contract of training at the employer's expense (clause 3.8; forms.md §8; law.md §2).

Kazakh first and Russian second, in one paper; in English only where English is asked for. The
wording of every clause stands here in three languages, one under the other, to be compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import get_language

from interface.sums import in_words, russian_form, tenge_in_words
from interface.trilingual import Said

from . import words
from .application import COSTS, mode
from .kinds import Data, Kind, register

_BLANK = "____________________"


@dataclass(frozen=True)
class Section:
    """A numbered section: its heading and its clauses; ``table`` are rows that follow the first."""

    title: str
    clauses: Sequence[str]
    table: Sequence[dict[str, str]] = ()


def _months(count: int) -> str:
    """«12 (он екі) ай»."""
    forms = russian_form(count, "месяц", "месяца", "месяцев")
    return str(
        Said(
            f"{count} ({in_words(count, 'kk')}) ай",
            f"{count} ({in_words(count, 'ru')}) {forms}",
            f"{count} ({in_words(count, 'en')}) {'month' if count == 1 else 'months'}",
        )
    )


def _days(data: Data) -> int:
    """Calendar days of the obligation, both ends inclusive."""
    first, last = words.date_of(data["service_from"]), words.date_of(data["service_to"])
    return (last - first).days + 1 if first and last else 0


def _opening(data: Data) -> str:
    signatory, authority = data.get("signatory") or _BLANK, data.get("authority") or _BLANK
    name, iin = data["person"], data.get("iin") or _BLANK
    return str(
        Said(
            "Бұдан әрі «Жұмыс беруші» деп аталатын «Оңтүстік Қазақстан медицина академиясы» АҚ "
            f"(өкілі: {signatory}; өкілдіктің негізі: {authority}) бір тараптан және бұдан әрі "
            f"«Жұмыскер» деп аталатын {name}, ЖСН {iin}, екінші тараптан, төмендегілер туралы осы "
            "шартты жасасты:",
            "АО «Южно-Казахстанская медицинская академия», именуемое в дальнейшем «Работодатель» "
            f"(представитель: {signatory}; основание полномочий: {authority}), с одной стороны, и "
            f"{name}, ИИН {iin}, именуемый(ая) в дальнейшем «Работник», с другой стороны, "
            "заключили настоящий договор о нижеследующем:",
            "South Kazakhstan Medical Academy JSC, hereinafter the “Employer” (represented by: "
            f"{signatory}; authority: {authority}), on the one part, and {name}, IIN {iin}, "
            "hereinafter the “Employee”, on the other part, have concluded this contract:",
        )
    )


def _subject(data: Data) -> Section:
    topic, at, volume = data.get("topic") or "", words.place(data), words.hours_and_credits(data)
    about = words.together(words.label("kind", data.get("kind")), mode(data), volume)
    days = words.period(data)
    first = data.get("order") or {}
    order = f"{words.of_day(first.get('issued_on'))} №{words.NARROW}{first.get('number')}"
    case = data.get("application") or ""
    sent = (
        Said(
            f"Жіберу негізі: {order} бұйрық.",
            f"Основание направления: приказ {order}.",
            f"Sent by: order {order}.",
        )
        if first
        else Said(
            f"Жіберу негізі: № {case} өтініш.",
            f"Основание направления: заявление № {case}.",
            f"Sent by: application No. {case}.",
        )
    )
    clauses = (
        Said(
            "Жұмыс беруші Жұмыскерді өз қаражаты есебінен оқытады, ал Жұмыскер оқудан өтуге және "
            "оқу аяқталғаннан кейін осы шартта белгіленген мерзім ішінде Жұмыс берушіде жұмыс "
            "істеуге міндеттенеді.",
            "Работодатель обучает Работника за счёт своих средств, а Работник обязуется пройти "
            "обучение и после его окончания отработать у Работодателя срок, установленный "
            "настоящим договором.",
            "The Employer has the Employee trained at the Employer's expense; the Employee "
            "undertakes to complete the training and then to work for the Employer for the term "
            "set by this contract.",
        ),
        Said(
            f"Кәсібі (біліктілігі), лауазымы: {data.get('position') or _BLANK}; "
            f"{words.unit(data)}.",
            f"Профессия (квалификация), должность: {data.get('position') or _BLANK}; "
            f"{words.unit(data)}.",
            f"Profession (qualification), position: {data.get('position') or _BLANK}; "
            f"{words.unit(data)}.",
        ),
        Said(
            f"Оқу тақырыбы: «{topic}» ({about}).",
            f"Тема обучения: «{topic}» ({about}).",
            f"Topic: “{topic}” ({about}).",
        ),
        Said(
            f"Оқытатын (қабылдаушы) ұйым, оқу орны: {at or _BLANK}.",
            f"Обучающая (принимающая) организация, место обучения: {at or _BLANK}.",
            f"Provider (host), place: {at or _BLANK}.",
        ),
        Said(
            f"Оқу мерзімі: {days} (екі күн де қоса алғанда).",
            f"Срок обучения: {days} (включительно).",
            f"Term of the training: {days} (inclusive).",
        ),
        sent,
    )
    return _section(Said("Шарттың мәні", "Предмет договора", "Subject"), clauses)


def _duties(data: Data) -> Section:
    count = int(data.get("documents_days") or 5)
    within_ru = f"{count} {russian_form(count, 'дня', 'дней', 'дней')}"
    return _section(
        Said(
            "Тараптардың құқықтары мен міндеттері",
            "Права и обязанности сторон",
            "Rights and duties of the parties",
        ),
        (
            Said(
                "Жұмыс беруші: оқу құнын және 3-бөлімде көрсетілген шығындарды төлеуге; оқу "
                "кезеңінде Жұмыскердің жұмыс орнын (лауазымын) және жалақысын сақтауға міндетті.",
                "Работодатель обязан: оплатить стоимость обучения и расходы, указанные в разделе "
                "3; на период обучения сохранить за Работником место работы (должность) и "
                "заработную плату.",
                "The Employer shall pay the tuition and the costs of section 3 and keep the "
                "Employee's job (position) and pay during the training.",
            ),
            Said(
                "Жұмыс беруші: оқудың барысы мен нәтижесі туралы мәлімет алуға; осы шартта "
                "көзделген жағдайларда шығындарды өтеуді талап етуге құқылы.",
                "Работодатель вправе: получать сведения о ходе и результатах обучения; требовать "
                "возмещения расходов в случаях, предусмотренных настоящим договором.",
                "The Employer may be informed of the course and results of the training and claim "
                "a refund of the costs in the cases of this contract.",
            ),
            Said(
                "Жұмыскер: оқу бағдарламасын толық меңгеруге; оқу аяқталғаннан кейін "
                f"{count} күн ішінде "
                "растаушы құжаттың көшірмесін және Ү 464-002-2025 есебін тапсыруға; 4-бөлімде "
                "белгіленген мерзім ішінде Жұмыс берушіде жұмыс істеуге міндетті.",
                "Работник обязан: полностью освоить программу обучения; в течение "
                f"{within_ru} после "
                "окончания обучения сдать копию подтверждающего документа и отчёт по форме "
                "Ү 464-002-2025; отработать у Работодателя срок, установленный разделом 4.",
                "The Employee shall complete the programme; hand in the copy of the confirming "
                f"document and the report Ү 464-002-2025 within {count} days after the end of the "
                "training; and work for the Employer for the term of section 4.",
            ),
            Said(
                "Жұмыскер: осы шартта көзделген кепілдіктер мен өтемақы төлемдерін алуға құқылы.",
                "Работник вправе получать гарантии и компенсации, предусмотренные настоящим "
                "договором.",
                "The Employee may have the guarantees and compensations of this contract.",
            ),
        ),
    )


def _cost(data: Data) -> Section:
    language = get_language() or "kk"
    table = []
    for name, label in COSTS.items():
        amount = Decimal(data.get(name) or 0)
        if amount or name == "cost":
            table.append(
                {
                    "label": str(label),
                    "sum": words.sum_of_money(amount),
                    "words": tenge_in_words(amount, language),
                    "class": "total" if name == "cost" else "",
                }
            )
    clauses = (
        Said(
            "Жұмыс беруші төлейтін шығындар (теңгемен, цифрмен және жазумен):",
            "Расходы, оплачиваемые Работодателем (в тенге, цифрами и прописью):",
            "Costs paid by the Employer (in tenge, in figures and words):",
        ),
    )
    title = Said("Оқу құны мен шығындар", "Стоимость обучения и расходы", "Cost and expenses")
    return _section(title, clauses, table)


def _obligation(data: Data) -> Section:
    term = _months(int(data["obligation_months"]))
    span = words.from_to({"starts_on": data["service_from"], "ends_on": data["service_to"]})
    days = words.days(_days(data))
    calendar = days.split(words.NARROW)[0]
    leave = (
        Said(
            "Бала күтіміне байланысты демалыс және жалақысы сақталмайтын демалыс күндері "
            "жұмыспен өтелген мерзімге есептелмейді.",
            "Дни отпуска по уходу за ребёнком и отпуска без сохранения заработной платы в "
            "отработанный срок не засчитываются.",
            "Days of parental leave and of unpaid leave do not count as served.",
        )
        if data.get("leave_does_not_count")
        else Said(
            "Демалыс күндері жұмыспен өтелген мерзімге есептеледі.",
            "Дни отпусков засчитываются в отработанный срок.",
            "Days of leave count as served.",
        )
    )
    return _section(
        Said(
            "Оқу аяқталғаннан кейінгі жұмыспен өтеу мерзімі",
            "Срок отработки после окончания обучения",
            "Service obligation after the training",
        ),
        (
            Said(
                f"Жұмыспен өтеу мерзімі – {term}: {span}, барлығы {calendar} күнтізбелік күн.",
                f"Срок отработки – {term}: {span}, всего {calendar} "
                f"{russian_form(_days(data), 'календарный', 'календарных', 'календарных')} "
                f"{russian_form(_days(data), 'день', 'дня', 'дней')}.",
                f"The obligation lasts {term}: {span}, {calendar} calendar days in all.",
            ),
            leave,
        ),
    )


def _refund(data: Data) -> Section:
    total, within = _days(data), int(data["refund_days"])
    cost, many = words.money(data.get("cost")), ("календарных дней",) * 2
    return _section(
        Said(
            "Шығындарды жұмыспен өтелмеген мерзімге пропорционалды түрде өтеу тәртібі мен "
            "жағдайлары",
            "Порядок и случаи возмещения расходов пропорционально неотработанному сроку",
            "Refund of the costs in proportion to the term not served",
        ),
        (
            Said(
                "Еңбек шарты жұмыспен өтеу мерзімі біткенге дейін Жұмыскердің бастамасы бойынша "
                "немесе оның кінәсінен тоқтатылса, Жұмыскер шығындарды жұмыспен өтелмеген мерзімге "
                "пропорционалды түрде өтейді.",
                "Если трудовой договор прекращён до истечения срока отработки по инициативе "
                "Работника или по его вине, Работник возмещает расходы пропорционально "
                "неотработанному сроку.",
                "Where the employment ends before the end of the obligation at the Employee's wish "
                "or for the Employee's fault, the Employee refunds the costs in proportion to the "
                "term not served.",
            ),
            Said(
                f"Өтелетін сома = Ш × Ө ÷ Б, мұнда: Ш – 3-бөлімде көрсетілген жалпы сома ({cost}); "
                "Ө – жұмыстың соңғы күнінен кейінгі күннен бастап жұмыспен өтеу мерзімінің соңғы "
                "күніне дейінгі (қоса алғанда) күнтізбелік күндер саны; Б – жұмыспен өтеу "
                f"мерзімінің барлық күнтізбелік күндері ({total}). Сома 0,01 теңгеге дейін "
                "дөңгелектенеді және жалпы сомадан аспайды.",
                f"Сумма возмещения = Р × Н ÷ В, где: Р – общая сумма, указанная в разделе 3 "
                f"({cost}); Н – число календарных дней со дня, следующего за последним днём "
                "работы, по последний день срока отработки включительно; В – все календарные дни "
                f"срока отработки ({total}). Сумма округляется до 0,01 тенге и не превышает общей "
                "суммы.",
                f"Refund = C × U ÷ T, where C is the total of section 3 ({cost}); U the calendar "
                "days from the day after the last day of work to the last day of the obligation "
                f"inclusive; T all calendar days of the obligation ({total}). The sum is rounded "
                "to 0.01 tenge and does not exceed the total.",
            ),
            Said(
                "Еңбек шарты осындай негізбен оқу аяқталғанға дейін тоқтатылса, шығындар толық "
                "өтеледі.",
                "Если трудовой договор прекращён по таким основаниям до окончания обучения, "
                "расходы возмещаются полностью.",
                "Where it ends on such a ground before the end of the training, the costs are "
                "refunded in full.",
            ),
            Said(
                "Штат қысқартылғанда, денсаулық жағдайына байланысты, Жұмыс беруші таратылғанда, "
                "әскери қызметке шақырылғанда шығындар өтелмейді.",
                "Расходы не возмещаются при сокращении штата, по состоянию здоровья, при "
                "ликвидации Работодателя, при призыве на воинскую службу.",
                "There is no refund in case of redundancy, for reasons of health, on liquidation "
                "of the Employer and on call-up for military service.",
            ),
            Said(
                f"Жұмыскер соманы еңбек шарты тоқтатылған күннен бастап {within} күнтізбелік күн "
                "ішінде төлейді.",
                f"Работник уплачивает сумму в течение {within} "
                f"{russian_form(within, 'календарного дня', *many)} со дня прекращения "
                "трудового договора.",
                f"The Employee pays the sum within {within} calendar days of the end of the "
                "employment.",
            ),
        ),
    )


def _guarantees() -> Section:
    return _section(
        Said("Кепілдіктер мен өтемақы төлемдері", "Гарантии и компенсации", "Guarantees"),
        (
            Said(
                "Оқу кезеңінде Жұмыскердің жұмыс орны (лауазымы) және жалақысы сақталады.",
                "На период обучения за Работником сохраняются место работы (должность) и "
                "заработная плата.",
                "The Employee's job (position) and pay are kept during the training.",
            ),
            Said(
                "Жол жүру, тұру шығындары және тәуліктік осы шарттың 3-бөлімінде көрсетілген "
                "мөлшерде төленеді.",
                "Расходы на проезд, проживание и суточные оплачиваются в размере, указанном в "
                "разделе 3 настоящего договора.",
                "Travel, lodging and per diem are paid as section 3 of this contract says.",
            ),
        ),
    )


def _liability() -> Section:
    return _section(
        Said("Тараптардың жауапкершілігі", "Ответственность сторон", "Liability"),
        (
            Said(
                "Шарт бойынша міндеттемелерін орындамаған немесе тиісінше орындамаған тарап "
                "Қазақстан Республикасының заңнамасына сәйкес жауапты болады.",
                "Сторона, не исполнившая или ненадлежаще исполнившая обязательства по договору, "
                "несёт ответственность в соответствии с законодательством Республики Казахстан.",
                "A party that does not perform its obligations, or not duly, is liable under the "
                "law of the Republic of Kazakhstan.",
            ),
        ),
    )


def _other() -> Section:
    language = (
        Said(
            "Шарт заңды күші бірдей екі данада, әрқайсысы қазақ және орыс тілдерінде жасалды, "
            "тараптардың әрқайсысына бір данадан беріледі.",
            "Договор составлен в двух экземплярах, имеющих одинаковую юридическую силу, каждый на "
            "казахском и русском языках, по одному для каждой из сторон.",
            "The contract is made in two copies of equal force, each in Kazakh and Russian, one "
            "for each party; this English text is a translation of them.",
        ),
    )
    return _section(
        Said(
            "Дауларды шешу, шарттың мерзімі, өзге шарттар",
            "Разрешение споров, срок договора, прочие условия",
            "Disputes, term, other conditions",
        ),
        (
            Said(
                "Даулар келіссөздер арқылы, келісімге қол жеткізілмесе, Қазақстан Республикасының "
                "заңнамасында белгіленген тәртіппен шешіледі.",
                "Споры разрешаются путём переговоров, а при недостижении согласия – в порядке, "
                "установленном законодательством Республики Казахстан.",
                "Disputes are settled by negotiation and, failing agreement, as the law of the "
                "Republic of Kazakhstan provides.",
            ),
            Said(
                "Шарт екі тарап қол қойған күннен бастап күшіне енеді және тараптар "
                "міндеттемелерін толық орындағанға дейін қолданылады.",
                "Договор вступает в силу со дня подписания обеими сторонами и действует до полного "
                "исполнения ими своих обязательств.",
                "The contract is in force from the day both parties have signed it until they have "
                "performed their obligations in full.",
            ),
            Said(
                "Шартқа өзгерістер мен толықтырулар екі тарап қол қойған жазбаша түрде енгізіледі.",
                "Изменения и дополнения вносятся в письменной форме за подписью обеих сторон.",
                "Changes and additions are made in writing and signed by both parties.",
            ),
            *language,
        ),
    )


def _section(title: Said, clauses: Sequence[Said], table: Sequence[dict[str, str]] = ()) -> Section:
    return Section(str(title), [str(clause) for clause in clauses], table)


def _requisites(data: Data) -> dict[str, list[tuple[str, str]]]:
    """What stands under each party: label and value; the academy's own are filled in by hand."""
    identity = Said(
        "Жеке куәлігі (№, күні, берген орган)",
        "Удостоверение личности (№, дата, кем выдано)",
        "Identity document (No., date, issuer)",
    )
    address = Said("Мекенжайы", "Адрес", "Address")
    return {
        "employer": [
            (str(address), str(Said("Шымкент қ.", "г. Шымкент", "Shymkent")) + " " + _BLANK),
            (str(Said("БСН", "БИН", "BIN")), _BLANK),
            (str(Said("ЖСК, банк", "ИИК, банк", "Account, bank")), _BLANK),
        ],
        "employee": [
            (str(Said("ЖСН", "ИИН", "IIN")), data.get("iin") or _BLANK),
            (str(identity), data.get("identity_document") or _BLANK),
            (str(address), data.get("address") or _BLANK),
            (str(Said("Телефоны", "Телефон", "Phone")), data.get("phone") or _BLANK),
        ],
    }


def part(data: Data) -> dict[str, Any]:
    """The whole contract in the current language."""
    return {
        "code": get_language() or "kk",
        "issued_on": words.long_day(data.get("issued_on")),
        "opening": _opening(data),
        "sections": [
            _subject(data),
            _duties(data),
            _cost(data),
            _obligation(data),
            _refund(data),
            _guarantees(),
            _liability(),
            _other(),
        ],
        "requisites": _requisites(data),
    }


def context(data: Data) -> dict[str, Any]:
    """Kazakh and Russian, in this order, whichever of them is asked for; else English."""
    parts = []
    for language in ("en",) if get_language() == "en" else ("kk", "ru"):
        with translation.override(language):
            parts.append(part(data))
    return {
        "number": data.get("number") or "",
        "person": data["person"],
        "signatory": data.get("signatory") or "",
        "parts": parts,
    }


register(
    Kind(
        name="contract",
        title=Said("Оқыту шарты", "Договор обучения", "Training contract"),
        issuer=Said(
            "Құқықтық қамтамасыз ету бөлімі",
            "Отдел правового обеспечения",
            "Legal support division",
        ),
        template="papers/contract.html",
        context=context,
        permission="training_plans.view_contract",
        subject=lambda paper: paper.subject,
    )
)
