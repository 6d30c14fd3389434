"""Who may open and press what in the console: the table that the access tests walk. A new route needs a row here.

name: (role to look, role to press, the model its number belongs to); None where the method is not allowed.
"""

from __future__ import annotations

from wellheard.decide.models import Bet
from wellheard.listen.models import Idea, Import, Voice
from wellheard.measure.models import Dashboard, Tile
from wellheard.people.models import Account, ApiToken, Billing, Member, Merge, Person, Relation, Role, Segment, WriteKey
from wellheard.tell.models import Notice, Release
from wellheard.understand.models import Problem, Theme

VIEW, ADD, EDIT, OWN = Role.VIEWER, Role.CONTRIBUTOR, Role.EDITOR, Role.OWNER
Rule = tuple[Role | None, Role | None, type | None]

POLICY: dict[str, Rule] = {
    "pulse": (VIEW, None, None),
    # people
    "people": (VIEW, None, None),
    "accounts": (VIEW, None, None),
    "person": (VIEW, None, Person),
    "account": (VIEW, None, Account),
    "money": (VIEW, None, None),
    "money_behind": (VIEW, None, None),
    "keep_money": (None, EDIT, None),
    "segments": (VIEW, None, None),
    "new_segment": (EDIT, EDIT, None),
    "new_segment_list": (EDIT, EDIT, None),
    "segment": (VIEW, None, Segment),
    "edit_segment": (EDIT, EDIT, Segment),
    "freeze_segment": (None, EDIT, Segment),
    "delete_segment": (EDIT, EDIT, Segment),
    "merges": (VIEW, None, None),
    "undo_merge": (None, EDIT, Merge),
    "merge_person": (EDIT, EDIT, Person),
    "merge_account": (EDIT, EDIT, Account),
    "relation": (EDIT, EDIT, Relation),
    "join_account": (EDIT, EDIT, Person),
    "join_person": (EDIT, EDIT, Account),
    # listen
    "listen": (VIEW, None, None),
    "capture": (ADD, ADD, None),
    "triage": (None, ADD, None),
    "voice": (VIEW, None, Voice),
    "place_voice": (None, ADD, Voice),
    "sort_voice": (None, ADD, Voice),
    "answer_idea": (None, EDIT, Idea),
    "imports": (EDIT, EDIT, None),
    "import": (EDIT, None, Import),
    "import_mapping": (EDIT, EDIT, Import),
    "change_import": (None, EDIT, Import),
    "import_refused": (EDIT, None, Import),
    # understand
    "understand": (VIEW, None, None),
    "settled_problems": (VIEW, None, None),
    "new_problem": (EDIT, EDIT, None),
    "problem": (VIEW, None, Problem),
    "problem_evidence": (VIEW, None, Problem),
    "problem_people": (VIEW, None, Problem),
    "problem_accounts": (VIEW, None, Problem),
    "problem_near": (VIEW, None, Problem),
    "add_evidence": (None, ADD, Problem),
    "move_evidence": (None, ADD, Problem),
    "edit_problem": (EDIT, EDIT, Problem),
    "merge_problem": (None, EDIT, Problem),
    "unmerge_problem": (None, EDIT, Problem),
    "decide_problem": (None, EDIT, Problem),
    "themes": (VIEW, None, None),
    "find_themes": (None, ADD, None),
    "theme": (VIEW, None, Theme),
    "confirm_theme": (None, EDIT, Theme),
    "dismiss_theme": (None, EDIT, Theme),
    # decide
    "decide": (VIEW, None, None),
    "new_bet": (EDIT, EDIT, None),
    "bet": (VIEW, None, Bet),
    "bet_people": (VIEW, None, Bet),
    "bet_accounts": (VIEW, None, Bet),
    "revise_bet": (EDIT, EDIT, Bet),
    "start_bet": (None, EDIT, Bet),
    "move_bet": (None, EDIT, Bet),
    "drop_bet": (None, EDIT, Bet),
    "decide_bet": (None, EDIT, Bet),
    # tell
    "tell": (VIEW, None, None),
    "new_release": (EDIT, EDIT, None),
    "release": (VIEW, None, Release),
    "edit_release": (None, EDIT, Release),
    "publish_release": (None, EDIT, Release),
    "notices": (VIEW, None, None),
    "send_again": (None, EDIT, Notice),
    "mark_told": (None, ADD, Notice),
    # measure
    "measure": (VIEW, None, None),
    "outcome": (VIEW, None, Bet),
    "outcome_people": (VIEW, None, Bet),
    "measure_again": (None, EDIT, Bet),
    "earning": (VIEW, None, None),
    "say_earning": (None, OWN, None),
    "ask": (VIEW, None, None),
    "ask_kind": (VIEW, None, None),
    "behind": (VIEW, None, None),
    "keep_behind": (None, EDIT, None),
    # dashboards: the one walked was made by the contributor; what others made is in test_dashboard_rights
    "dashboards": (VIEW, None, None),
    "all_dashboards": (VIEW, None, None),
    "new_dashboard": (ADD, ADD, None),
    "add_tile": (None, ADD, None),
    "tile_answer": (VIEW, None, None),
    "built_in": (VIEW, None, None),
    "copy_built_in": (None, ADD, None),
    "subscribe_built_in": (None, VIEW, None),
    "edit_tile": (ADD, ADD, Tile),
    "move_tile": (None, ADD, Tile),
    "remove_tile": (None, ADD, Tile),
    "dashboard": (VIEW, None, Dashboard),
    "edit_dashboard": (ADD, ADD, Dashboard),
    "arrange_dashboard": (None, ADD, Dashboard),
    "copy_dashboard": (None, ADD, Dashboard),
    "open_first": (None, VIEW, Dashboard),
    "subscribe_dashboard": (None, VIEW, Dashboard),
    "delete_dashboard": (ADD, ADD, Dashboard),
    "restore_dashboard": (None, ADD, Dashboard),
    # settings
    "settings": (VIEW, None, None),
    "add_member": (None, OWN, None),
    "change_role": (None, OWN, Member),
    "remove_member": (None, OWN, Member),
    "new_link": (None, OWN, Member),
    "make_token": (None, EDIT, None),
    "revoke_token": (None, OWN, ApiToken),
    "make_key": (None, EDIT, None),
    "revoke_key": (None, OWN, WriteKey),
    "billing": (EDIT, None, None),
    "make_billing": (None, OWN, None),
    "change_billing": (None, OWN, Billing),
    "link_billing": (None, EDIT, Billing),
    "connect": (EDIT, None, None),
    "live_events": (ADD, None, None),
    "intake_rules": (EDIT, EDIT, None),
    "refused_events": (ADD, None, None),
    "journal": (VIEW, None, None),
}
# What an address holds besides the workspace and a number.
WORDS = {"group": "asked", "kind": "active", "built": "health"}
