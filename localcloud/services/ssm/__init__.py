"""Systems Manager: moto keeps documents and parameters. Added are automations whose steps are Python scripts.

Not imitated: every other action of a step, parameters of documents, approvals, rate control.
"""
