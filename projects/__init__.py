"""What there is in the account: each project and how it is, drift, and what belongs to nobody.

The commands are ``python -m projects list|drift|orphans|alive``. The same as functions, each given a `Platform`:
`projects.overview.overview`, `projects.drift.start` and `projects.drift.wait`, `projects.orphans.find`,
`projects.alive.alive`.
"""
