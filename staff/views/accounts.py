"""Everybody's accounts: who has one, inviting, roles, and what a role asks of its accounts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import django_filters
from django.apps import apps
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView, TemplateView, View
from django_otp.plugins.otp_totp.models import TOTPDevice

from interface.lists import (
    Action,
    BulkAction,
    Column,
    DateColumn,
    ListPage,
    ListTable,
    chosen_ids,
)
from interface.pages import Page
from interface.text import LONGEST_SEARCH, WORDS_SEARCHED, search_key
from staff.domain import accounts, second_factor
from staff.filters import UnitScope
from staff.forms.account import AccountForm, NewAccountForm
from staff.models import Person, Post, Role, RolePolicy, User
from workflow.calendar import today

ROLE_WORDS = dict(Role.choices)
NAMES_SHOWN = 5


def _posts_today() -> Prefetch[Any]:
    held = Post.objects.held(today()).select_related("unit")
    return Prefetch("posts", queryset=held, to_attr="posts_today")


# --- the list ---------------------------------------------------------------------------------
class AccountFilter(UnitScope):
    """Accounts by name or e-mail, unit, role, and whether they were ever used."""

    class Status:
        ACTIVE, NEVER, OFF, ALL = "active", "never", "off", "all"

    q = django_filters.CharFilter(label=_("Name, user name or e-mail"), method="matching")
    role = django_filters.ChoiceFilter(
        label=_("Role"), choices=Role.choices, field_name="groups__name"
    )
    status = django_filters.ChoiceFilter(
        label=_("Status"),
        choices=[
            (Status.ACTIVE, _("active")),
            (Status.NEVER, _("invited, never signed in")),
            (Status.OFF, _("switched off")),
            (Status.ALL, _("all")),
        ],
        empty_label=None,
        method="of_status",
    )
    first = ("q", "unit", "role", "status")
    defaults = {"status": Status.ACTIVE}

    def matching(self, queryset: Any, name: str, text: str) -> QuerySet[User]:
        for word in text[:LONGEST_SEARCH].split()[:WORDS_SEARCHED]:
            queryset = queryset.filter(
                Q(username__icontains=word)
                | Q(email__icontains=word)
                | Q(person__search_key__contains=search_key(word))
            )
        return queryset

    def in_unit(self, queryset: QuerySet[Any], name: str, code: str) -> QuerySet[Any]:
        held = Post.objects.held(today()).filter(unit__path__startswith=self.by_code[code].path)
        return queryset.filter(person__in=held.values("person_id"))

    def of_status(self, queryset: Any, name: str, value: str) -> QuerySet[User]:
        if value == self.Status.NEVER:
            return queryset.filter(is_active=True, last_login__isnull=True)
        if value == self.Status.ALL:
            return queryset
        return queryset.filter(is_active=value == self.Status.ACTIVE)


class AccountTable(ListTable):
    username = Column(
        _("User name"),
        fixed=True,
        linkify=lambda record: reverse("account", args=[record.pk]),
        width=18,
    )
    person = Column(
        _("Employee"), accessor="person__full_name", order_by=("person__sort_key",), width=36
    )
    unit = Column(_("Unit"), accessor="unit_words", orderable=False, width=40)
    roles = Column(_("Roles"), accessor="role_words", orderable=False, width=30)
    email = Column(_("E-mail"), width=28)
    last_login = DateColumn(_("Last sign-in"), accessor="last_seen_on", order_by=("last_login",))
    invited_at = DateColumn(_("Invited"), accessor="invited_on", order_by=("invited_at",))
    second_factor = Column(
        _("Second factor"), accessor="factor_words", orderable=False, hidden=True
    )


class AccountList(ListPage):
    name = "accounts"
    permission = "staff.invite"
    title = _("Accounts")
    help_text = _(
        "Employees get an account by invitation. Roles say what an account may do; who leads a "
        "unit is known from the registry and needs no role."
    )
    table_class = AccountTable
    filter_class = AccountFilter
    actions = [
        Action(_("New account"), "account_new", "staff.manage_accounts"),
        Action(_("Invite employees"), "invite", "staff.invite", is_main=True),
    ]
    bulk = [BulkAction(_("Send the invitation again"), "account_invite_again", "staff.invite")]

    def get_queryset(self) -> QuerySet[User]:
        return User.objects.order_by("person__sort_key", "username")

    def with_related(self, queryset: QuerySet[User]) -> QuerySet[User]:
        people = Person.objects.prefetch_related(_posts_today())
        devices = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
        return queryset.prefetch_related("groups", Prefetch("person", queryset=people)).annotate(
            has_factor=Exists(devices)
        )

    def prepare(self, rows: list[Any]) -> None:
        for row in rows:
            posts = row.person.posts_today if row.person else []
            row.unit_words = "; ".join(dict.fromkeys(post.unit.name for post in posts))
            row.role_words = ", ".join(
                str(ROLE_WORDS[group.name])
                for group in row.groups.all()
                if group.name in ROLE_WORDS
            )
            row.last_seen_on = _day(row.last_login)
            row.invited_on = _day(row.invited_at)
            row.factor_words = gettext("yes") if row.has_factor else ""


def _day(moment: Any) -> Any:
    return timezone.localtime(moment).date() if moment else None


# --- one account ------------------------------------------------------------------------------
class AccountPage(Page, TemplateView):
    permission = "staff.invite"
    template_name = "account/account.html"

    @cached_property
    def account(self) -> User:
        return get_object_or_404(User.objects.select_related("person"), pk=self.kwargs["pk"])

    def get_title(self) -> str:
        return str(self.account.person.full_name if self.account.person else self.account.username)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        account = self.account
        posts = Post.objects.none()
        if account.person_id:
            posts = Post.objects.filter(person_id=account.person_id).held(today())
        return super().get_context_data(**kwargs) | {
            "account": account,
            "crumbs": [(_("Accounts"), reverse("accounts"))],
            "posts": posts.select_related("unit"),
            "roles": [label for name, label in Role.choices if name in account.roles],
            "has_second_factor": second_factor.is_set_up(account),
            "may_be_invited_again": accounts.may_be_invited_again(account),
            "may_manage": self.request.user.has_perm("staff.manage_accounts"),
            "changes": _changes(account),
        }


def _changes(account: User) -> list[dict[str, Any]]:
    """The account's history, newest first: when, by whom, what. Sign-ins are not in it."""
    rows = list(account.history.select_related("history_user__person")[:100])
    roles = _roles_then([row.pk for row in rows])
    changes = []
    for newer, older in zip(rows, [*rows[1:], None], strict=True):
        if older is None:
            lines = [{"label": gettext("Account made"), "old": "", "new": newer.username}]
        else:
            lines = list(_differences(newer, older))
            before, after = roles[older.pk], roles[newer.pk]
            if before != after:
                lines.append({"label": gettext("Roles"), "old": before, "new": after})
        if lines:
            changes.append({"row": newer, "lines": lines})
    return changes


def _roles_then(history_ids: list[int]) -> dict[int, str]:
    """The roles an account had at each row of its history, in words."""
    kept = apps.get_model("staff", "HistoricalUser_groups")
    names: dict[int, set[str]] = {key: set() for key in history_ids}
    for key, name in kept.objects.filter(history_id__in=history_ids).values_list(
        "history_id", "group__name"
    ):
        names[key].add(name)
    return {
        key: ", ".join(str(label) for name, label in Role.choices if name in found)
        for key, found in names.items()
    }


def _differences(newer: Any, older: Any) -> Iterator[dict[str, Any]]:
    compared = ["email", "language", "is_active", "person", "invited_at"]
    difference = newer.diff_against(older, included_fields=compared, foreign_keys_are_objs=True)
    for change in difference.changes:
        label = User._meta.get_field(change.field).verbose_name  # type: ignore[union-attr]
        yield {"label": label, "old": _in_words(change.old), "new": _in_words(change.new)}


def _in_words(value: Any) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, dt.datetime):
        return f"{timezone.localtime(value):%d.%m.%Y %H:%M}"
    return str(value) if value else ""


class ChangeAccount(Page, FormView):
    permission = "staff.manage_accounts"
    form_class = AccountForm
    template_name = "account/account_form.html"

    @cached_property
    def account(self) -> User:
        return get_object_or_404(User.objects.select_related("person"), pk=self.kwargs["pk"])

    def get_title(self) -> str:
        return gettext("Account %(name)s") % {"name": self.account.username}

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"account": self.account}

    def form_valid(self, form: AccountForm) -> HttpResponse:
        try:
            accounts.change_account(
                account=self.account, actor=self.request.user, **form.cleaned_data
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
            return self.form_invalid(form)
        messages.success(self.request, _("Saved."))
        return redirect("account", pk=self.account.pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        back = reverse("account", args=[self.account.pk])
        return super().get_context_data(**kwargs) | {
            "crumbs": [(_("Accounts"), reverse("accounts")), (str(self.account), back)],
            "cancel_url": back,
            "submit": _("Save"),
        }


class NewAccount(Page, FormView):
    permission = "staff.manage_accounts"
    title = _("New account")
    help_text = _(
        "For somebody the registry does not know. Employees get their accounts by invitation."
    )
    form_class = NewAccountForm
    template_name = "account/account_form.html"

    def form_valid(self, form: NewAccountForm) -> HttpResponse:
        account = accounts.create_account(
            actor=self.request.user, now=timezone.now(), **form.cleaned_data
        )
        messages.success(
            self.request, _("The account is made; a link to set the password is on its way.")
        )
        return redirect("account", pk=account.pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "crumbs": [(_("Accounts"), reverse("accounts"))],
            "cancel_url": reverse("accounts"),
            "submit": _("Make the account and invite"),
        }


class InviteAgain(Page, View):
    """Sends the chosen accounts a new link; called by the list and by an account's page."""

    permission = "staff.invite"

    def post(self, request: HttpRequest) -> HttpResponse:
        chosen = list(User.objects.filter(pk__in=chosen_ids(request)))
        sent = accounts.invite_again(accounts=chosen, actor=request.user, now=timezone.now())
        if sent:
            messages.success(request, _sent_in_words(sent))
        if sent < len(chosen):
            messages.warning(
                request,
                ngettext(
                    "%(count)d account was left out: switched off, without an e-mail, or used "
                    "already.",
                    "%(count)d accounts were left out: switched off, without an e-mail, or used "
                    "already.",
                    len(chosen) - sent,
                )
                % {"count": len(chosen) - sent},
            )
        if len(chosen) == 1:
            return redirect("account", pk=chosen[0].pk)
        return redirect("accounts")


def _own_email_in_words(people: list[Person]) -> str:
    """Who was not invited because the same account wrote their e-mail, and who can do it."""
    names = ", ".join(person.full_name for person in people[:NAMES_SHOWN])
    if len(people) > NAMES_SHOWN:
        more = gettext("and %(count)s more") % {"count": len(people) - NAMES_SHOWN}
        names = f"{names} {more}"
    return gettext(
        "Not invited: %(names)s. You changed the e-mail within the last 24 hours; whoever writes "
        "an address does not also send the invitation to it. An administrator or another member "
        "of the personnel department can invite."
    ) % {"names": names}


def _sent_in_words(sent: int) -> str:
    return ngettext(
        "%(count)d invitation is on its way.", "%(count)d invitations are on their way.", sent
    ) % {"count": sent}


class RemoveTheirSecondFactor(Page, TemplateView):
    """For a lost phone without recovery codes. One's own is removed in one's own account."""

    permission = "staff.manage_accounts"
    title = _("Remove the second factor")
    template_name = "components/confirm.html"

    @cached_property
    def account(self) -> User:
        if self.kwargs["pk"] == self.request.user.pk:
            raise Http404
        return get_object_or_404(User, pk=self.kwargs["pk"])

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        second_factor.remove(account=self.account)
        messages.success(request, _("The second factor is removed."))
        return redirect("account", pk=pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "sentence": gettext(
                "%(name)s will sign in with the password alone, until a new second factor is set "
                "up. Make sure it is really they who ask."
            )
            % {"name": self.account.display_name},
            "submit": _("Remove"),
            "cancel_url": reverse("account", args=[self.account.pk]),
        }


# --- inviting ---------------------------------------------------------------------------------
class InviteFilter(UnitScope):
    class Reachable:
        YES, NO = "yes", "no"

    q = django_filters.CharFilter(label=_("Name or personnel number"), method="matching")
    category = django_filters.ChoiceFilter(
        label=_("Staff category"), choices=Post.Category.choices, method="of_category"
    )
    reachable = django_filters.ChoiceFilter(
        label=_("E-mail"),
        choices=[(Reachable.YES, _("known")), (Reachable.NO, _("missing"))],
        empty_label=None,
        method="being_reachable",
    )
    first = ("q", "unit", "category", "reachable")
    defaults = {"reachable": Reachable.YES}

    def matching(self, queryset: Any, name: str, text: str) -> QuerySet[Person]:
        return queryset.matching(text)

    def in_unit(self, queryset: QuerySet[Any], name: str, code: str) -> QuerySet[Any]:
        held = Post.objects.held(today()).filter(unit__path__startswith=self.by_code[code].path)
        return queryset.filter(pk__in=held.values("person_id"))

    def of_category(self, queryset: Any, name: str, category: str) -> QuerySet[Person]:
        held = Post.objects.held(today()).filter(category=category)
        return queryset.filter(pk__in=held.values("person_id"))

    def being_reachable(self, queryset: Any, name: str, value: str) -> QuerySet[Person]:
        missing = Q(email="")
        return queryset.filter(missing if value == self.Reachable.NO else ~missing)


class InviteTable(ListTable):
    number = Column(_("Personnel number"), accessor="personnel_number", width=12)
    person = Column(
        _("Employee"), accessor="full_name", order_by=("sort_key",), fixed=True, width=36
    )
    position = Column(_("Position"), accessor="position_words", orderable=False, width=30)
    unit = Column(_("Unit"), accessor="unit_words", orderable=False, width=40)
    email = Column(_("E-mail"), width=28)

    def render_person(self, record: Person, value: str) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("person", args=[record.pk]), value)

    def value_person(self, value: str) -> str:
        return value


@dataclass(frozen=True)
class InviteAllFound:
    """The link that invites everybody the filters leave."""

    label: str
    url: str
    is_main: bool = True


class InviteList(ListPage):
    """Who is employed and has no account yet."""

    name = "invite"
    permission = "staff.invite"
    title = _("Invitations")
    help_text = _(
        "Those employed today who have no account. Each one invited gets a letter with a link to "
        "set a password. Who has no e-mail cannot be invited: write it on the employee's page, or "
        "import the staff workbook with a column for it."
    )
    template_name = "account/invite.html"
    table_class = InviteTable
    filter_class = InviteFilter
    bulk = [BulkAction(_("Invite the chosen"), "invite_people", "staff.invite")]
    nothing_yet = _(
        "Nobody can be invited now: everybody employed has an account, or no e-mail is known."
    )

    def get_queryset(self) -> QuerySet[Person]:
        return accounts.without_account(Person.objects.employed(today()))

    def with_related(self, queryset: QuerySet[Person]) -> QuerySet[Person]:
        return queryset.prefetch_related(_posts_today())

    def prepare(self, rows: list[Any]) -> None:
        for row in rows:
            row.position_words = "; ".join(dict.fromkeys(p.position for p in row.posts_today))
            row.unit_words = "; ".join(dict.fromkeys(p.unit.name for p in row.posts_today))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """The list of employees sends its chosen ones here."""
        if "export" not in request.POST:
            return InvitePeople.as_view()(request)
        return super().post(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        missing = self.filter.form.cleaned_data.get("reachable") == InviteFilter.Reachable.NO
        if missing:
            context |= {"bulk_actions": [], "can_choose": False}
        elif context["count"]:
            label = ngettext(
                "Invite the one found", "Invite all %(count)d found", context["count"]
            ) % {"count": context["count"]}
            query = self.request.GET.urlencode()
            url = reverse("invite_people") + (f"?{query}" if query else "")
            context["actions"] = [*context["actions"], InviteAllFound(label, url)]
        return context | {
            "missing_chosen": missing,
            "missing_count": self.get_queryset().filter(email="").count(),
        }


class InvitePeople(Page, TemplateView):
    """Asks once more, then invites: those chosen in the list, or all its filters leave."""

    permission = "staff.invite"
    title = _("Invitations")
    template_name = "account/invite_confirm.html"

    def people(self) -> Any:
        everybody = accounts.without_account(Person.objects.employed(today()))
        keys = chosen_ids(self.request)
        if keys:
            return everybody.filter(pk__in=keys)
        return InviteFilter(self.request.GET, everybody, request=self.request).qs

    def post(self, request: HttpRequest) -> HttpResponse:
        if "confirmed" not in request.POST:
            if not chosen_ids(request):
                messages.warning(request, _("Nobody is chosen."))
                return HttpResponseRedirect(reverse("invite"))
            return self.get(request)
        done = accounts.invite(people=self.people(), actor=request.user, now=timezone.now())
        if done.accounts:
            messages.success(request, _sent_in_words(len(done.accounts)))
        if done.without_email:
            messages.warning(
                request,
                ngettext(
                    "%(count)d employee has no e-mail and was left out.",
                    "%(count)d employees have no e-mail and were left out.",
                    done.without_email,
                )
                % {"count": done.without_email},
            )
        if done.own_email:
            messages.warning(request, _own_email_in_words(done.own_email))
        return redirect("accounts" if done.accounts else "invite")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        people = self.people().exclude(email="")
        count = people.count()
        return super().get_context_data(**kwargs) | {
            "crumbs": [(_("Invitations"), reverse("invite"))],
            "count": count,
            "some": people[:10],
            "more": max(count - 10, 0),
            "ids": chosen_ids(self.request),
            "cancel_url": reverse("invite"),
        }


# --- roles ------------------------------------------------------------------------------------
class Roles(Page, TemplateView):
    """What roles there are, who has them, and which must use a second factor."""

    permission = "staff.manage_accounts"
    title = _("Roles")
    help_text = _(
        "A role that obliges to a second factor asks its accounts to set one up at their next "
        "sign-in, and lets them nowhere before."
    )
    template_name = "account/roles.html"

    def post(self, request: HttpRequest) -> HttpResponse:
        obliged = set(request.POST.getlist("obliged"))
        for policy in RolePolicy.objects.select_related("group"):
            accounts.set_second_factor_duty(
                policy=policy, required=policy.group.name in obliged, actor=request.user
            )
        messages.success(request, _("Saved."))
        return redirect("roles")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        active = Count("group__user", filter=Q(group__user__is_active=True))
        policies = {
            policy.group.name: policy
            for policy in RolePolicy.objects.select_related("group").annotate(accounts=active)
        }
        return super().get_context_data(**kwargs) | {
            "policies": [policies[name] for name in Role.values if name in policies]
        }
