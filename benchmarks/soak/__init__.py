"""Soaks: long, seeded runs that hold the library to the figures it promises about staying connected.

``python -m benchmarks.soak`` runs them all; see :mod:`benchmarks.soak.__main__`.
"""
