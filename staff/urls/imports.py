"""Addresses of Excel imports."""

from django.urls import path, re_path

from staff.views import imports

urlpatterns = [
    path("imports/", imports.ImportListView.as_view(), name="import_list"),
    path("imports/new/", imports.ImportNewView.as_view(), name="import_new"),
    re_path(
        r"^imports/template/(?P<kind>staff|training)\.xlsx$",
        imports.ImportTemplateView.as_view(),
        name="import_template",
    ),
    path("imports/<int:pk>/", imports.ImportView.as_view(), name="import"),
    path(
        "imports/<int:pk>/progress/", imports.ImportProgressView.as_view(), name="import_progress"
    ),
    path("imports/<int:pk>/confirm/", imports.ImportConfirmView.as_view(), name="import_confirm"),
    path("imports/<int:pk>/discard/", imports.ImportDiscardView.as_view(), name="import_discard"),
    path("imports/<int:pk>/undo/", imports.ImportUndoView.as_view(), name="import_undo"),
    path(
        "imports/<int:pk>/rejected/", imports.ImportRejectedView.as_view(), name="import_rejected"
    ),
]
