"""The words by which columns and values are known, in Kazakh, Russian and English.

Data, not interface text: these are what personnel departments write (contracts.md), so they do
not change with the language of the page. Variants of one thing are parted by «|».
"""

from __future__ import annotations

from staff.models import Area, Post, TrainingRecord

STAFF = {
    "number": "Таб. №|Табельдік №|Табельдік нөмірі|Табель №|Табель нөмірі|Табельный номер|"
    "Табельный №|Таб. номер|Таб. ном.|Personnel number|Personnel No|Employee number|Tab No|"
    "Staff No|Number",
    "iin": "ЖСН|ИИН|IIN|Жеке сәйкестендіру нөмірі",
    "last_name": "Тегі|Фамилия|Фамилиясы|Last name|Surname|Family name",
    "first_name": "Аты|Есімі|Имя|First name|Given name|Name",
    "patronymic": "Әкесінің аты|Әкесінің аты (болған жағдайда)|Отчество|"
    "Отчество (при наличии)|Patronymic|Middle name",
    "full_name": "Т.А.Ә.|ТАӘ|Аты-жөні|Тегі, аты, әкесінің аты|Тегі аты әкесінің аты|"
    "Қызметкер|Қызметкердің аты-жөні|Ф.И.О.|ФИО|Фамилия, имя, отчество|Фамилия имя отчество|"
    "ФИО работника|ФИО сотрудника|Работник|Сотрудник|Full name|Employee",
    "unit": "Бөлімше|Бөлімшесі|Құрылымдық бөлімше|Кафедра|Кафедрасы|Кафедра / бөлімше|"
    "Кафедрасы / құрылымдық бөлімше|Подразделение|Структурное подразделение|"
    "Кафедра / подразделение|Отдел|Unit|Department|Structural unit",
    "unit_code": "Бөлімше коды|Код подразделения|Unit code|Department code",
    "position": "Лауазымы|Лауазым|Қызметі|Должность|Position|Job title|Post",
    "category": "Санаты|Санат|Қызметкер санаты|Категория|Категория работника|"
    "Категория персонала|Category|Staff category",
    "leader": "Басшы|Басшысы|Басшы (иә/жоқ)|Басшы ма|Руководитель|Руководитель (да/нет)|Leader|"
    "Head|Is leader",
    "hired_on": "Жұмысқа қабылданған күні|Қабылданған күні|Жұмысқа алынған күні|Дата приёма|"
    "Дата приема|Дата приёма на работу|Принят|Принят на работу|Hired on|Hire date|Date hired|"
    "Date of hiring",
    "left_on": "Босатылған күні|Жұмыстан шыққан күні|Жұмыстан босатылған күні|Шыққан күні|"
    "Дата увольнения|Уволен|Left on|Date left|Leaving date|Dismissal date|Date of leaving",
    "appointed_on": "Тағайындалған күні|Лауазымға тағайындалған күні|Дата назначения|"
    "Дата назначения на должность|Appointed on|Date of appointment|Appointment date",
    "share": "Ставкасы|Ставка|Ставка мөлшері|Размер ставки|Share|FTE|Rate",
    "kind": "Жұмыс түрі|Жұмыс түрі (негізгі / қоса атқарушы)|Вид работы|Вид занятости|"
    "Тип занятости|Основная / по совместительству|Employment type|Main or second job|"
    "Main/second job",
    "email": "Эл. пошта|Электрондық пошта|Электрондық поштасы|Эл. почта|Электронная почта|"
    "E-mail|Email|Почта|Пошта",
    "phone": "Телефон|Телефоны|Байланыс телефоны|Контактный телефон|Phone|Phone number",
    "degree": "Ғылыми дәрежесі|Дәрежесі|Ғылыми (академиялық) дәрежесі|Академиялық дәрежесі|"
    "Учёная степень|Степень|Учёная (академическая) степень|Degree|Academic degree",
    "academic_title": "Ғылыми атағы|Атағы|Учёное звание|Звание|Academic title|Title",
    "born_on": "Туған күні|Дата рождения|Birth date|Date of birth",
    "sex": "Жынысы|Пол|Sex|Gender",
}
TRAINING = {
    "number": STAFF["number"],
    "iin": STAFF["iin"],
    "full_name": STAFF["full_name"] + "|Тыңдаушы|Слушатель|Trainee|Name",
    "title": "Тақырыбы|Тақырып|Курс атауы|Курстың атауы|Бағдарлама|Бағдарламаның атауы|"
    "Оқу бағдарламасының атауы|Тема|Тема курса|Наименование курса|Название курса|"
    "Наименование программы|Программа|Topic|Title|Course|Programme",
    "form": "Нысаны|Біліктілікті арттыру нысаны|Түрі|Форма|Форма ПК|"
    "Форма повышения квалификации|Вид|Form|Type",
    "area": "Бағыты|Тақырып бағыты|Направление|Направление тематики|Area|Subject area",
    "volume": "Көлемі|Көлемі (сағат)|Сағат|Сағаты|Сағат саны|Объём|Объем|Объём (часов)|"
    "Объем часов|Часы|Часов|Количество часов|Кол-во часов|Volume|Hours|Volume (hours)",
    "credits": "Кредит|Кредит саны|Көлемі, кредит|Кредиты|Кредитов|Количество кредитов|"
    "Объём, кредитов|Credits",
    "starts_on": "Басталу күні|Басталған күні|Басталуы|Дата начала|Начало|Start|Start date|"
    "From|Started on",
    "ends_on": "Аяқталу күні|Аяқталған күні|Аяқталуы|Дата окончания|Окончание|End|End date|"
    "To|Until|Ended on",
    "provider": "Ұйым|Оқытатын ұйым|Өткізген ұйым|Өткен орны|Орны|Оқытатын (қабылдаушы) ұйым|"
    "Организация|Обучающая организация|Место прохождения|Место проведения|Provider|"
    "Organisation|Organization",
    "document_number": "Құжат №|Құжат нөмірі|Құжаттың нөмірі|Сертификат №|Сертификат нөмірі|"
    "№ документа|Номер документа|№ сертификата|Номер сертификата|Document number|Document No|"
    "Certificate number|Certificate No",
    "document_date": "Құжат күні|Құжаттың күні|Берілген күні|Дата документа|Дата выдачи|"
    "Document date|Issued on",
    "mode": "Оқыту нысаны|Оқу нысаны|Формат|Формат обучения|Форма обучения|Mode|Delivery mode",
    "country": "Ел|Елі|Страна|Country",
    "cost": "Құны|Құны (теңге)|Стоимость|Стоимость (тенге)|Cost|Cost (tenge)|Price",
}
# Columns that are neither data nor worth a notice: row numbers and our own reasons.
IGNORED = "№|№ п/п|Р/с|Р/с №|Рет саны|No|N|#|п/п|Қате себебі|Причина отказа|Reason for rejection"


CATEGORIES = {
    Post.Category.UNIVERSITY_TEACHER: "ПОҚ|ППС|teacher|university teacher|"
    "университет ПОҚ|университет оқытушысы|преподаватель университета|оқытушы|"
    "профессор-оқытушылар құрамы|профессорско-преподавательский состав|university_teacher",
    Post.Category.COLLEGE_TEACHER: "колледж ПОҚ|ППС колледжа|college teacher|"
    "колледж оқытушысы|преподаватель колледжа|college_teacher|ПОҚ колледж|ППС (колледж)",
    Post.Category.ADMINISTRATIVE: "ӘБП|АУП|administrative|administrative staff|"
    "әкімшілік-басқару персоналы|административно-управленческий персонал|admin|ӘБЖ",
    Post.Category.RESEARCHER: "ғылыми қызметкер|научный сотрудник|researcher|"
    "научный работник|ҒҚ|НС|ғылыми қызметкерлер",
}
FORMS = {
    TrainingRecord.Form.COURSE: "курс|курсы|курстар|course|courses|"
    "біліктілікті арттыру курсы|курсы повышения квалификации|"
    "курс повышения квалификации|ПК|БА|шеберлік-сынып|шеберлік сабағы|мастер-класс|"
    "тренинг|семинар|ашық онлайн курс|онлайн курс|ЖАОК|MOOC|training|workshop|"
    "сертификаттау курсы|сертификационный курс",
    TrainingRecord.Form.INTERNSHIP: "тағылымдама|стажировка|internship",
}
AREAS = {
    Area.PROFILE: "бейіндік|бейіні|пән бейіні|пән бейіні бойынша|профильное|профиль|"
    "по профилю|профильная|профильный|profile|по профилю дисциплин",
    Area.PEDAGOGICAL: "педагогикалық|педагогика|педагогическое|педагогическая|pedagogical|pedagogy",
    Area.DIGITAL: "цифрлық|цифрлық дағдылар|цифровое|цифровые навыки|цифровая|digital|"
    "digital skills",
    Area.MANAGEMENT: "менеджмент|менеджмент саласы|управление|management",
    Area.RESEARCH: "ғылыми-зерттеу|ғылыми|научно-исследовательское|научное|research",
    Area.LANGUAGE: "тілдік|тілдер|языковое|языки|language|languages",
    Area.CLINICAL: "клиникалық|клиническое|clinical",
    Area.OTHER: "басқа|өзге|другое|прочее|иное|other",
}
MODES = {
    TrainingRecord.Mode.ON_SITE: "күндізгі|офлайн|күндізгі (офлайн)|очно|очная|очное|"
    "очная (офлайн)|on-site|on site|offline|in person",
    TrainingRecord.Mode.DISTANCE: "қашықтан|онлайн|қашықтан (онлайн)|дистанционно|"
    "дистанционная|дистанционное|distance|online|remote",
    TrainingRecord.Mode.BLENDED: "аралас|смешанно|смешанная|смешанное|blended|hybrid",
}
KINDS = {
    Post.Kind.MAIN: "негізгі|негізгі жұмыс|основная|основное|основная работа|"
    "основное место работы|main|main job",
    Post.Kind.SECOND: "қоса атқарушы|қоса атқарушылық|қосымша|по совместительству|"
    "совместительство|совместитель|внутреннее совместительство|second|second job|part-time",
}
