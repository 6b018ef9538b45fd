"""A stage of clips: what is made by content, kept by key, judged, and accounted for."""
