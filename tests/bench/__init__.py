"""The benchmarks themselves, at sizes that measure nothing: so that they run when somebody needs them."""
