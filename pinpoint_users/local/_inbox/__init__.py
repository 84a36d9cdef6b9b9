"""The inbox at `/`: what each receiver would see, in a browser."""
