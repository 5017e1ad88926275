"""Speed: what a session costs, beside a hand-written loop and beside google-genai, over TLS on this machine.

``python -m benchmarks.speed`` measures everything; see :mod:`benchmarks.speed.__main__`.
"""
