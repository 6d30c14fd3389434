"""Tally, a sales dashboard for online shops that does not exist, and everybody around it.

It is the demo people see first, and a truth to test verdicts against: what each release really changed among
those who asked for it is known (TRUTH.md).
"""
