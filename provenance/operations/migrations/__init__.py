"""The migrations of the operations store, run when it is opened."""
