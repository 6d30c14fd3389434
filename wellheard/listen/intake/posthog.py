"""PostHog's events, put into the shape of Segment's messages, so that one place judges ids, times and limits.

What differs: a visitor is called by a distinct id that may be a user's or a browser's; accounts are groups; a few
events are not things somebody did but news about people and accounts.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from .body import Unacceptable
from .messages import Context, Message

ACCOUNT_GROUPS = ("company", "account", "organization", "organisation")
NAMES = {"$pageview": "page", "$screen": "screen"}
# Properties whose name begins with $ are a library's own; these say something about what happened.
KEPT = ("$feature", "$el", "$exception", "$survey", "$experiment", "$prev_pageview", "$event_type", "$browser", "$os",
        "$device_type", "$screen_name", "$locally_evaluated", "$host", "$web_vitals", "$search_engine")  # fmt: skip
NOISE = ("$el_text_", "$browser_language", "$feature_flag_payloads")
REVERSED = ("posthog-python", "web")  # alias(old, new) arrives as distinct_id=old, alias=new; elsewhere the other way


class Parcel(NamedTuple):
    """A body's events with what it says about all of them. `sent` is when the sender's clock says it was sent."""

    events: list[Any]
    key: Any
    sent: Any
    historical: bool


def open_parcel(value: Any, sent_by_query: str = "") -> Parcel:
    """One event, a list of them, or a batch. Raises Unacceptable."""
    key = sent = None
    historical = False
    if isinstance(value, dict):
        key = value.get("api_key") or value.get("token")
        sent = value.get("sent_at") or value.get("created_at")
        historical = value.get("historical_migration") is True
        events = value.get("batch", [value] if "event" in value else None)
    else:
        events = value
    if not isinstance(events, list):
        raise Unacceptable(400, "bad_shape", 'The body must be an event, a list of events or hold a list "batch".')
    if not key:
        for event in events:
            if isinstance(event, dict) and (key := _key_within(event)):
                break
    return Parcel(events, key, sent or sent_by_query, historical)


def _key_within(event: dict[str, Any]) -> Any:
    properties = event.get("properties")
    within = properties.get("token") if isinstance(properties, dict) else None
    return event.get("api_key") or event.get("token") or within


def id_of(event: dict[str, Any]) -> Any:
    """What tells this event from its repetitions: a uuid, else the insert id, else nothing."""
    properties = event.get("properties")
    said = event.get("uuid") or (properties.get("$insert_id") if isinstance(properties, dict) else None)
    return said.lower() if isinstance(said, str) else said


def messages(event: dict[str, Any], received: int, historical: bool = False, account_group: str = "") -> list[Message]:
    """What one event says, most important first: it may tell about a person beside what they did. May be empty."""
    properties = event.get("properties")
    if not isinstance(properties, dict):
        properties = {}
    name = event.get("event")
    base = _base(event, properties, received, historical)
    if name == "$groupidentify":
        return _group(base, properties, account_group)
    user, anonymous = _who(event, properties, name)
    base |= {"userId": user, "anonymousId": anonymous}
    traits = _traits(event, properties)
    if name == "$create_alias":
        pair = (properties.get("alias"), user or anonymous)
        old, new = reversed(pair) if properties.get("$lib") in REVERSED else pair
        return [Message(**(base | {"type": "alias", "previousId": old, "userId": new, "anonymousId": None}))]
    if name in ("$identify", "$set", "$set_once", "$unset"):
        if name == "$set" and not traits and not event.get("$set_once"):
            traits = {k: v for k, v in properties.items() if not k.startswith("$")}
        if not user and name != "$identify":
            return []  # traits of nobody: an anonymous visitor has no profile
        return [Message(**(base | {"type": "identify", "traits": traits}))]
    said = [Message(**(base | _did(name, event, properties, account_group)))]
    if traits and user:
        about = {"type": "identify", "traits": traits, "messageId": _beside(base["messageId"])}
        said.append(Message(**(base | about)))
    return said


def _beside(id_: Any) -> str | None:
    return f"{id_}:set" if id_ else None


def _base(event: dict[str, Any], properties: dict[str, Any], received: int, historical: bool) -> dict[str, Any]:
    base: dict[str, Any] = {"messageId": id_of(event), "timestamp": event.get("timestamp")}
    offset = event.get("offset")
    if base["timestamp"] is None and isinstance(offset, int | float) and not isinstance(offset, bool):
        base["timestamp"], base["sentAt"] = received - offset, received
    elif historical or properties.get("$ignore_sent_at"):
        base["sentAt"] = received  # the time is taken as it is said
    return base


def _who(event: dict[str, Any], properties: dict[str, Any], name: Any) -> tuple[Any, Any]:
    """(user id, anonymous id): which of the two a distinct id is."""
    id_ = event.get("distinct_id")
    if id_ is None or id_ == "":
        id_ = properties.get("distinct_id")
    if name == "$identify":
        before = properties.get("$anon_distinct_id")
        return id_, before if before != id_ else None
    if name != "$create_alias" and _is_anonymous(event, properties, id_):
        return None, id_
    return id_, None


def _is_anonymous(event: dict[str, Any], properties: dict[str, Any], id_: Any) -> bool:
    options = event.get("options")
    if isinstance(options, dict) and options.get("process_person_profile") is False:
        return True
    if properties.get("$process_person_profile") is False or properties.get("$is_identified") is False:
        return True
    return id_ is not None and properties.get("$device_id") == id_


def _traits(event: dict[str, Any], properties: dict[str, Any]) -> dict[str, Any]:
    """What is set about the person. First touches of every visit ($initial_…) are not traits of a person."""
    traits: dict[str, Any] = {}
    for name in ("$set_once", "$set"):
        for said in (properties.get(name), event.get(name)):
            if isinstance(said, dict):
                traits |= {k: v for k, v in said.items() if not k.startswith("$")}
    return traits


def _group(base: dict[str, Any], properties: dict[str, Any], account_group: str) -> list[Message]:
    kind = properties.get("$group_type")
    if account_group and kind != account_group:
        return []
    about = {"type": "group", "groupId": properties.get("$group_key"), "traits": properties.get("$group_set")}
    return [Message(**(base | about))]


def account_of(groups: Any, account_group: str) -> str:
    """The account among groups {type: key}, as text; "" for none."""
    found = _account({"$groups": groups}, account_group)
    return str(found).strip() if isinstance(found, str | int) and not isinstance(found, bool) else ""


def _account(properties: dict[str, Any], account_group: str) -> Any:
    groups = properties.get("$groups")
    if not isinstance(groups, dict) or not groups:
        return None
    if account_group:
        return groups.get(account_group)
    for kind in ACCOUNT_GROUPS:
        if groups.get(kind) not in (None, ""):
            return groups[kind]
    return next(iter(groups.values()))


def _did(name: Any, event: dict[str, Any], properties: dict[str, Any], account_group: str) -> dict[str, Any]:
    """The fields of a track, page or screen."""
    kept = {k: v for k, v in properties.items() if k[:1] != "$" or (k.startswith(KEPT) and not k.startswith(NOISE))}
    for own in ("token", "distinct_id"):
        kept.pop(own, None)
    referrer = properties.get("$referrer")
    page = {
        "url": properties.get("$current_url"), "path": properties.get("$pathname"),
        "referrer": referrer if referrer != "$direct" else None,
        "title": properties.get("$title") or properties.get("title"),
    }  # fmt: skip
    if name == "$pageleave":
        kept["duration"] = properties.get("$prev_pageview_duration")
        page["path"] = properties.get("$prev_pageview_pathname") or page["path"]
    context = Context(
        groupId=_account(properties, account_group),
        sessionId=properties.get("$session_id") or event.get("session_id"),
        page=page if any(page.values()) else None,
        library=_named(properties.get("$lib"), properties.get("$lib_version")),
        os=_named(properties.get("$os"), properties.get("$os_version")),
        timezone=properties.get("$timezone"),
        locale=properties.get("$browser_language"),
        userAgent=properties.get("$raw_user_agent") or properties.get("$user_agent"),
    )
    kind = NAMES.get(name) if isinstance(name, str) else None
    did: dict[str, Any] = {"type": kind or "track", "properties": kept, "context": context}
    if kind == "screen":
        did["name"] = properties.get("$screen_name")
    elif kind is None:
        did["event"] = name
    return did


def _named(name: Any, version: Any) -> dict[str, Any] | None:
    return {"name": name, "version": version} if name else None
