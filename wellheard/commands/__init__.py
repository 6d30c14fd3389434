"""The command line: every question a page answers, with `--json`."""
