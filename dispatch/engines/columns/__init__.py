"""Trip columns: a linear master over trips and minutes, exact pricing, and the bound that both give."""
