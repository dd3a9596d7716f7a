"""Addresses of people, posts, extensions, training records, units, and their history."""

from django.urls import path

from staff.views import history, lists, people, posts, records, units

urlpatterns = [
    path("people/", lists.PersonListPage.as_view(), name="person_list"),
    path("people/new/", people.PersonCreatePage.as_view(), name="person_create"),
    path("people/health-care/", people.HealthCarePage.as_view(), name="people_health_care"),
    path("people/suggestions/", people.PersonSuggestionsPage.as_view(), name="person_suggestions"),
    path("people/<int:pk>/edit/", people.PersonEditPage.as_view(), name="person_edit"),
    path("people/<int:pk>/photo/", people.PersonPhotoPage.as_view(), name="person_photo"),
    path(
        "people/<int:pk>/photo/change/",
        people.PhotoChangePage.as_view(),
        name="person_photo_change",
    ),
    path("people/<int:pk>/posts/new/", posts.PostAddPage.as_view(), name="post_add"),
    path("posts/<int:pk>/correct/", posts.PostCorrectPage.as_view(), name="post_correct"),
    path("posts/<int:pk>/change/", posts.PostChangePage.as_view(), name="post_change"),
    path("posts/<int:pk>/end/", posts.PostEndPage.as_view(), name="post_end"),
    path("people/<int:pk>/extensions/new/", posts.ExtensionAddPage.as_view(), name="extension_add"),
    path("extensions/<int:pk>/edit/", posts.ExtensionEditPage.as_view(), name="extension_edit"),
    path(
        "extensions/<int:pk>/delete/", posts.ExtensionDeletePage.as_view(), name="extension_delete"
    ),
    path("records/", lists.RecordListPage.as_view(), name="record_list"),
    path(
        "records/providers/", records.ProviderSuggestionsPage.as_view(), name="provider_suggestions"
    ),
    path("people/<int:pk>/records/new/", records.RecordAddPage.as_view(), name="record_add"),
    path("people/<int:pk>/records/hint/", records.RecordHintPage.as_view(), name="record_hint"),
    path("records/<int:pk>/", records.RecordPage.as_view(), name="record"),
    path("records/<int:pk>/correct/", records.RecordCorrectPage.as_view(), name="record_correct"),
    path("records/<int:pk>/verify/", records.RecordVerifyPage.as_view(), name="record_verify"),
    path("records/<int:pk>/revoke/", records.RecordRevokePage.as_view(), name="record_revoke"),
    path(
        "records/<int:pk>/document/", records.RecordDocumentPage.as_view(), name="record_document"
    ),
    path("units/", lists.UnitListPage.as_view(), name="unit_list"),
    path("units/new/", units.UnitCreatePage.as_view(), name="unit_create"),
    path("units/<int:pk>/", units.UnitPage.as_view(), name="unit"),
    path("units/<int:pk>/edit/", units.UnitEditPage.as_view(), name="unit_edit"),
    path("units/<int:pk>/close/", units.UnitClosePage.as_view(), name="unit_close"),
    path("units/<int:pk>/reopen/", units.UnitReopenPage.as_view(), name="unit_reopen"),
    path("history/<slug:model>/<int:pk>/", history.HistoryPage.as_view(), name="history"),
]
