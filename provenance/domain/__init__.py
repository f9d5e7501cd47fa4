"""The rules of the product, pure: no clock, no randomness, no input or output, no floats, nothing of ours imported."""
