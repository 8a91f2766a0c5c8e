"""Chances (抽中机会): the cool-down, exact inclusion probabilities, estimates from them; what
earlier rounds leave; what the public may see.
"""
