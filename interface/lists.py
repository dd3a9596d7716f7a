"""One list machinery for all lists: filters, sorting, paging, columns, export, bulk actions.

A list is a ``ListPage`` with a ``ListTable`` and a ``ListFilter``. Its whole state stands in the
URL, so every list can be linked to, bookmarked and sent to a colleague. What a list costs is a
constant number of queries: the page declares what its rows need.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote

import django_filters
import django_tables2 as tables
from django import forms
from django.core.paginator import Page as PaginatorPage
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import slugify
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.generic.base import TemplateResponseMixin
from django_tables2.rows import BoundRows

from .figures import in_figures
from .pages import Page
from .workbook import XLSX, Heading, write_workbook

PER_PAGE = (25, 50, 100)
PER_PAGE_DEFAULT = 50
EXPORT_MAX_ROWS = 200_000
PRINT_MAX_ROWS = 1_000
CHUNK = 1_000
# A wider table scrolls sideways in its own box, which a head that sticks does not survive.
STICKY_COLUMNS = 8
EMPTY = "—"


# --- columns ----------------------------------------------------------------------------------
class Column(tables.Column):
    """A column of a list.

    ``hidden``: not shown until somebody chooses it. ``fixed``: cannot be taken away, and heads
    the card a row becomes on a phone. ``permission``: the column exists only for those who have
    it. ``width``: characters in the workbook. ``classes``: of the cells.
    """

    kind = "text"
    classes = ""

    def __init__(
        self,
        verbose_name: Any,
        *,
        hidden: bool = False,
        fixed: bool = False,
        permission: str = "",
        width: int = 0,
        classes: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(verbose_name=verbose_name, **kwargs)
        self.classes = classes or type(self).classes
        self.hidden = hidden
        self.fixed = fixed
        self.permission = permission
        self.width = width

    @cached_property
    def cell_classes(self) -> str:
        """Classes of a cell; asked once a table, not once a cell."""
        classes = "r" if self.classes == "num" else self.classes
        return f"{classes} title-cell" if self.fixed else classes

    @cached_property
    def cell_label(self) -> str:
        """What a cell is called on a phone; the cell that heads a card needs no name."""
        return "" if self.fixed else str(self.verbose_name)


class DateColumn(Column):
    kind = "date"
    classes = "nowrap"

    def render(self, value: dt.date) -> str:
        return date_format(value, "SHORT_DATE_FORMAT")

    def value(self, value: dt.date) -> dt.date:
        return value


class NumberColumn(Column):
    """Figures, to the right; whole ones without a decimal point."""

    kind = "number"
    classes = "num"

    def render(self, value: Any) -> str:
        return in_figures(value)

    def value(self, value: Any) -> Any:
        return value


class ListTable(tables.Table):
    """The table of a list. Columns say what they are; order and look are the template's."""

    class Meta:
        template_name = "interface/table.html"
        order_by_field = "sort"
        default = EMPTY

    @classmethod
    def permitted(cls, user: Any) -> dict[str, Column]:
        """Columns this user may see, by name, in their order."""
        return {
            name: column
            for name, column in cls.base_columns.items()
            if not column.permission or user.has_perm(column.permission)
        }


# --- filters ----------------------------------------------------------------------------------
class DateInput(forms.DateInput):
    """The browser's own date field, which speaks ISO whatever the page's language."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class DateFilter(django_filters.DateFilter):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("widget", DateInput())
        super().__init__(*args, **kwargs)


class ChoicesFilter(django_filters.MultipleChoiceFilter):
    """Several of a few choices, as check boxes; none chosen is no restriction."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.CheckboxSelectMultiple())
        kwargs.setdefault("distinct", False)
        super().__init__(*args, **kwargs)


class YesNoFilter(django_filters.TypedChoiceFilter):
    """«yes» or «no», which reach the lookup or the method as ``True`` or ``False``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("choices", [("", _("all")), ("yes", _("yes")), ("no", _("no"))])
        kwargs.setdefault("coerce", lambda value: value == "yes")
        super().__init__(*args, **kwargs)


@dataclass(frozen=True)
class Restriction:
    """One filter in force: what it is called, what it says, and the URL without it."""

    name: str
    label: str
    words: str
    url_without: str = ""


class ListFilter(django_filters.FilterSet):
    """The filters of a list. Those in ``first`` stand open, the others behind «More filters».

    ``defaults`` hold where the URL says nothing. A value that cannot be read restricts nothing
    and is reported at its field.
    """

    first: Sequence[str] = ("q",)
    defaults: dict[str, str] = {}

    def __init__(self, data: QueryDict | None, queryset: QuerySet[Any], *, request: HttpRequest):
        given = (data or QueryDict()).copy()
        for name, value in self.defaults.items():
            if not given.get(name):
                given[name] = value
        super().__init__(given, queryset, request=request)

    @property
    def form(self) -> forms.Form:
        """The form, its fields dressed as the page's other fields are."""
        form: forms.Form = super().form
        for field in form.fields.values():
            widget = field.widget
            if isinstance(widget, forms.Select):
                widget.attrs.setdefault("class", "form-select")
            elif not isinstance(widget, forms.CheckboxSelectMultiple):
                widget.attrs.setdefault("class", "form-control")
        return form

    @property
    def first_fields(self) -> list[forms.BoundField]:
        return [self.form[name] for name in self.first if name in self.form.fields]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        return [self.form[name] for name in self.form.fields if name not in self.first]

    @property
    def more_in_force(self) -> int:
        """How many filters restrict the list that are folded away."""
        return len({item.name for item in self.in_force()} - set(self.first))

    @property
    def more_wrong(self) -> bool:
        """Whether a value that cannot be read is folded away."""
        return bool(set(self.form.errors) - set(self.first))

    def is_default(self, name: str, value: Any) -> bool:
        """Whether a filter says no more than it would by itself."""
        return bool(self.defaults.get(name) == value)

    def in_force(self, *, with_defaults: bool = False) -> list[Restriction]:
        """What restricts the list, in words, for the chips above it and the workbook."""
        found = []
        self.form.is_valid()
        for name, value in self.form.cleaned_data.items():
            if value is None or value == "" or value == []:
                continue
            if not with_defaults and self.is_default(name, value):
                continue
            field = self.form.fields[name]
            found.append(Restriction(name, str(field.label), _in_words(field, value)))
        return found


def _in_words(field: forms.Field, value: Any) -> str:
    if isinstance(value, dt.date):
        return date_format(value, "SHORT_DATE_FORMAT")
    choices = getattr(field, "choices", None)
    if choices is not None:
        labels = {str(key): str(label).strip() for key, label in choices}
        if isinstance(value, bool):
            value = "yes" if value else "no"
        chosen = value if isinstance(value, list | tuple) else [value]
        return ", ".join(labels.get(str(item), str(item)) for item in chosen)
    return f"«{value}»"


# --- what can be done -------------------------------------------------------------------------
@dataclass(frozen=True)
class Action:
    """A link in the page's head. ``url_name`` takes no arguments."""

    label: Any
    url_name: str
    permission: str = ""
    is_main: bool = False

    @property
    def url(self) -> str:
        return reverse(self.url_name)


@dataclass(frozen=True)
class BulkAction:
    """A button that posts the keys of the chosen rows as ``ids`` to a page.

    ``value`` travels along as ``value``, so one page can serve «set» and «unset».
    """

    label: Any
    url_name: str
    permission: str
    value: str = ""

    @property
    def url(self) -> str:
        return reverse(self.url_name)


def chosen_ids(request: HttpRequest) -> list[int]:
    """The keys a bulk action was asked for; what is no number is left out."""
    return [int(key) for key in request.POST.getlist("ids") if re.fullmatch(r"\d{1,18}", key)]


# --- the page ---------------------------------------------------------------------------------
class ListPage(TemplateResponseMixin, Page):
    """A list of things. Declares its table, its filters and where its rows come from."""

    name: str
    template_name = "interface/list.html"
    table_class: type[ListTable]
    filter_class: type[ListFilter]
    actions: Sequence[Action] = ()
    bulk: Sequence[BulkAction] = ()
    nothing_yet: Any = _("Nothing is here yet.")
    filled_by_import = False

    # -- for lists to say
    def get_queryset(self) -> QuerySet[Any]:
        """Everything the user may see here, unfiltered."""
        raise NotImplementedError

    def with_related(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """``queryset`` with what the cells need (select_related, prefetch_related)."""
        return queryset

    def arrange(self, queryset: QuerySet[Any]) -> QuerySet[Any] | list[Any]:
        """The filtered rows as the table gets them; a list where the order is no database's."""
        return self.with_related(queryset)

    def prepare(self, rows: list[Any]) -> None:
        """Attach what is computed for the rows shown; called a page or a chunk at a time."""

    # -- the machinery
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse | FileResponse:
        self._read_request()
        if request.GET.get("export") == "xlsx":
            return self.export(self.table.data.data)
        return self.render_to_response(self.get_context_data(**kwargs))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse | FileResponse:
        """«Export the chosen rows»: their keys may be too many for a URL."""
        self._read_request()
        keys = set(chosen_ids(request))
        if "export" not in request.POST or not keys:
            return HttpResponseRedirect(request.get_full_path())
        data = self.table.data.data
        if isinstance(data, QuerySet):
            return self.export(data.filter(pk__in=keys))
        return self.export([row for row in data if row.pk in keys])

    def _read_request(self) -> None:
        self.user: Any = self.request.user
        self.filter = self.filter_class(self.request.GET, self.get_queryset(), request=self.request)
        self.permitted = self.table_class.permitted(self.user)
        self.chosen = self._chosen_columns()
        self.table = self.table_class(
            self.arrange(self.filter.qs),
            order_by=self.request.GET.get("sort") or None,
            exclude=[n for n in self.table_class.base_columns if n not in self.chosen],
        )
        if isinstance(self.table.data.data, QuerySet):
            self.table.data.data = _steady(self.table.data.data)

    def _chosen_columns(self) -> list[str]:
        """Columns named in the URL, else those chosen here before, else the usual ones."""
        asked = [n for item in self.request.GET.getlist("columns") for n in item.split(",")]
        remembered = self.request.session.get("columns", {})
        if asked and asked != remembered.get(self.name):
            remembered = {k: v for k, v in remembered.items() if k != self.name}
            if asked != ["default"]:
                remembered[self.name] = [name for name in asked if name in self.permitted]
            self.request.session["columns"] = remembered
        chosen = remembered.get(self.name)
        return [
            name
            for name, column in self.permitted.items()
            if column.fixed or (name in chosen if chosen is not None else not column.hidden)
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = self._page()
        rows = self._rows_of(page)
        page.object_list = rows
        self.prepare(rows)
        self.table.rows = BoundRows(rows, self.table)
        count = page.paginator.count
        restrictions = [
            Restriction(r.name, r.label, r.words, self.url(**{r.name: None}))
            for r in self.filter.in_force()
        ]
        usable = [a for a in self.bulk if self.user.has_perm(a.permission)]
        context = {
            "list": self,
            "table": self.table,
            "filter": self.filter,
            "restrictions": restrictions,
            "restrictions_in_words": self.filter.in_force(with_defaults=True),
            "page": page,
            "page_numbers": list(
                page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
            ),
            "count": count,
            "count_in_words": ngettext("%(count)s found", "%(count)s found", count)
            % {"count": in_figures(count)},
            "columns": [
                (name, column.verbose_name, name in self.chosen, column.fixed)
                for name, column in self.permitted.items()
            ],
            "actions": [
                a for a in self.actions if not a.permission or self.user.has_perm(a.permission)
            ],
            "bulk_actions": usable,
            "is_narrow": len(self.chosen) <= STICKY_COLUMNS,
            "can_choose": bool(usable) and bool(rows) and not self.is_print,
            "per_page_choices": [(n, self.url(per_page=n)) for n in PER_PAGE],
            "is_print": self.is_print,
            "was_cut": self.is_print and count > PRINT_MAX_ROWS,
            "print_limit": PRINT_MAX_ROWS,
            "export_url": self.url(export="xlsx"),
            "print_url": self.url(view="print"),
            "clear_url": self.request.path,
            "kept_by_filter": self._kept({"sort", "per_page"}),
            "kept_by_columns": self._kept(
                {*self.filter.form.fields, "sort", "per_page"}, empty=False
            ),
        }
        return super().get_context_data(**kwargs) | context

    @property
    def may_import(self) -> bool:
        """Whether an empty list offers to bring in a file: set by lists that Excel files fill."""
        return self.filled_by_import and self.user.has_perm("staff.import")

    @property
    def is_print(self) -> bool:
        return self.request.GET.get("view") == "print"

    def _page(self) -> PaginatorPage[Any]:
        asked = self.request.GET.get("per_page", "")
        per_page = int(asked) if asked in {str(n) for n in PER_PAGE} else PER_PAGE_DEFAULT
        if self.is_print:
            per_page = PRINT_MAX_ROWS
        paginator = Paginator(self.table.data.data, per_page)
        if isinstance(self.table.data.data, QuerySet):
            paginator.count = self.filter.qs.count()
        return paginator.get_page(1 if self.is_print else self.request.GET.get("page", 1))

    def _rows_of(self, page: PaginatorPage[Any]) -> list[Any]:
        """The rows of one page: first which, by their keys alone, then all that belongs to them.

        Else the database joins and widens every row of the list before it sorts and takes fifty.
        """
        if not isinstance(self.table.data.data, QuerySet):
            return list(page.object_list)
        chosen: Any = page.object_list
        keys = list(chosen.values_list("pk", flat=True))
        found = {row.pk: row for row in self.arrange(self.get_queryset().filter(pk__in=keys))}
        return [found[key] for key in keys if key in found]

    def url(self, **changes: Any) -> str:
        """This list with some of its URL changed; from its first page, ``None`` takes away."""
        query = self.request.GET.copy()
        for name in ("page", "export", "view"):
            query.pop(name, None)
        for name, value in changes.items():
            query.pop(name, None)
            if value is not None:
                query[name] = value
        return f"{self.request.path}?{query.urlencode()}" if query else self.request.path

    def _kept(self, names: set[str], *, empty: bool = True) -> list[tuple[str, str]]:
        return [
            (name, value)
            for name, values in self.request.GET.lists()
            for value in values
            if name in names and (empty or value)
        ]

    # -- the workbook
    def export(self, data: QuerySet[Any] | list[Any]) -> FileResponse:
        """All filtered rows as XLSX, in the chosen columns; at most ``EXPORT_MAX_ROWS``."""
        columns = list(self.table.columns)
        title = str(self.get_title())
        today = timezone.localdate()
        lines = [f"{r.label}: {r.words}" for r in self.filter.in_force(with_defaults=True)]
        lines.append(gettext("As of %(day)s") % {"day": date_format(today, "SHORT_DATE_FORMAT")})
        file = tempfile.TemporaryFile()  # noqa: SIM115  (FileResponse closes it)
        write_workbook(
            target=file,
            title=title,
            lines=lines,
            headings=[
                Heading(str(bound.header), bound.column.kind, bound.column.width)
                for bound in columns
            ],
            rows=self._values(data, [bound.name for bound in columns]),
            cut_line=gettext("Only the first %(count)s rows are here: narrow the list down.")
            % {"count": in_figures(EXPORT_MAX_ROWS)},
            limit=EXPORT_MAX_ROWS,
        )
        file.seek(0)
        response = FileResponse(file, content_type=XLSX)
        response["Content-Disposition"] = attachment(
            f"{title} {today:%Y-%m-%d}.xlsx", f"{self.name}-{today:%Y-%m-%d}.xlsx"
        )
        response["X-Content-Type-Options"] = "nosniff"
        return response

    def _values(self, data: QuerySet[Any] | list[Any], names: list[str]) -> Iterator[list[Any]]:
        rows: Iterable[Any] = (
            data.iterator(chunk_size=CHUNK) if isinstance(data, QuerySet) else data
        )
        for chunk in _chunks(rows, CHUNK):
            self.prepare(chunk)
            for row in BoundRows(chunk, self.table):
                yield [row.get_cell_value(name) for name in names]


def _chunks(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    walk = iter(rows)
    while chunk := list(itertools.islice(walk, size)):
        yield chunk


def _steady(queryset: QuerySet[Model]) -> QuerySet[Model]:
    """``queryset`` with the key as its last order, so that equal rows keep their pages."""
    order = list(queryset.query.order_by) or list(queryset.model._meta.ordering or ())
    return queryset.order_by(*order, "pk")


def attachment(name: str, ascii_name: str) -> str:
    """A Content-Disposition with a name every browser reads and the true one beside it."""
    plain = slugify(ascii_name.rsplit(".", 1)[0]) or "file"
    suffix = slugify(ascii_name.rsplit(".", 1)[-1]) if "." in ascii_name else ""
    plain = f"{plain}.{suffix}" if suffix else plain
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
