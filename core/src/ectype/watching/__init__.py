"""``ectype watch``: a paper is verified again on every save, what the edit touched first."""
