"""The demo accounts and their password, which opens nothing outside DEBUG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import Group
from django.core.checks import CheckMessage, Critical, Tags, register
from django.core.exceptions import PermissionDenied

from staff.models import Person, Role, User

PASSWORD = "demo"  # noqa: S105


class DemoAccount(NamedTuple):
    """``role`` is a group, empty where the registry says everything (head, secretary, oneself)."""

    username: str
    role: str
    who: str


ACCOUNTS = [
    DemoAccount("admin", Role.ADMINISTRATOR, "administrator of the program"),
    DemoAccount("hr", Role.HR, "personnel department (HR)"),
    DemoAccount("centre", Role.TRAINING_CENTRE, "head of the training centre"),
    DemoAccount("rector", Role.RECTOR, "rector"),
    DemoAccount("vicerector", Role.VICE_RECTOR, "vice-rector who supervises units"),
    DemoAccount("international", Role.INTERNATIONAL, "international office"),
    DemoAccount("finance", Role.FINANCE, "finance"),
    DemoAccount("legal", Role.LEGAL, "legal support"),
    DemoAccount("head", "", "head of a department"),
    DemoAccount("secretary", "", "secretary of that department"),
    DemoAccount("teacher", "", "teacher of that department"),
    DemoAccount("researcher", "", "researcher"),
]
USERNAMES = [account.username for account in ACCOUNTS]


def create_accounts(people: Mapping[str, Person]) -> dict[str, User]:
    """The twelve accounts, each tied to its person in ``people`` (by username).

    The password is hashed once; the users share the hash.
    """
    password = make_password(PASSWORD)
    groups = {group.name: group for group in Group.objects.all()}
    users = {}
    for account in ACCOUNTS:
        person = people[account.username]
        user = User.objects.create(
            username=account.username,
            password=password,
            person=person,
            first_name=person.first_name,
            last_name=person.last_name,
            email=person.email,
        )
        if account.role:
            user.groups.add(groups[account.role])
        users[account.username] = user
    return users


def table_of_accounts() -> list[Sequence[str]]:
    """Username, what it is for, the person, the post and unit: of the demo accounts there are."""
    users = {
        user.username: user
        for user in User.objects.filter(username__in=USERNAMES, person__isnull=False)
        .select_related("person")
        .prefetch_related("person__posts__unit")
    }
    rows: list[Sequence[str]] = []
    for account in ACCOUNTS:
        user = users.get(account.username)
        if user is None:
            continue
        post = next(iter(user.person.posts.all()), None)
        where = f"{post.position}, {post.unit.name_kk}" if post else ""
        rows.append((account.username, account.who, user.person.full_name, where))
    return rows


class RefuseDemoPassword:
    """Authentication backend: outside DEBUG nobody gets in with the demo password.

    It stands before the backends that know passwords, asks no database, and refuses whatever
    the account is called, so demo data carried into production opens nothing.
    """

    def authenticate(self, request: Any, password: str | None = None, **credentials: Any) -> None:
        if password == PASSWORD and not settings.DEMO_ACCOUNTS_ALLOWED:
            raise PermissionDenied("The demo password is refused outside DEBUG.")


@register(Tags.database, Tags.security)
def no_demo_accounts_in_production(
    app_configs: Any = None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """``check --database default`` (``migrate`` too) names demo accounts left in production."""
    if settings.DEMO_ACCOUNTS_ALLOWED or not databases:
        return []
    from django.db import connection

    if User._meta.db_table not in connection.introspection.table_names():
        return []
    left = [
        user.username
        for user in User.objects.filter(username__in=USERNAMES, is_active=True)
        if check_password(PASSWORD, user.password)
    ]
    if not left:
        return []
    return [
        Critical(
            f"Demo accounts with the demo password are in this database: {', '.join(left)}.",
            hint="Take their password away or deactivate them; until then sign-in refuses it.",
            id="demo.C001",
        )
    ]
