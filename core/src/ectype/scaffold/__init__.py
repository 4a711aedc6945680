"""The package of a new paper: typed skeletons, declarations and an analysis that say what to write next."""
