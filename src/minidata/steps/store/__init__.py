"""The verbs of `minidata store`: look into the object store, check it, copy it, tidy it up."""
