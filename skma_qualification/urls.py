"""Every address of the house."""

from django.urls import include, path

from . import views

urlpatterns = [
    path("", views.HomeView.as_view(), name="home"),
    path("", include("workflow.urls")),
    path("", include("staff.urls")),
    path("", include("training_plans.urls")),
    path("", include("reports.urls")),
    path("i18n/setlang/", views.set_language, name="set_language"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("health/live", views.health_live, name="health_live"),
    path("health/ready", views.health_ready, name="health_ready"),
]

handler400 = "skma_qualification.views.bad_request"
handler403 = "skma_qualification.views.permission_denied"
handler404 = "skma_qualification.views.page_not_found"
handler500 = "skma_qualification.views.server_error"
