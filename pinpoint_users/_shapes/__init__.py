"""The machinery of frozen classes: what a shape is, how it is checked, read and written."""
