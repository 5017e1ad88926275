"""Functions that the model calls: declarations from signatures, arguments back into Python, results."""
