"""Hostile values for every field that a person fills in, taken through every place that reads them.

``make hostile`` runs the campaign: the values of a kept corpus (:mod:`hostile.kept`) and those that Hypothesis
makes of them (:mod:`hostile.strategies`) go to the form, the command and the runner, Terraform, the seed function,
the builds and the git host (:mod:`hostile.layers`). Each of them may refuse a value in words that a person can
read, or carry it literally; nothing else (docs/adr/0160).
"""
