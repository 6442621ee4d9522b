"""Studies: what is asked, what workers do for it, who sees it through, and the texts of what it found."""
