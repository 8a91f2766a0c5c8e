"""一单两库 and the plan: their checks, exceptions, signatures, coverage, pools, early warnings, history."""
