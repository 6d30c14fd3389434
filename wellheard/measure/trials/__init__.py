"""Experiments as a team runs them: planned, locked at the start, looked at, stopped, concluded. The arithmetic is in
`measure.experiment`, which knows no database."""
