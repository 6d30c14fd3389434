from django.urls import path

from .views import people

urlpatterns = [
    path("", people.people, name="people"),
    path("accounts", people.accounts, name="accounts"),
    path("<int:number>", people.person, name="person"),
    path("accounts/<int:number>", people.account, name="account"),
]
