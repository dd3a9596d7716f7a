"""What every page is: a title, a permission that must be named, a refusal that says why.

Deny by default: a page without ``permission`` does not pass ``manage.py check`` (see
``skma_qualification/checks.py``). Object pages fetch through ``visible_to(user)``, so what one
may not see does not exist for them (404).
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.views.generic.base import ContextMixin, View

EVERYBODY = "everybody signed in"


class Page(ContextMixin, View):
    """Mixin of every view. ``permission`` is a rule's name or ``EVERYBODY``.

    ``title`` stands in the browser's tab and as the page's heading, ``clause`` beside it,
    ``help_text`` says in a sentence or two how the page works.
    """

    permission: str
    title: Any = ""
    clause: str = ""
    help_text: Any = ""

    def get_permission_object(self) -> Any:
        """What the rule is asked about; ``None`` where the rule looks at the person alone."""
        return None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.permission != EVERYBODY and not request.user.has_perm(
            self.permission, self.get_permission_object()
        ):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def http_method_not_allowed(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """An address that only takes a button's press, opened as a page: back to where one was."""
        if request.method == "GET":
            return HttpResponseRedirect("/")
        return super().http_method_not_allowed(request, *args, **kwargs)

    def get_title(self) -> Any:
        return self.title

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context.setdefault("page_title", self.get_title())
        context.setdefault("page_clause", self.clause)
        context.setdefault("page_help", self.help_text)
        return context
