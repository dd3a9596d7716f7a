"""Addresses of the course catalogue and its events."""

from django.urls import path

from training_plans.views import catalogue, catalogue_lists, events

urlpatterns = [
    path("courses/", catalogue_lists.CourseListPage.as_view(), name="course_list"),
    path("courses/new/", catalogue.CourseAddPage.as_view(), name="course_add"),
    path("courses/<int:pk>/", catalogue.CoursePage.as_view(), name="course"),
    path("courses/<int:pk>/edit/", catalogue.CourseEditPage.as_view(), name="course_edit"),
    path(
        "courses/<int:pk>/withdraw/", catalogue.CourseWithdrawPage.as_view(), name="course_withdraw"
    ),
    path("courses/<int:pk>/offer/", catalogue.CourseOfferPage.as_view(), name="course_offer"),
    path("courses/<int:pk>/events/new/", events.EventAddPage.as_view(), name="event_add"),
    path("events/", catalogue_lists.EventListPage.as_view(), name="event_list"),
    path("events/people/", events.EventPeoplePage.as_view(), name="event_people"),
    path("events/<int:pk>/", events.EventPage.as_view(), name="event"),
    path("events/<int:pk>/edit/", events.EventEditPage.as_view(), name="event_edit"),
    path("events/<int:pk>/cancel/", events.EventCancelPage.as_view(), name="event_cancel"),
    path("events/<int:pk>/enrol/", events.EventEnrolPage.as_view(), name="event_enrol"),
    path("events/<int:pk>/take-in/", events.EventTakeInPage.as_view(), name="event_take_in"),
    path(
        "events/participants/<int:pk>/withdraw/",
        events.ParticipantWithdrawPage.as_view(),
        name="event_participant_withdraw",
    ),
    path("events/<int:pk>/sheet/", events.EventSheetPage.as_view(), name="event_sheet"),
    path(
        "events/<int:pk>/attendance/",
        events.EventAttendancePage.as_view(),
        name="event_attendance",
    ),
    path("events/<int:pk>/hold/", events.EventHoldPage.as_view(), name="event_hold"),
    path("events/<int:pk>/reopen/", events.EventReopenPage.as_view(), name="event_reopen"),
    path("events/<int:pk>/verify/", events.EventVerifyPage.as_view(), name="event_verify"),
]
