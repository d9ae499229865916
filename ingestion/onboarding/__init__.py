"""Onboarding: what helps a shop to bring an export of its own.

`trial` sends a file through the door and counts what comes out, without writing anything. `drafting` proposes a dialect
for a file, from its `columns`, its `samples`, `synonyms` in several languages and `guesses` about values; `proposing`
has the steps, which work on a `draft`. May import `door` and `replay`.
"""
