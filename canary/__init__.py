"""Secrets that are recognisable: planted, carried through all journeys, and looked for in every place afterwards.

``forms`` knows how a secret looks once it was encoded, ``unpack`` what may hold another thing, ``search`` looks
through both. ``collect`` and ``watch`` bring what is searched: everything that a local cloud holds and has been
sent, every file, every git object, every process. ``places`` gives it names, ``evidence`` keeps the figures.
"""
