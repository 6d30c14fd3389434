"""The team's pages, one module a step."""
