"""ssj: a reproducible casebook for random inspections (双随机、一公开).

``protocol`` is the draw and its proof; ``docs/PROTOCOL.md`` is its specification.
"""

__version__ = "0.2.0.dev0"
