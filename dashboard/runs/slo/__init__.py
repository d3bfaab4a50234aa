"""SLO evaluation, run validity and the verdict."""
