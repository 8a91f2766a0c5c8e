"""一单两库 and the plan: checks, exceptions, signatures, coverage, pools, early warnings."""
