"""How long runs are kept, and how finely: what is old becomes coarser, then totals, and goes when that is wanted."""
