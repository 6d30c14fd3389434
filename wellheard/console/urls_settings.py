from django.urls import path

from .views import billing, meaning, settings, settings_events, sources, webhooks, widget
from .views import billing, budget, meaning, settings, settings_events, sources, widget

urlpatterns = [
    path("", settings.settings, name="settings"),
    path("members/add", settings.add_member, name="add_member"),
    path("members/<int:number>/role", settings.change_role, name="change_role"),
    path("members/<int:number>/remove", settings.remove_member, name="remove_member"),
    path("members/<int:number>/link", settings.new_link, name="new_link"),
    path("tokens/make", settings.make_token, name="make_token"),
    path("tokens/<int:number>/revoke", settings.revoke_token, name="revoke_token"),
    path("keys/make", settings.make_key, name="make_key"),
    path("keys/<int:number>/revoke", settings.revoke_key, name="revoke_key"),
    path("widget", widget.widget, name="widget_settings"),
    path("billing", billing.connections, name="billing"),
    path("billing/make", billing.make, name="make_billing"),
    path("billing/<int:number>", billing.change, name="change_billing"),
    path("billing/<int:number>/link", billing.link, name="link_billing"),
    path("budget", budget.budget, name="budget"),
    path("budget/addresses/<int:number>/try", budget.revive, name="revive_address"),
    path("meaning", meaning.meaning, name="meaning"),
    path("meaning/progress", meaning.progress, name="meaning_progress"),
    path("connect", settings_events.connect, name="connect"),
    path("live", settings_events.live_events, name="live_events"),
    path("rules", settings_events.intake_rules, name="intake_rules"),
    path("refused", settings.refused, name="refused_events"),
    path("sources", sources.sources, name="sources"),
    path("sources/connect/<slug:source>", sources.connect, name="connect_source"),
    path("sources/link/<slug:source>", sources.link, name="link_source"),
    path("sources/<int:number>", sources.one, name="source"),
    path("sources/<int:number>/do", sources.change, name="change_source"),
    path("webhooks", webhooks.webhooks, name="webhooks"),
    path("webhooks/new", webhooks.make, name="new_webhook"),
    path("webhooks/<int:number>", webhooks.one, name="webhook"),
    path("webhooks/<int:number>/do", webhooks.change, name="change_webhook"),
    path("journal", settings.journal, name="journal"),
]
