"""``make demo``: the whole journey on one machine, told step by step, with a report at its end."""
