"""The demo's report: what happened as data (``report.json``) and as one self-contained page (``report.html``)."""
