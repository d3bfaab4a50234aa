"""Ready-made receivers of webhooks: one module per receiver, each with its `INTEGRATION`.

A new receiver is a new module in this folder. `registry.py` finds it.
"""
