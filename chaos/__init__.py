"""The fault campaign: projects are created, updated and deleted while something breaks (``make chaos``)."""
