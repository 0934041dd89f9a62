"""Who runs what, when and in which container; and what was run."""
