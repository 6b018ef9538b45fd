"""One file for each foreign file format: names and orders are translated here, both ways."""
