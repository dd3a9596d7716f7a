"""Forms of the planning year. They read what was typed; the verbs judge it."""
