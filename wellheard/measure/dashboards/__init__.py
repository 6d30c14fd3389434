"""Dashboards: questions side by side, for a team, on a page, in a mail and on paper."""
